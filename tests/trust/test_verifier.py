"""Tokens that are not ours, not now, or of nobody any more; forged with the same library that signs ours."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from fixtures.office import PUBLIC, office
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey

from app.errors import UnknownCaller
from app.trust import client
from app.trust.caller import Caller
from tests.fixtures import forge
from tests.fixtures.forge import hs256, segment

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(tmp_path, clock):
    made = office(tmp_path)
    made.add()
    yield made
    made.database.close()


def claims(**changes):
    return forge.claims("satu-data", int(NOON.timestamp()), **changes)


def forged(desk, **changes):
    return forge.forged(desk.keys, claims(), **changes)


def bare(header, payload=None, signature=b""):
    return forge.bare(header, payload or claims(), signature)


def refused(desk, token):
    for _ in range(2):
        with pytest.raises(UnknownCaller) as caught:
            desk.verifier.caller(token)
    return caught.value


def test_token_of_ours_gives_the_caller(desk):
    assert desk.verifier.caller(forged(desk, purpose="rpkd")) == Caller("satu-data", "bappeda", "rpkd")


def test_organisation_is_the_registrys_and_never_the_tokens(desk):
    assert desk.verifier.caller(forged(desk, organisation="dinsos")).organisation == "bappeda"


def test_longer_name_of_the_kind_is_accepted_too(desk):
    assert desk.verifier.caller(forged(desk, header={"typ": "application/at+JWT"})).client == "satu-data"


def test_refusal_asks_for_a_new_token_and_says_nothing_of_the_reason(desk):
    error = refused(desk, forged(desk, iss="https://evil.test"))
    assert error.headers == (("www-authenticate", 'Bearer error="invalid_token"'),)
    assert "evil" not in error.detail.en


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.test"},
        {"iss": PUBLIC + "/"},
        {"iss": None},
        {"iss": [PUBLIC]},
        {"aud": "https://other.test"},
        {"aud": ["https://other.test"]},
        {"aud": None},
        {"aud": {}},
        {"exp": None},
        {"exp": 0},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"iat": None},
        {"iat": "now"},
        {"iat": NOON.timestamp() + 60},
        {"nbf": NOON.timestamp() + 60},
        {"nbf": "soon"},
        {"client_id": None},
        {"client_id": ""},
        {"client_id": "nobody"},
        {"client_id": ["satu-data"]},
        {"client_id": {"a": 1}},
        {"jti": None},
        {"jti": ""},
        {"jti": ["1"]},
        {"jti": 1},
    ],
)
def test_claims_that_are_not_those_of_a_token_for_us_are_refused(desk, changes):
    refused(desk, forged(desk, **changes))


@pytest.mark.parametrize("kind", ["JWT", "jwt", "id_token+jwt", "", "at+jwt ", None, 5])
def test_token_of_another_kind_is_refused(desk, kind):
    payload = {"alg": "ES256", "kid": desk.keys.signing.kid, **({} if kind is None else {"typ": kind})}
    signed = forged(desk).split(".")
    refused(desk, ".".join([segment(json.dumps(payload).encode()), *signed[1:]]))
    if isinstance(kind, str):
        refused(desk, forged(desk, header={"typ": kind}))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256", "ES384", "EdDSA", "RS256", 5, None, ["ES256"]])
@pytest.mark.parametrize("signature", [b"", bytes(64)])
def test_algorithm_is_never_the_tokens_choice(desk, algorithm, signature):
    refused(desk, bare({"alg": algorithm, "typ": "at+jwt", "kid": desk.keys.signing.kid}, signature=signature))


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
def test_hs256_with_the_public_key_as_its_secret_is_refused(desk, form):
    signing = desk.keys.signing
    secret = {
        "pem": signing.as_pem(private=False),
        "der": signing.as_der(private=False),
        "jwk": json.dumps(desk.keys.jwks()["keys"][0]).encode(),
    }[form]
    refused(desk, hs256({"alg": "HS256", "typ": "at+jwt", "kid": signing.kid}, claims(), secret))


@pytest.mark.parametrize("signature", [b"", b"\0", bytes(64), b"\xff" * 64, bytes(63), bytes(65), bytes(31) + b"\1" + bytes(31) + b"\1"])
def test_signature_that_proves_nothing_is_refused(desk, signature):
    header, body, _ = forged(desk).split(".")
    refused(desk, f"{header}.{body}.{segment(signature)}")


def test_signature_of_another_key_is_refused(desk):
    refused(desk, forged(desk, key=ECKey.generate_key("P-256")))
    refused(desk, forged(desk, key=OKPKey.generate_key("Ed25519"), header={"alg": "Ed25519"}))
    refused(desk, forged(desk, key=OctKey.generate_key(256), header={"alg": "HS256"}))


@pytest.mark.parametrize(
    "kid", ["", "unknown", "../../etc/passwd", "/dev/null", "' OR 1=1 --", "\0", "é", "x" * 300, "x" * 10_000, 5, None, ["a"], {}]
)
def test_kid_is_only_ever_looked_up(desk, kid):
    refused(desk, bare({"alg": "ES256", "typ": "at+jwt", "kid": kid}, signature=bytes(64)))
    refused(desk, bare({"alg": "ES256", "typ": "at+jwt"}, signature=bytes(64)))


@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_key_is_never_fetched_from_where_the_token_says(desk, name):
    foreign = ECKey.generate_key("P-256")
    refused(desk, forged(desk, key=foreign, header={name: "http://127.0.0.1:9/keys", "kid": "x"}))
    refused(desk, forged(desk, header={name: "http://127.0.0.1:9/keys"}))


def test_key_inside_the_token_is_never_used(desk):
    foreign = ECKey.generate_key("P-256")
    refused(desk, forged(desk, key=foreign, header={"jwk": foreign.as_dict(private=False)}))
    refused(desk, forged(desk, header={"x5c": ["AAAA"]}))


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": [[1]]},
        {"crit": 5},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"zip": "DEF"},
    ],
)
def test_header_that_says_more_than_ours_is_refused(desk, extra):
    refused(desk, bare({"alg": "ES256", "typ": "at+jwt", "kid": desk.keys.signing.kid, **extra}, signature=bytes(64)))


def test_changed_claims_are_refused(desk):
    header, _, signature = forged(desk).split(".")
    refused(desk, f"{header}.{segment(json.dumps(claims(client_id='lain')).encode())}.{signature}")


@pytest.mark.parametrize(
    "token", ["", ".", "..", "...", "a.b.c", "é.é.é", "\ud800", "null.null.null", segment(b"[]") + "..", segment(b"[" * 380) + ".."]
)
def test_text_that_is_no_token_is_refused(desk, token):
    refused(desk, token)


def test_token_of_more_than_four_kilobytes_is_refused_though_well_signed(desk):
    assert desk.verifier.caller(forged(desk, note="x" * 2000)).client == "satu-data"
    refused(desk, forged(desk, note="x" * 4000))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80) | st.lists(st.binary(max_size=60), min_size=3, max_size=5).map(lambda parts: ".".join(map(segment, parts))))
def test_no_text_makes_it_stumble(desk, token):
    with pytest.raises(UnknownCaller):
        desk.verifier.caller(token)


def test_token_ends_at_its_exp_though_it_was_seen_a_moment_before(desk, clock):
    token = forged(desk)
    clock.move_to(NOON + timedelta(seconds=599))
    assert desk.verifier.caller(token).client == "satu-data"
    clock.move_to(NOON + timedelta(seconds=606))
    refused(desk, token)


def test_small_difference_of_clocks_is_forgiven(desk, clock):
    token = forged(desk)
    clock.move_to(NOON - timedelta(seconds=4))
    assert desk.verifier.caller(token).client == "satu-data"
    other = forged(desk, jti="2")
    clock.move_to(NOON - timedelta(seconds=60))
    refused(desk, other)


def test_ended_client_is_refused_though_its_token_was_seen_a_moment_before(desk):
    token = forged(desk)
    assert desk.verifier.caller(token).client == "satu-data"
    with desk.database.session() as session:
        client.revoke(session, "satu-data")
    desk.registry.refresh()
    refused(desk, token)


def test_tokens_of_many_callers_do_not_fill_the_memory(desk, clock):
    desk.verifier._known.update({str(number): (0.0, Caller("x", "y"), "") for number in range(10_000)})
    desk.verifier.caller(forged(desk))
    assert len(desk.verifier._known) == 1
