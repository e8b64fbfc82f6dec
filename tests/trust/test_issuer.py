"""The token endpoint: RFC 6749 client_credentials, and each default of the library that is overridden."""

import base64
import json
import logging

import pytest
from fixtures.office import PUBLIC, basic, office
from joserfc import jwt

from app.trust import client
from app.trust.issuer import Issuer
from app.trust.verifier import Verifier

GRANT = ("grant_type", "client_credentials")
ASSERTION = [
    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    ("client_assertion", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"),
]


@pytest.fixture
def desk(tmp_path):
    made = office(tmp_path)
    yield made
    made.database.close()


def claims_of(desk, reply):
    status, body, _ = reply
    assert status == 200
    return jwt.decode(body["access_token"], desk.keys.signing, algorithms=["ES256"]).claims


def header_of(token):
    segment = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def refused(reply, error, status=400):
    found, body, headers = reply
    assert (found, body["error"]) == (status, error)
    assert dict(headers)["cache-control"] == "no-store"
    assert set(body) <= {"error", "error_description"}
    return body, dict(headers)


def test_active_client_gets_a_token_that_the_verifier_knows(desk):
    status, body, headers = desk.issuer.token(desk.add(), [GRANT])
    assert (status, body["token_type"], set(body)) == (200, "Bearer", {"access_token", "token_type", "expires_in"})
    assert dict(headers) == {"cache-control": "no-store", "pragma": "no-cache"}
    assert desk.verifier.caller(body["access_token"]).organisation == "bappeda"


def test_token_is_an_rfc_9068_access_token_for_this_gateway(desk):
    claims = claims_of(desk, desk.issuer.token(desk.add(), [GRANT]))
    assert (claims["iss"], claims["aud"], claims["sub"], claims["client_id"]) == (PUBLIC, PUBLIC, "satu-data", "satu-data")
    assert claims["jti"]


def test_two_tokens_are_never_the_same(desk):
    header = desk.add()
    assert desk.issuer.token(header, [GRANT])[1] != desk.issuer.token(header, [GRANT])[1]


def test_token_lives_600_seconds(desk):
    reply = desk.issuer.token(desk.add(), [GRANT])
    claims = claims_of(desk, reply)
    assert claims["exp"] - claims["iat"] == 600
    assert reply[1]["expires_in"] == 600


def test_token_names_its_key_its_algorithm_and_its_kind(desk):
    header = header_of(desk.issuer.token(desk.add(), [GRANT])[1]["access_token"])
    (key,) = desk.keys.jwks()["keys"]
    assert header == {"typ": "at+jwt", "alg": "ES256", "kid": key["kid"]}


def test_purpose_travels_in_the_token(desk):
    reply = desk.issuer.token(desk.add(), [GRANT, ("purpose", "rpkd")])
    assert claims_of(desk, reply)["purpose"] == "rpkd"
    assert desk.verifier.caller(reply[1]["access_token"]).purpose == "rpkd"


def test_token_without_a_purpose_names_none(desk):
    reply = desk.issuer.token(desk.add(), [GRANT, ("purpose", "")])
    assert "purpose" not in claims_of(desk, reply)


@pytest.mark.parametrize("purpose", ["rpkd lain", "RPKD", "rpkd,lain", "-rpkd", "rpkd\n", "é", "a" * 101, "tujuan='x'"])
def test_purpose_that_is_not_one_plain_word_is_refused(desk, purpose):
    refused(desk.issuer.token(desk.add(), [GRANT, ("purpose", purpose)]), "invalid_request")


@pytest.mark.parametrize("scope", ["read", "bantuan:read", "openid profile", "é"])
def test_scope_that_the_client_may_not_have_is_refused_and_not_dropped(desk, scope):
    refused(desk.issuer.token(desk.add(), [GRANT, ("scope", scope)]), "invalid_scope")


@pytest.mark.parametrize("scope", ["", "  "])
def test_scope_without_a_value_counts_as_left_out(desk, scope):
    assert desk.issuer.token(desk.add(), [GRANT, ("scope", scope)])[0] == 200


@pytest.mark.parametrize("name", ["grant_type", "scope", "purpose", "client_id"])
def test_repeated_parameter_is_refused(desk, name):
    value = {"grant_type": "client_credentials", "scope": " ", "purpose": "rpkd", "client_id": "satu-data"}[name]
    form = [GRANT, (name, value), (name, value)]
    refused(desk.issuer.token(desk.add(), form), "invalid_request")


@pytest.mark.parametrize("form", [[], [("grant_type", "")], [("GRANT_TYPE", "client_credentials")]])
def test_missing_grant_type_is_an_invalid_request(desk, form):
    refused(desk.issuer.token(desk.add(), form), "invalid_request")


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer", 'x"\r\n'])
def test_other_grants_are_unsupported_and_not_echoed(desk, grant):
    body, _ = refused(desk.issuer.token(desk.add(), [("grant_type", grant)]), "unsupported_grant_type")
    assert grant not in json.dumps(body)


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer abc", "Basic ***", basic("satu-data", "wrong"), basic("satu-data", ""), basic("nobody", "wrong"), basic("", "")],
)
def test_missing_or_wrong_client_is_401_whatever_the_body_says(desk, header):
    desk.add()
    for form in ([GRANT], [], [GRANT, GRANT], [("grant_type", "password"), ("scope", "x")]):
        _, headers = refused(desk.issuer.token(header, form), "invalid_client", 401)
        assert headers["www-authenticate"] == 'Basic realm="titian"'


def test_assertion_of_nobody_is_refused_as_invalid_client(desk):
    desk.add()
    refused(desk.issuer.token(None, [GRANT, *ASSERTION]), "invalid_client", 401)


@pytest.mark.parametrize("extra", [ASSERTION[1], ("client_secret", "x"), ("client_id", "other")])
def test_client_that_proves_itself_in_two_ways_is_refused(desk, extra):
    refused(desk.issuer.token(desk.add(), [GRANT, extra]), "invalid_request")


def test_client_may_repeat_its_id_in_the_body(desk):
    assert desk.issuer.token(desk.add(), [GRANT, ("client_id", "satu-data")])[0] == 200


@pytest.mark.parametrize("secret_in_body", [True, False])
def test_secret_in_the_body_alone_does_not_prove_a_client(desk, secret_in_body):
    secret = base64.b64decode(desk.add().split()[1]).decode().split(":")[1]
    form = [GRANT, ("client_id", "satu-data"), *([("client_secret", secret)] if secret_in_body else [])]
    refused(desk.issuer.token(None, form), "invalid_client", 401)


def test_unknown_parameters_are_ignored(desk):
    assert desk.issuer.token(desk.add(), [GRANT, ("resource", "x"), ("resource", "y")])[0] == 200


def test_ended_client_gets_no_more_tokens(desk):
    header = desk.add()
    with desk.database.session() as session:
        client.revoke(session, "satu-data")
    desk.registry.refresh()
    refused(desk.issuer.token(header, [GRANT]), "invalid_client", 401)


def test_authenticate_gives_the_client_or_none(desk):
    header = desk.add()
    found = desk.issuer.authenticate(header)
    assert found is not None
    assert (found.id, found.organisation) == ("satu-data", "bappeda")
    assert desk.issuer.authenticate(header + "A") is None
    assert desk.issuer.authenticate(None) is None


@pytest.mark.parametrize("public", ["http://titian.test", "http://10.0.0.1:8000/", "https://titian.test/gerbang"])
def test_public_address_may_be_plain_http_behind_a_proxy(desk, public):
    issuer = Issuer(desk.keys, desk.registry, issuer=public, audience=public)
    status, body, _ = issuer.token(desk.add(), [GRANT])
    assert status == 200
    assert Verifier(desk.keys, desk.registry, issuer=public, audience=public).caller(body["access_token"]).client == "satu-data"


def test_neither_token_nor_secret_is_logged_even_where_everything_is(desk, caplog):
    caplog.set_level(logging.DEBUG)
    header = desk.add()
    secret = base64.b64decode(header.split()[1]).decode().split(":")[1]
    token = desk.issuer.token(header, [GRANT])[1]["access_token"]
    desk.verifier.caller(token)
    assert token not in caplog.text
    assert secret not in caplog.text
    assert header.split()[1] not in caplog.text


def test_metadata_follows_rfc_8414(desk):
    found = Issuer(desk.keys, desk.registry, issuer="https://titian.test/", audience="x").metadata()
    assert found["issuer"] == "https://titian.test/"
    assert found["token_endpoint"] == "https://titian.test/oauth/token"
    assert found["jwks_uri"] == "https://titian.test/.well-known/jwks.json"
    for name, path in (("token", "token"), ("revocation", "revoke"), ("introspection", "introspect")):
        assert found[f"{name}_endpoint"] == f"https://titian.test/oauth/{path}"
        assert found[f"{name}_endpoint_auth_methods_supported"] == ["client_secret_basic", "private_key_jwt"]
        assert found[f"{name}_endpoint_auth_signing_alg_values_supported"] == ["ES256", "Ed25519", "RS256", "PS256"]
    assert found["grant_types_supported"] == ["client_credentials"]
    assert found["response_types_supported"] == []
