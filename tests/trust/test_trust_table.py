"""The tables of trust."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fixtures.office import empty_database
from sqlmodel import SQLModel

from app.trust.table import ClientRow, TrustRevision, changed


@pytest.fixture
def database(address):
    database = empty_database(address)
    yield database
    database.close()


def test_tables_bear_singular_names():
    assert {"client", "agreement", "trust_revision"} <= set(SQLModel.metadata.tables)


def test_instant_comes_back_in_utc_whatever_zone_it_was_given_in(database):
    given = datetime(2026, 11, 24, 12, 0, tzinfo=timezone(timedelta(hours=7)))
    with database.session() as session:
        session.add(ClientRow(id="a", organisation="b", secret_sha256="c", created=given))
    with database.session() as session:
        row = session.get(ClientRow, "a")
    assert row is not None
    assert (row.created, row.created.tzinfo, row.ended) == (given, UTC, None)


def test_changes_made_at_once_each_raise_the_revision(database):
    def change() -> None:
        with database.session() as session:
            changed(session)

    threads = [threading.Thread(target=change) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as session:
        row = session.get(TrustRevision, 1)
    assert row is not None
    assert row.revision == 8


def test_change_that_is_rolled_back_leaves_the_revision(database):
    with database.session() as session:
        changed(session)
        session.rollback()
    with database.session() as session:
        assert session.get(TrustRevision, 1) is None
