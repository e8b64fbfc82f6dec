"""Fixtures stand by subject in tests/fixtures/."""

import pytest

from tests.fixtures.databases import filled, relay
from tests.fixtures.mariadb import mariadb
from tests.fixtures.postgres import address, server

__all__ = ["address", "filled", "mariadb", "relay", "server"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
