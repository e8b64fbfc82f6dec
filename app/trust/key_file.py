"""A folder of key files that only its owner may enter: made whole or not at all, also when two processes start at once."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.errors import CityError
from app.trust.refusal import refusal


@dataclass(frozen=True, slots=True)
class KeyFolder:
    path: Path

    @classmethod
    def open(cls, path: Path) -> KeyFolder:
        """Makes the folder where it is missing. Raises CityError where others may write in it, or it cannot be used."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = path.stat().st_mode
        except OSError as error:
            raise _unusable(path, error) from error
        if mode & 0o022:
            raise refusal(str(path), "open_to_others", "Others may put keys into this folder", f"Run: chmod 700 {path}")
        return cls(path)

    def read(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The content of one file, made on first use; of two processes that make it at once both read the same."""
        path = self.path / name
        try:
            if not path.exists():
                _written_once(path, make())
            return _private(path)
        except OSError as error:
            raise _unusable(path, error) from error

    def names(self, pattern: re.Pattern[str]) -> list[str]:
        """The files whose name is of this form. Raises CityError where the folder cannot be looked into."""
        try:
            return [name for name in os.listdir(self.path) if pattern.fullmatch(name)]
        except OSError as error:
            raise _unusable(self.path, error) from error

    def held(self, name: str) -> bytes | None:
        """The content of one file, None where it is gone. Raises CityError as `read`."""
        try:
            return _private(self.path / name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(self.path / name, error) from error

    def remove(self, name: str) -> None:
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(self.path / name, error) from error

    @property
    def ours(self) -> bool:
        """Whether what we put here belongs to the same user as the folder."""
        return self.path.stat().st_uid == os.geteuid()


def _written_once(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link appears with the whole content or not at all, and never replaces what another process has made.
        os.link(draft, path)
        _kept(path.parent)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)


def _kept(folder: Path) -> None:
    """The new name outlives a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _private(path: Path) -> bytes:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise refusal(str(path), "open_to_others", "Others may read this key", f"Run: chmod 600 {path}")
        return file.read()


def _unusable(path: Path, error: OSError) -> CityError:
    meaning = error.strerror or "The key cannot be read"
    return refusal(str(path), "keys_unusable", meaning, "Set TITIAN_KEYS to a folder of the gateway's own.")


def broken(path: Path) -> CityError:
    return refusal(str(path), "broken_key", "This is not the key that belongs here", "Put back the file from a backup.")


def random_key() -> bytes:
    return secrets.token_bytes(32)


def pem(key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
