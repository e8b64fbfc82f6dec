"""Fixtures stand by subject in tests/fixtures/."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
