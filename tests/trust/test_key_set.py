"""The public keys by which a client is registered."""

import json

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.util import int_to_base64

from app.errors import CityError
from app.trust import key_set

EC = ECKey.generate_key("P-256")
PUBLIC = EC.as_dict(private=False)
RSA = RSAKey.generate_key(2048).as_dict(private=False)


def wrote(tmp_path, content):
    path = tmp_path / "kunci.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def code_of(tmp_path, *keys):
    with pytest.raises(CityError) as caught:
        key_set.read(wrote(tmp_path, {"keys": list(keys)}))
    return caught.value.problems[0].code


def short(bits):
    return {"kty": "RSA", "e": "AQAB", "n": int_to_base64(2**bits - 1)}


def test_public_keys_are_kept_bare_and_each_bears_a_name(tmp_path):
    ed25519 = OKPKey.generate_key("Ed25519").as_dict(private=False)
    text = key_set.read(
        wrote(tmp_path, {"keys": [{**PUBLIC, "x5c": ["AAAA"], "jku": "http://x", "key_ops": ["verify"]}, {**RSA, "kid": "b"}, ed25519]})
    )
    first, second, third = json.loads(text)["keys"]
    assert first == {**PUBLIC, "kid": EC.thumbprint()}
    assert second["kid"] == "b"
    assert [key.key_type for key in key_set.key_set(text)] == ["EC", "RSA", "OKP"]
    assert third["crv"] == "Ed25519"


@pytest.mark.parametrize(
    "key", [EC, OctKey.generate_key(256), RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")], ids=lambda key: key.key_type
)
def test_private_or_symmetric_key_is_refused_and_not_repeated(tmp_path, key):
    found = key.as_dict(private=True)
    with pytest.raises(CityError, match="private_key") as caught:
        key_set.read(wrote(tmp_path, {"keys": [PUBLIC, found]}))
    assert found.get("d", found.get("k")) not in str(caught.value)
    assert "keys[1]" in str(caught.value)


@pytest.mark.parametrize(
    "key",
    [
        ECKey.generate_key("P-384").as_dict(private=False),
        ECKey.generate_key("secp256k1").as_dict(private=False),
        OKPKey.generate_key("X25519").as_dict(private=False),
        {"kty": "AKP", "pub": "AAAA"},
        {},
        {"kty": ["EC"], "crv": {}},
        {**PUBLIC, "use": "enc"},
        {**PUBLIC, "key_ops": ["encrypt"]},
        {**PUBLIC, "alg": "HS256"},
        {**RSA, "alg": "RS512"},
        {**PUBLIC, "alg": ["ES256"]},
        {**PUBLIC, "kid": ""},
        {**PUBLIC, "kid": 5},
        {**PUBLIC, "kid": "x" * 101},
    ],
)
def test_key_that_no_assertion_could_be_verified_with_is_refused(tmp_path, key):
    assert code_of(tmp_path, key) == "unknown_key"


@pytest.mark.parametrize("key", [short(512), short(1024), short(2047), short(4097)], ids=["512", "1024", "2047", "4097"])
def test_rsa_key_that_is_too_short_or_too_long_is_refused(tmp_path, key):
    assert code_of(tmp_path, key) == "weak_key"


@pytest.mark.parametrize(
    "key",
    [
        5,
        "key",
        None,
        [],
        {**PUBLIC, "y": PUBLIC["x"]},
        {**PUBLIC, "x": ""},
        {**PUBLIC, "x": 5},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "RSA", "e": "AQAB"},
        {**RSA, "e": "AA"},
        {**RSA, "n": "***"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
    ],
)
def test_key_that_is_none_is_refused(tmp_path, key):
    assert code_of(tmp_path, key) == "broken_key"


def test_two_keys_of_one_name_are_refused(tmp_path):
    assert code_of(tmp_path, PUBLIC, PUBLIC) == "kid_twice"
    assert code_of(tmp_path, {**PUBLIC, "kid": "a"}, {**RSA, "kid": "a"}) == "kid_twice"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"-----BEGIN PUBLIC KEY-----",
        b"[]",
        b"5",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": null}',
        b'{"keys":' * 30_00,
        b" " * 32 * 1024 + b'{"keys": [{}]}',
        json.dumps({"keys": [PUBLIC] * 11}).encode(),
    ],
)
def test_file_that_is_no_key_set_or_too_large_is_refused(tmp_path, content):
    with pytest.raises(CityError, match="not_a_key_set"):
        key_set.read(wrote(tmp_path, content))


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(CityError, match="unreadable"):
        key_set.read(tmp_path / "none.json")
