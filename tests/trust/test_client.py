"""Clients and their secrets."""

import base64
from datetime import UTC

import pytest
from fixtures.office import ORGANISATIONS, empty_database
from sqlmodel import select

from app.errors import CityError
from app.trust import client
from app.trust.client import Client
from app.trust.table import ClientRow, TrustRevision


@pytest.fixture
def database(address):
    database = empty_database(address)
    yield database
    database.close()


def add(database, identifier="satu-data", organisation="bappeda"):
    with database.session() as session:
        return client.add(session, identifier, organisation, organisations=ORGANISATIONS)


def revision(database):
    with database.session() as session:
        row = session.get(TrustRevision, 1)
        return row and row.revision


def test_secret_is_256_random_bits_and_only_its_hash_is_kept(database):
    secret = add(database)
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    with database.session() as session:
        row = session.exec(select(ClientRow)).one()
    assert secret not in repr(row)
    assert Client(row.id, row.organisation, row.secret_sha256).knows(secret)
    assert not Client(row.id, row.organisation, row.secret_sha256).knows(secret[:-1])


def test_repr_of_a_client_holds_no_hash():
    assert "abc" not in repr(Client("a", "b", "abc"))


@pytest.mark.parametrize("identifier", ["", "Satu", "-satu", "satu data", "satu/data", "satu\n", "a" * 101, "sätu"])
def test_id_that_is_not_plain_is_refused(database, identifier):
    with pytest.raises(CityError, match="bad_id"):
        add(database, identifier)


def test_unknown_organisation_is_refused_and_the_known_ones_are_named(database):
    with pytest.raises(CityError, match=r"unknown_organisation.*bappeda, dinsos"):
        add(database, organisation="bapeda")


def test_id_is_never_given_twice_not_even_after_its_end(database):
    add(database)
    with pytest.raises(CityError, match="id_taken"):
        add(database, organisation="dinsos")
    with database.session() as session:
        client.revoke(session, "satu-data")
    with pytest.raises(CityError, match="id_taken"):
        add(database)


def test_every_change_raises_the_revision_and_a_refused_one_does_not(database):
    assert revision(database) is None
    add(database)
    assert revision(database) == 1
    with pytest.raises(CityError):
        add(database)
    assert revision(database) == 1
    with database.session() as session:
        client.revoke(session, "satu-data")
    assert revision(database) == 2


def test_revoked_client_stays_listed_with_the_instant_in_utc(database):
    add(database, "b")
    add(database, "a")
    with database.session() as session:
        client.revoke(session, "b")
    with database.session() as session:
        first, second = client.listed(session)
    assert (first.id, first.ended) == ("a", None)
    assert second.ended is not None
    assert second.ended.tzinfo is UTC
    assert second.ended >= second.created


@pytest.mark.parametrize("identifier", ["nobody", "satu-data"])
def test_only_an_active_client_can_be_revoked(database, identifier):
    add(database)
    with database.session() as session:
        client.revoke(session, "satu-data")
    with pytest.raises(CityError, match="unknown_client"), database.session() as session:
        client.revoke(session, identifier)
