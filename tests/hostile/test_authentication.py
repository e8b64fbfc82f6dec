"""Tokens that are not ours, sent to every door that asks for one."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey

from app.clock import epoch
from app.errors import UnknownCaller
from app.trust.keys import Keys
from tests.fixtures.aid import Aid, row
from tests.fixtures.case import case
from tests.fixtures.far_side import FarSide, Said, far_side
from tests.fixtures.forge import Claims, bare, claims, forged, hs256, segment
from tests.fixtures.live import CLOSE, HOST, Here, ask, lines, listening, token

DOORS = (b"/v1/orang", b"/v1/orang/0001", b"/openapi.json", b"/contracts/orang/v1/access")


class Open(NamedTuple):
    live: Here
    side: FarSide
    keys: Keys
    good: Claims


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with ExitStack() as stack:
        aid = Aid(tmp_path_factory.mktemp("door"), stack)
        side = aid.source("dinsos.orang", [row(1)])
        aid.town.client("bappeda-app", "bappeda")
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        live = stack.enter_context(listening(aid.town))
        yield Open(live, side, live.gateway.keys, claims("bappeda-app", int(epoch())))


def status(door: Open, text: str, target: bytes = DOORS[0]) -> int:
    return ask(door.live, lines(target, HOST, CLOSE, b"Authorization: Bearer " + text.encode("latin-1"))).status


def refused(door: Open, text: str) -> None:
    """401 with the same words as for any other bad token, at every door; nobody else is asked."""
    for target in DOORS:
        heard = ask(door.live, lines(target, HOST, CLOSE, b"Authorization: Bearer " + text.encode("latin-1")))
        assert (heard.status, heard.json["code"]) == (401, "unknown_caller"), (target, text[:80])
        assert heard.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert heard.json["detail"] == UNKNOWN
        assert len(text) < 20 or text[-20:].encode("latin-1") not in heard.body
    assert door.side.asked == []


UNKNOWN = UnknownCaller().detail.id


def header(door: Open, **words: object) -> dict[str, object]:
    return {"alg": "ES256", "typ": "at+jwt", "kid": door.keys.signing.kid, **words}


@case(
    "H14",
    sent="alg none, HS256 with the public key, a signature of zeros, of another key, of another algorithm, an unknown `crit`",
    must="401, at every door, in the same words",
)
def test_a_signature_is_ours_or_none(door: Open) -> None:
    good = forged(door.keys, door.good)
    assert status(door, good) == 200
    door.side.asked.clear()
    for algorithm in ("none", "None", "NONE", "", "HS256", "ES384", "RS256", "EdDSA"):
        for signature in (b"", bytes(64)):
            refused(door, bare(header(door, alg=algorithm), door.good, signature))
    signing = door.keys.signing
    for secret in (signing.as_pem(private=False), signing.as_der(private=False), json.dumps(door.keys.jwks()["keys"][0]).encode()):
        refused(door, hs256(header(door, alg="HS256"), door.good, secret))
    for signature in (b"", bytes(64), b"\xff" * 64, bytes(63), bytes(31) + b"\1" + bytes(31) + b"\1"):
        refused(door, f"{good.rpartition('.')[0]}.{segment(signature)}")
    refused(door, good + "A")
    refused(door, forged(door.keys, door.good, key=ECKey.generate_key("P-256")))
    refused(door, forged(door.keys, door.good, key=OKPKey.generate_key("Ed25519"), header={"alg": "Ed25519"}))
    refused(door, forged(door.keys, door.good, key=OctKey.generate_key(256), header={"alg": "HS256"}))
    for extra in ({"crit": ["exp"], "exp": 1}, {"crit": []}, {"crit": ["b64"], "b64": False}, {"zip": "DEF"}):
        refused(door, bare(header(door, **extra), door.good, bytes(64)))
    first, _, last = good.split(".")
    refused(door, f"{first}.{segment(json.dumps({**door.good, 'client_id': 'lain'}).encode())}.{last}")


@case("H15", sent="`kid` = `../../etc/passwd`, `' OR 1=1`, 10 KB, NUL, unknown, no text", must="401: it is looked up in a table and nowhere else")
def test_a_kid_opens_no_file_and_no_database(door: Open) -> None:
    for kid in (
        "../../etc/passwd",
        "/dev/null",
        "token.pem",
        "' OR 1=1 --",
        "\0",
        "é",
        "unknown",
        "",
        "x" * 300,
        "x" * 10_000,
        5,
        None,
        ["a"],
        {"a": 1},
    ):
        refused(door, bare(header(door, kid=kid), door.good, bytes(64)))
    refused(door, bare({"alg": "ES256", "typ": "at+jwt"}, door.good, bytes(64)))


@pytest.mark.parametrize("name", ["jku", "x5u"])
@case("H16", sent="`jku`, `x5u`, `jwk` or `x5c` naming a key of the forger's own, or beside a good signature", must="401; nothing is fetched")
def test_a_token_brings_no_key_of_its_own(door: Open, name: str) -> None:
    foreign = ECKey.generate_key("P-256", {"kid": "x"})
    with far_side(lambda _asked: Said({"keys": [foreign.as_dict(private=False)]})) as published:
        for key, kid in ((foreign, "x"), (foreign, door.keys.signing.kid), (None, door.keys.signing.kid)):
            refused(door, forged(door.keys, door.good, key=key, header={name: published.address + "/jwks", "kid": kid}))
            refused(door, forged(door.keys, door.good, key=key, header={"jwk": foreign.as_dict(private=False), "kid": kid}))
            refused(door, forged(door.keys, door.good, key=key, header={"x5c": ["AAAA"], "kid": kid}))
        assert published.asked == []


@case(
    "H17",
    sent="A token that ran out, of tomorrow, for another audience, of another issuer or kind, of an unknown client, of 4 KB, in another place",
    must="401 in the words of any bad token; in an address or a cookie it is no token at all",
)
def test_a_token_for_another_time_place_or_use_is_none(door: Open) -> None:
    now = epoch()
    wrong = [{"exp": now - 10}, {"exp": None}, {"exp": "9999999999"}, {"exp": True}, {"nbf": now + 60}, {"iat": now + 60}, {"iat": None}]
    wrong += [
        {"aud": "https://lain.test"},
        {"aud": ["https://lain.test"]},
        {"aud": None},
        {"iss": "https://evil.test"},
        {"iss": None},
        {"iss": door.good["iss"] + "/"},
    ]
    wrong += [{"client_id": "lain"}, {"client_id": None}, {"client_id": ["bappeda-app"]}, {"client_id": {"a": 1}}, {"note": "x" * 4000}]
    for changes in wrong:
        refused(door, forged(door.keys, door.good, **changes))
    for kind in ("JWT", "id_token+jwt", "", "at+jwt ", "dpop+jwt", None):
        refused(door, forged(door.keys, door.good, header={"typ": kind}))
    refused(door, forged(door.keys, {**door.good, "nonce": "n", "at_hash": "x"}, header={"typ": "JWT"}))
    for text in ("", ".", "..", "a.b.c", "null.null.null", "\xe9.\xe9.\xe9", segment(b"[" * 380) + ".."):
        refused(door, text)
    good = token(door.live)
    for value in (b"Basic " + good, b"DPoP " + good, good, b"Bearer", b"Bearer " + good + b", Bearer x", b"Bearer x " + good):
        assert ask(door.live, lines(DOORS[0], HOST, CLOSE, b"Authorization: " + value)).status == 401
    assert ask(door.live, lines(DOORS[0] + b"?access_token=" + good, HOST, CLOSE)).status in (400, 401, 403)
    assert ask(door.live, lines(DOORS[0], HOST, CLOSE, b"Cookie: access_token=" + good)).status in (401, 403)
    assert door.side.asked == []
