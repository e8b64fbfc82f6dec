"""The signed head: how long the chain is and what its last hash is, so that a cut at the end is seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.errors import CityError, Problem, TitianError

SELECT = "SELECT size, hash, signature FROM ledger_head WHERE id = 1"
PREFIX = b"titian ledger head v1\n"


class HeadNotOurs(TitianError):
    """The signed head was removed, or changed by somebody without our key: to go on from it would hide what was done."""


class Head(NamedTuple):
    size: int
    hash: bytes
    signature: bytes

    def shown(self) -> dict[str, int | str]:
        return {"size": self.size, "hash": self.hash.hex(), "signature": self.signature.hex()}

    @classmethod
    def read(cls, shown: dict[str, int | str]) -> Head:
        """Raises ValueError or KeyError for what is not a head."""
        return cls(int(shown["size"]), bytes.fromhex(str(shown["hash"])), bytes.fromhex(str(shown["signature"])))

    @classmethod
    def kept(cls, path: Path) -> Head:
        """A head that was kept in a file; raises CityError for what is none."""
        try:
            return cls.read(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            remedy = "Give a file that `titian ledger head` wrote."
            raise CityError([Problem(str(path), 1, "not_a_head", "this is not a head of the ledger", remedy)]) from error

    def genuine(self, public: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, signed(self.size, self.hash))
        except (InvalidSignature, ValueError, OverflowError):
            return False
        return True


NOBODYS = Head(0, b"", b"")


def signed(size: int, hash_: bytes) -> bytes:
    """The bytes under the signature."""
    return PREFIX + size.to_bytes(8, "big") + hash_


def standing(execute: Callable[[str], Any]) -> Head | None:
    """The head as it stands in the database, genuine or not; None before the first entry. A column of another type makes it nobody's."""
    row = execute(SELECT).fetchone()
    if row is None:
        return None
    size, hash_, signature = row
    spoiled = not (isinstance(size, int) and isinstance(hash_, bytes) and isinstance(signature, bytes))
    return NOBODYS if spoiled or size < 0 else Head(size, hash_, signature)
