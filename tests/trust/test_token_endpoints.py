"""Revocation and introspection: of one's own organisation's tokens, and of no other."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from fixtures.office import CONTRACTS, PUBLIC, office, proof
from joserfc.jwk import ECKey
from sqlmodel import select

from app.errors import Unavailable, UnknownCaller
from app.trust import client
from app.trust.registry import Registry
from app.trust.table import RevokedTokenRow
from app.trust.verifier import Verifier

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
GRANT = ("grant_type", "client_credentials")
INACTIVE = {"active": False}


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(tmp_path, clock):
    made = office(tmp_path)
    yield made
    made.database.close()


def token(desk, header, *more):
    return desk.issuer.token(header, [GRANT, *more])[1]["access_token"]


def rows(desk):
    with desk.database.session() as session:
        return session.exec(select(RevokedTokenRow)).all()


def works(desk, text):
    try:
        desk.verifier.caller(text)
    except UnknownCaller:
        return False
    return True


def test_revoked_token_works_no_more_though_it_was_seen_a_moment_before_and_others_stay(desk):
    header = desk.add()
    first, second = token(desk, header), token(desk, header)
    assert works(desk, first)
    status, body, headers = desk.issuer.revoke(header, [("token", first)])
    assert (status, body) == (200, {})
    assert dict(headers)["cache-control"] == "no-store"
    assert (works(desk, first), works(desk, second)) == (False, True)
    assert desk.issuer.introspect(header, [("token", first)])[1] == INACTIVE


def test_other_gateways_see_a_revocation_when_they_look_again(desk):
    header = desk.add()
    registry = Registry(desk.database, contracts=CONTRACTS)
    registry.refresh()
    elsewhere = Verifier(desk.keys, registry, issuer=PUBLIC, audience=PUBLIC)
    text = token(desk, header)
    assert elsewhere.caller(text).client == "satu-data"
    desk.issuer.revoke(header, [("token", text)])
    registry.refresh()
    with pytest.raises(UnknownCaller):
        elsewhere.caller(text)


def test_token_may_be_revoked_twice_and_by_any_client_of_its_organisation(desk):
    header, colleague = desk.add(), desk.add("lain-app")
    text = token(desk, header)
    for who in (colleague, colleague, header):
        assert desk.issuer.revoke(who, [("token", text), ("token_type_hint", "access_token")])[0] == 200
    assert not works(desk, text)
    assert len(rows(desk)) == 1


def test_token_of_another_organisation_stays_and_is_told_to_nobody_else(desk):
    header, foreign = desk.add(), desk.add("dinsos-app", "dinsos")
    text = token(desk, header)
    assert desk.issuer.revoke(foreign, [("token", text)])[:2] == (200, {})
    assert desk.issuer.introspect(foreign, [("token", text)])[:2] == (200, INACTIVE)
    assert works(desk, text)
    assert rows(desk) == []


def test_introspection_tells_what_the_token_says(desk):
    header = desk.add()
    now = int(NOON.timestamp())
    status, body, headers = desk.issuer.introspect(header, [("token", token(desk, header, ("purpose", "rpkd")))])
    assert (status, dict(headers)["cache-control"]) == (200, "no-store")
    named = {"client_id": "satu-data", "sub": "satu-data", "iss": PUBLIC, "aud": PUBLIC, "exp": now + 600, "iat": now, "purpose": "rpkd"}
    assert body == {"active": True, "token_type": "Bearer", **named}
    assert "purpose" not in desk.issuer.introspect(header, [("token", token(desk, header))])[1]


@pytest.mark.parametrize("text", ["x", "a.b.c", "é", "\0", "x" * 5000, "eyJhbGciOiJub25lIn0.e30."])
def test_text_that_is_no_token_of_ours_is_not_active_and_quietly_not_revoked(desk, text):
    header = desk.add()
    assert desk.issuer.introspect(header, [("token", text)])[:2] == (200, INACTIVE)
    assert desk.issuer.revoke(header, [("token", text)])[:2] == (200, {})
    assert rows(desk) == []


def test_expired_token_and_token_of_an_ended_client_are_not_active(desk, clock):
    header, colleague = desk.add(), desk.add("lain-app")
    text = token(desk, colleague)
    with desk.database.session() as session:
        client.revoke(session, "lain-app")
    desk.registry.refresh()
    assert desk.issuer.introspect(header, [("token", text)])[1] == INACTIVE
    own = token(desk, header)
    clock.move_to(NOON + timedelta(seconds=606))
    assert desk.issuer.introspect(header, [("token", own)])[1] == INACTIVE
    desk.issuer.revoke(header, [("token", own)])
    assert rows(desk) == []


def test_client_may_prove_itself_by_its_keys(desk):
    key = ECKey.generate_key("P-256")
    desk.add_keys(key)
    text = token(desk, None, *proof(key))
    assert desk.issuer.introspect(None, [("token", text), *proof(key)])[1]["active"] is True
    form = proof(key)
    assert desk.issuer.revoke(None, [("token", text), *form])[0] == 200
    assert not works(desk, text)
    assert desk.issuer.revoke(None, [("token", text), *form])[0] == 401


@pytest.mark.parametrize("header", [None, "", "Bearer abc", "Basic ***"])
def test_stranger_is_401_whatever_it_sends(desk, header):
    text = token(desk, desk.add())
    for ask in (desk.issuer.revoke, desk.issuer.introspect):
        for form in ([("token", text)], []):
            status, body, headers = ask(header, form)
            assert (status, body["error"]) == (401, "invalid_client")
            assert "www-authenticate" in dict(headers)
    assert works(desk, text)


@pytest.mark.parametrize(
    "form",
    [
        [],
        [("token", "")],
        [("Token", "x")],
        [("token", "x"), ("token", "y")],
        [("token", "x"), ("token_type_hint", "a"), ("token_type_hint", "b")],
        [("token", "x"), ("client_secret", "y")],
        [("token", "x"), ("client_id", "lain-app")],
        [("token", "x"), ("client_assertion", "y")],
    ],
)
def test_form_that_is_not_clear_is_an_invalid_request(desk, form):
    header = desk.add()
    for ask in (desk.issuer.revoke, desk.issuer.introspect):
        status, body, _ = ask(header, form)
        assert (status, body["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "more", [("resource", "x"), ("token_type_hint", "refresh_token"), ("token_type_hint", "karangan"), ("client_id", "satu-data")]
)
def test_what_need_not_be_known_is_ignored(desk, more):
    header = desk.add()
    text = token(desk, header)
    assert desk.issuer.introspect(header, [("token", text), more])[1]["active"] is True
    assert desk.issuer.revoke(header, [("token", text), more])[0] == 200
    assert not works(desk, text)


def test_expired_revocations_are_deleted(desk, clock):
    header = desk.add()
    desk.issuer.revoke(header, [("token", token(desk, header))])
    for seconds, kept in ((700, 1), (721 + 60, 0)):
        clock.move_to(NOON + timedelta(seconds=seconds))
        desk.registry.refresh()
        assert len(rows(desk)) == kept


def test_revocation_that_cannot_be_kept_is_not_said_to_be_done(desk):
    header = desk.add()
    text = token(desk, header)
    with desk.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE revoked_token")
    with pytest.raises(Unavailable):
        desk.issuer.revoke(header, [("token", text)])
