"""Fixtures stand by subject in tests/fixtures/."""

import pytest

from tests.fixtures.postgres import address, server

__all__ = ["address", "server"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
