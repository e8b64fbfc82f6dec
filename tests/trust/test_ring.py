"""Token keys that take turns: two gateways on one folder, and the clock."""

import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from fixtures.office import PUBLIC, office

from app.errors import CityError, UnknownCaller
from app.trust.issuer import Issuer
from app.trust.key_file import KeyFolder
from app.trust.keys import Keys
from app.trust.ring import Ring, ring_of
from app.trust.verifier import Verifier

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
GRANT = ("grant_type", "client_credentials")
NEW = f"token-{int(NOON.timestamp())}.pem"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(tmp_path, clock):
    made = office(tmp_path)
    made.header = made.add()
    yield made
    made.database.close()


def gateway(desk):
    """One more gateway on the same folder and database."""
    keys = Keys.open(desk.folder / "keys")
    named = {"issuer": PUBLIC, "audience": PUBLIC}
    issuer, verifier = Issuer(keys, desk.registry, **named), Verifier(keys, desk.registry, **named)

    def token():
        return issuer.token(desk.header, [GRANT])[1]["access_token"]

    def takes(text):
        try:
            return verifier.caller(text).client == "satu-data"
        except UnknownCaller:
            return False

    return SimpleNamespace(keys=keys, token=token, takes=takes, look=keys.tokens.refresh, kids=lambda: [key["kid"] for key in keys.jwks()["keys"]])


def at(clock, seconds, *gateways):
    clock.move_to(NOON + timedelta(seconds=seconds))
    for one in gateways:
        one.look()


def files(desk):
    return {path.name for path in (desk.folder / "keys").glob("token*")}


def rotate(desk):
    ring_of(desk.folder / "keys").rotate()


def test_new_key_is_published_first_signs_later_and_the_former_one_leaves_last(desk, clock):
    one, two = gateway(desk), gateway(desk)
    former = one.keys.signing.kid
    before = one.token()
    rotate(desk)
    assert one.kids() == [former]
    at(clock, 1, one, two)
    assert one.kids() == two.kids()
    assert len(one.kids()) == 2
    assert {one.keys.signing.kid, two.keys.signing.kid} == {former}
    at(clock, 9, one)
    last = one.token()
    at(clock, 10, two)
    assert two.keys.signing.kid != former
    after = two.token()
    for text in (before, last, after):
        assert one.takes(text)
        assert two.takes(text)
    at(clock, 610, one, two)
    assert two.takes(last)
    assert len(two.kids()) == 2
    at(clock, 670, one, two)
    assert one.kids() == two.kids() == [two.keys.signing.kid]
    assert files(desk) == {NEW}


def test_no_token_is_refused_before_its_time_whenever_it_was_signed_and_by_whom(desk, clock):
    pair = (gateway(desk), gateway(desk))
    tokens = []
    for second in range(0, 700, 5):
        at(clock, second, *pair)
        if second == 30:
            rotate(desk)
        tokens += [(second, one.token()) for one in pair]
        for made, text in tokens:
            if second < made + 600:
                assert all(one.takes(text) for one in pair), (made, second)


def test_gateway_that_starts_later_knows_the_same_turns(desk, clock):
    rotate(desk)
    early = gateway(desk)
    assert len(early.kids()) == 2
    at(clock, 30, early)
    late = gateway(desk)
    assert late.keys.signing.kid == early.keys.signing.kid
    assert late.takes(early.token())
    at(clock, 700, late)
    assert gateway(desk).kids() == late.kids()


def test_key_that_has_served_is_not_taken_though_its_file_came_back(desk, clock):
    one = gateway(desk)
    kept = (desk.folder / "keys" / "token.pem").read_bytes()
    rotate(desk)
    at(clock, 700, one)
    (desk.folder / "keys" / "token.pem").write_bytes(kept)
    (desk.folder / "keys" / "token.pem").chmod(0o600)
    again = gateway(desk)
    assert len(again.kids()) == 1
    one.look()
    assert files(desk) == {NEW}


def test_states_are_told_with_the_instant_since_when(desk, clock):
    now = int(NOON.timestamp())
    first = desk.keys.signing.kid

    def told():
        return [(state.kid == first, state.state, state.since) for state in ring_of(desk.folder / "keys").states()]

    assert told() == [(True, "signing", None)]
    rotate(desk)
    assert told() == [(True, "signing", None), (False, "next", now)]
    at(clock, 10)
    assert told() == [(True, "former", now + 10), (False, "signing", now + 10)]
    at(clock, 700)
    assert told() == [(False, "signing", now + 10)]


def test_keys_rotate_several_times_within_the_life_of_a_token(desk, clock):
    one, tokens = gateway(desk), []
    for second in (0, 10, 20):
        at(clock, second, one)
        tokens.append(one.token())
        rotate(desk)
    at(clock, 40, one)
    assert len(one.kids()) == 4
    assert all(one.takes(text) for text in tokens)


def test_second_rotation_waits_for_the_first(desk, clock):
    rotate(desk)
    at(clock, 9)
    with pytest.raises(CityError, match="rotating"):
        rotate(desk)
    assert len(files(desk)) == 2


def test_only_token_keys_rotate(desk):
    rotate(desk)
    again = Keys.open(desk.folder / "keys")
    assert again.ledger_public == desk.keys.ledger_public
    assert again.secret("cursor") == desk.keys.secret("cursor")


def test_new_key_is_readable_by_its_owner_alone(desk):
    rotate(desk)
    assert (desk.folder / "keys" / NEW).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_key_that_the_gateway_could_not_read_is_not_made(desk):
    os.chown(desk.folder / "keys", 12345, 12345)
    with pytest.raises(CityError, match="not_the_owner"):
        rotate(desk)


def test_folder_without_keys_is_told_and_stays_empty(tmp_path):
    with pytest.raises(CityError, match="no_keys"):
        ring_of(tmp_path / "keys")
    assert list((tmp_path / "keys").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"nothing"])
def test_running_gateway_keeps_its_keys_when_a_new_one_is_broken_and_takes_it_once_it_is_whole(desk, clock, content):
    one = gateway(desk)
    path = desk.folder / "keys" / NEW
    path.write_bytes(content)
    path.chmod(0o600)
    one.look()
    assert len(one.kids()) == 1
    assert one.takes(one.token())
    path.unlink()
    rotate(desk)
    one.look()
    assert len(one.kids()) == 2


def test_running_gateway_keeps_its_keys_when_the_folder_is_gone(desk):
    one = gateway(desk)
    (desk.folder / "keys").rename(desk.folder / "elsewhere")
    one.look()
    assert one.takes(one.token())


def test_key_that_leaked_is_dropped_at_once_where_its_file_is_deleted(desk, clock):
    one = gateway(desk)
    leaked = one.token()
    rotate(desk)
    at(clock, 10, one)
    (desk.folder / "keys" / "token.pem").unlink()
    one.look()
    fresh = gateway(desk)
    assert fresh.takes(leaked) is False
    assert fresh.takes(one.token())
    assert files(desk) == {NEW}


def test_key_that_another_gateway_deleted_meanwhile_is_no_fault(desk):
    folder = KeyFolder.open(desk.folder / "keys")
    assert folder.held("token-1.pem") is None
    folder.remove("token-1.pem")
    assert len(Ring.open(folder).published) == 1
