"""The signed head: how long the chain is and what its last hash is, so that a cut at the end is seen."""

from __future__ import annotations

from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PREFIX = b"titian ledger head v1\n"


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

    def genuine(self, public: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(self.signature, signed(self.size, self.hash))
        except (InvalidSignature, ValueError):
            return False
        return True


def signed(size: int, hash_: bytes) -> bytes:
    """The bytes under the signature."""
    return PREFIX + size.to_bytes(8, "big") + hash_
