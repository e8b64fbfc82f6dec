"""private_key_jwt: what proves a client, and everything that does not, each refused in the same words."""

import base64
import hmac
import json
import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from fixtures.office import PUBLIC, office, proof, sent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from sqlmodel import select

from app.errors import Unavailable
from app.trust import client
from app.trust.issuer import Issuer
from app.trust.registry import Registry
from app.trust.table import AssertionRow

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
GRANT = ("grant_type", "client_credentials")
KEY = ECKey.generate_key("P-256")
RSA = RSAKey.generate_key(2048)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(tmp_path, clock):
    made = office(tmp_path)
    made.add_keys(KEY)
    yield made
    made.database.close()


def ask(desk, form):
    return desk.issuer.token(None, [GRANT, *form])


def refused(desk, form):
    """401 in the same words, whatever the reason."""
    status, body, headers = ask(desk, form)
    assert (status, body) == (401, desk.issuer.token(None, [])[1])
    assert body["error"] == "invalid_client"
    assert dict(headers)["www-authenticate"] == 'Basic realm="titian"'


def segment(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def bare(header, payload=b"{}", signature=bytes(64)):
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return sent(".".join(map(segment, (head, payload, signature))))


def spent(desk):
    with desk.database.session() as session:
        return session.exec(select(AssertionRow)).all()


def test_client_that_proves_itself_gets_a_token(desk):
    status, body, _ = ask(desk, [*proof(KEY), ("purpose", "rpkd"), ("client_id", "kunci-app")])
    assert status == 200
    caller = desk.verifier.caller(body["access_token"])
    assert (caller.client, caller.organisation, caller.purpose) == ("kunci-app", "bappeda", "rpkd")


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(KEY, "ES256"), (RSA, "RS256"), (RSA, "PS256"), (OKPKey.generate_key("Ed25519"), "Ed25519")],
    ids=["ES256", "RS256", "PS256", "Ed25519"],
)
def test_each_algorithm_that_is_promised_proves_a_client(desk, key, algorithm):
    desk.add_keys(key, identifier="lain-app")
    assert ask(desk, proof(key, alg=algorithm, iss="lain-app", sub="lain-app"))[0] == 200


@pytest.mark.parametrize("audience", [PUBLIC, f"{PUBLIC}/oauth/token", [PUBLIC], [PUBLIC, f"{PUBLIC}/oauth/token"]])
def test_audience_is_the_issuer_or_the_token_endpoint(desk, audience):
    assert ask(desk, proof(KEY, aud=audience))[0] == 200


def test_key_is_found_by_kid_among_several(desk):
    keys = [ECKey.generate_key("P-256", {"kid": name}) for name in ("a", "b")]
    desk.add_keys(*keys, identifier="dua-app")
    own = {"iss": "dua-app", "sub": "dua-app"}
    assert ask(desk, proof(keys[1], header={"kid": "b"}, **own))[0] == 200
    refused(desk, proof(keys[1], header={"kid": "a"}, **own))
    refused(desk, proof(keys[1], header={"kid": "c"}, **own))
    refused(desk, proof(ECKey.import_key(keys[1].as_pem(private=True)), **own))


def test_assertion_counts_once(desk):
    form = proof(KEY)
    assert ask(desk, form)[0] == 200
    refused(desk, form)
    refused(desk, form)


def test_assertion_counts_once_among_gateways_that_are_asked_at_the_same_time(desk):
    registry = Registry(desk.database, contracts={})
    registry.refresh()
    issuers = [desk.issuer, Issuer(desk.keys, registry, issuer=PUBLIC, audience=PUBLIC)] * 3
    form, replies, gate = proof(KEY), [], threading.Barrier(6)

    def run(issuer):
        gate.wait()
        replies.append(issuer.token(None, [GRANT, *form])[0])

    threads = [threading.Thread(target=run, args=(issuer,)) for issuer in issuers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(replies) == [200, 401, 401, 401, 401, 401]


def test_same_jti_of_another_client_is_another_assertion(desk):
    desk.add_keys(RSA, identifier="lain-app")
    assert ask(desk, proof(KEY, jti="1"))[0] == 200
    assert ask(desk, proof(RSA, alg="RS256", iss="lain-app", sub="lain-app", jti="1"))[0] == 200


@pytest.mark.parametrize("jti", ["x" * 4000, "\0", "\ud800é", "' OR 1=1 --", " "])
def test_any_text_may_be_the_id_of_an_assertion_but_no_empty_one(desk, jti):
    form = proof(KEY, jti=jti) if "\ud800" not in jti else proof(KEY, jti="é")
    assert ask(desk, form)[0] == 200
    refused(desk, form)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None},
        {"iss": "lain-app"},
        {"sub": None},
        {"sub": "lain-app"},
        {"sub": "nobody", "iss": "nobody"},
        {"sub": ["kunci-app"]},
        {"sub": {"a": 1}, "iss": {"a": 1}},
        {"aud": None},
        {"aud": "https://other.test/oauth/token"},
        {"aud": f"{PUBLIC}/"},
        {"aud": f"{PUBLIC}/oauth/revoke"},
        {"aud": [PUBLIC, "https://other.test"]},
        {"aud": []},
        {"aud": [[PUBLIC]]},
        {"aud": {}},
        {"jti": None},
        {"jti": ""},
        {"jti": 5},
        {"jti": ["a"]},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**400},
        {"exp": NOON.timestamp() + 361},
        {"exp": NOON.timestamp() - 60},
        {"iat": NOON.timestamp() + 61},
        {"nbf": NOON.timestamp() + 61},
    ],
)
def test_claims_that_are_not_those_of_a_fresh_assertion_for_us_are_refused_and_nothing_is_kept(desk, changes):
    refused(desk, proof(KEY, **changes))
    assert spent(desk) == []


@pytest.mark.parametrize("ahead", [-59, 0, 300, 360])
def test_assertion_may_expire_five_minutes_ahead_with_a_minute_for_the_clock(desk, ahead):
    assert ask(desk, proof(KEY, exp=NOON.timestamp() + ahead))[0] == 200


def test_expired_assertion_is_refused_also_when_nobody_remembers_it(desk, clock):
    form = proof(KEY)
    assert ask(desk, form)[0] == 200
    for seconds, kept in ((121, 1), (182, 0)):
        clock.move_to(NOON + timedelta(seconds=seconds))
        desk.registry.refresh()
        assert len(spent(desk)) == kept
        refused(desk, form)


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
def test_hs256_with_the_public_key_as_its_secret_is_refused(desk, form):
    secret = {"pem": KEY.as_pem(private=False), "der": KEY.as_der(private=False), "jwk": json.dumps(KEY.as_dict(private=False)).encode()}[form]
    _, (_, signed) = proof(KEY)
    head, body = segment(b'{"alg":"HS256"}'), signed.split(".")[1]
    refused(desk, sent(f"{head}.{body}.{segment(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"))


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (OctKey.generate_key(256), "HS256"),
        (ECKey.generate_key("P-384"), "ES384"),
        (ECKey.generate_key("P-256"), "ES256"),
        (RSA, "RS256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
)
def test_assertion_that_another_key_signed_is_refused(desk, key, algorithm):
    refused(desk, proof(key, alg=algorithm))


def test_algorithm_that_is_not_promised_is_refused_though_the_key_fits(desk):
    desk.add_keys(RSA, identifier="lain-app")
    refused(desk, proof(RSA, alg="RS512", iss="lain-app", sub="lain-app"))


def test_algorithm_that_the_key_is_not_meant_for_is_refused(desk):
    desk.add_keys(RSAKey.import_key(RSA.as_pem(private=True), {"alg": "PS256", "kid": "a"}), identifier="lain-app")
    own = {"iss": "lain-app", "sub": "lain-app"}
    assert ask(desk, proof(RSA, alg="PS256", **own))[0] == 200
    for header in ({}, {"kid": "a"}):
        refused(desk, proof(RSA, alg="RS256", header=header, **own))


@pytest.mark.parametrize("algorithm", ["none", "None", "", None, 5, ["ES256"], {"a": 1}])
@pytest.mark.parametrize("signature", [b"", bytes(64)])
def test_algorithm_is_never_the_assertions_choice(desk, algorithm, signature):
    payload = proof(KEY)[1][1].split(".")[1]
    header = {} if algorithm is None else {"alg": algorithm}
    head = segment(json.dumps(header).encode())
    refused(desk, sent(f"{head}.{payload}.{segment(signature)}"))


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "http://127.0.0.1:9/keys"},
        {"x5u": "http://127.0.0.1:9/keys"},
        {"jwk": KEY.as_dict(private=False)},
        {"x5c": ["AAAA"]},
        {"crit": ["kid"], "kid": KEY.thumbprint()},
        {"crit": []},
        {"b64": True},
        {"zip": "DEF"},
        {"kid": "unknown"},
        {"kid": 'a"é\\'},
        {"kid": "../../etc/passwd"},
    ],
)
def test_header_that_brings_a_key_or_says_more_than_it_may_is_refused_though_well_signed(desk, header):
    refused(desk, proof(KEY, header=header))


@pytest.mark.parametrize("kid", [5, ["a"], {}, None, True])
def test_kid_is_text_or_nothing(desk, kid):
    payload = proof(KEY)[1][1].split(".")[1]
    head = segment(json.dumps({"alg": "ES256", "kid": kid}).encode())
    refused(desk, sent(f"{head}.{payload}.{segment(bytes(64))}"))


def test_assertion_of_more_than_eight_kilobytes_is_refused_though_well_signed(desk):
    assert ask(desk, proof(KEY, note="x" * 5000))[0] == 200
    refused(desk, proof(KEY, note="x" * 6200))


@pytest.mark.parametrize(
    "form",
    [
        [],
        sent(""),
        sent("."),
        sent(".."),
        sent("..."),
        sent("a.b.c"),
        sent("é.é.é"),
        sent("\ud800.a.b"),
        bare(b"[]"),
        bare(b'["alg"]'),
        bare(b'"alg"'),
        bare(b"5"),
        bare(b"[" * 3000),
        bare({"alg": "ES256"}, b"[" * 3000),
        bare({"alg": "ES256"}, b"[]"),
        bare({"alg": "ES256"}, b"null"),
        bare({"alg": "ES256"}, b"\xff"),
        bare({"alg": "ES256"}, b'{"sub":"kunci-app"}'),
        bare({"alg": "ES256"}, b'{"sub":"kunci-app","exp":' + b"9" * 5000 + b"}"),
        bare({"alg": "ES256", "typ": "x" * 600}, b'{"sub":"kunci-app"}'),
    ],
)
def test_text_that_is_no_assertion_is_refused(desk, form):
    refused(desk, form)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80) | st.lists(st.binary(max_size=60), min_size=2, max_size=4).map(lambda parts: ".".join(map(segment, parts))))
def test_no_text_makes_it_stumble(desk, text):
    refused(desk, sent(text))


@pytest.mark.parametrize("kind", ["", "jwt-bearer", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
def test_assertion_of_another_type_is_none(desk, kind):
    refused(desk, [("client_assertion_type", kind), proof(KEY)[1]])


def test_client_with_a_secret_has_no_assertion_and_one_with_keys_no_secret(desk):
    desk.add()
    refused(desk, proof(KEY, iss="satu-data", sub="satu-data"))
    found = desk.registry.client("kunci-app")
    assert found is not None
    for secret in ("", "-" * 64, str(found.jwks)):
        assert not found.knows(secret)


def test_header_beside_an_assertion_never_leaves_it_to_the_assertion(desk):
    header = desk.add()
    for wrong in (header + "A", "Bearer abc", ""):
        assert desk.issuer.token(wrong, [GRANT, *proof(KEY)])[0] == 401
    status, body, _ = desk.issuer.token(header, [GRANT, *proof(KEY)])
    assert (status, body["error"]) == (400, "invalid_request")
    assert spent(desk) == []


@pytest.mark.parametrize("extra", [("client_secret", "x"), ("client_id", "lain-app"), ("client_assertion", "x"), ("client_assertion_type", "x")])
def test_client_that_proves_itself_in_two_ways_is_refused(desk, extra):
    status, body, _ = ask(desk, [*proof(KEY), extra])
    assert (status, body["error"]) == (400, "invalid_request")


def test_ended_client_proves_nothing_more(desk):
    with desk.database.session() as session:
        client.revoke(session, "kunci-app")
    desk.registry.refresh()
    refused(desk, proof(KEY))


def test_without_the_database_no_assertion_is_taken_and_it_is_said(desk):
    with desk.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE assertion")
    with pytest.raises(Unavailable):
        ask(desk, proof(KEY))


def test_assertion_is_not_logged_even_where_everything_is(desk, caplog):
    caplog.set_level(logging.DEBUG)
    for form in (proof(KEY), proof(KEY, aud="https://other.test"), bare({"alg": "ES256"}, b'{"sub":"rahasia-nama"}')):
        ask(desk, form)
        assert form[1][1] not in caplog.text
    assert "rahasia-nama" not in caplog.text
