"""The gateway's own keys."""

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.errors import CityError
from app.trust.key_file import pem
from app.trust.keys import SECRETS, Keys


def code_of(path: Path) -> str:
    with pytest.raises(CityError) as caught:
        Keys.open(path)
    return caught.value.problems[0].code


def test_first_start_makes_every_key_readable_by_its_owner_alone(tmp_path):
    Keys.open(tmp_path / "var" / "keys")
    folder = tmp_path / "var" / "keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.iterdir()} == {"token.pem", "ledger.pem", *(f"{name}.key" for name in SECRETS)}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_second_start_reads_the_same_keys(tmp_path):
    first, second = Keys.open(tmp_path / "keys"), Keys.open(tmp_path / "keys")
    assert first.jwks() == second.jwks()
    assert first.ledger_public == second.ledger_public
    assert [first.secret(name) for name in SECRETS] == [second.secret(name) for name in SECRETS]


def test_every_secret_is_another_one_of_32_bytes(tmp_path):
    keys = Keys.open(tmp_path / "keys")
    secrets = {keys.secret(name) for name in SECRETS}
    assert len(secrets) == len(SECRETS)
    assert {len(secret) for secret in secrets} == {32}


def test_many_that_start_at_once_end_with_one_set_of_keys(tmp_path):
    opened: list[Keys] = []
    gate = threading.Barrier(6)

    def start() -> None:
        gate.wait()
        opened.append(Keys.open(tmp_path / "keys"))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(keys.signing.kid, keys.ledger_public, keys.secret("cursor")) for keys in opened}) == 1
    assert len(opened) == 6
    assert len(list((tmp_path / "keys").iterdir())) == 2 + len(SECRETS)


def test_jwks_publishes_the_public_half_only(tmp_path):
    (key,) = Keys.open(tmp_path / "keys").jwks()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (key["alg"], key["use"]) == ("ES256", "sig")


def test_ledger_signature_verifies_with_the_raw_public_key(tmp_path):
    keys = Keys.open(tmp_path / "keys")
    Ed25519PublicKey.from_public_bytes(keys.ledger_public).verify(keys.ledger_sign(b"head"), b"head")


def test_repr_shows_nothing(tmp_path):
    keys = Keys.open(tmp_path / "keys")
    shown = f"{keys!r} {keys.signing!r}"
    assert keys.secret("cursor").hex() not in shown
    assert "cursor" not in shown
    assert "b'" not in shown


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
@pytest.mark.parametrize("name", ["token.pem", "ledger.pem", "cursor.key"])
def test_key_that_others_may_read_is_refused(tmp_path, name, mode):
    Keys.open(tmp_path / "keys")
    (tmp_path / "keys" / name).chmod(mode)
    assert code_of(tmp_path / "keys") == "open_to_others"


def test_folder_that_others_may_write_is_refused(tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys").chmod(0o777)
    assert code_of(tmp_path / "keys") == "open_to_others"


@pytest.mark.parametrize("name", ["token.pem", "ledger.pem", "receipt.key"])
@pytest.mark.parametrize("content", [b"", b"nothing", pem(ec.generate_private_key(ec.SECP384R1()))])
def test_broken_or_foreign_key_is_refused_and_stays_as_it_is(tmp_path, name, content):
    Keys.open(tmp_path / "keys")
    (tmp_path / "keys" / name).write_bytes(content)
    assert code_of(tmp_path / "keys") == "broken_key"
    assert (tmp_path / "keys" / name).read_bytes() == content


def test_public_key_where_the_private_is_due_is_refused(tmp_path):
    keys = Keys.open(tmp_path / "keys")
    (tmp_path / "keys" / "token.pem").write_bytes(keys.signing.as_pem(private=False))
    assert code_of(tmp_path / "keys") == "broken_key"


def test_path_that_is_no_folder_is_told_by_its_name(tmp_path):
    (tmp_path / "keys").write_text("")
    with pytest.raises(CityError, match="TITIAN_KEYS"):
        Keys.open(tmp_path / "keys")
