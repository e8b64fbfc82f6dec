"""The gateway's own keys: one file each in the folder of TITIAN_KEYS, made on first start, readable by nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from joserfc.jwk import ECKey

from app.trust.key_file import KeyFolder, broken, pem, random_key
from app.trust.ring import ALGORITHM, Ring

__all__ = ["ALGORITHM", "SECRETS", "Keys"]

SECRETS = ("cursor", "subject", "receipt", "finding", "mask", "spread")
"""Symmetric keys by use: cursors of lists, digests of subjects, salts of receipts, digests of rows in findings, tokens of masked values, the order
of masked keys."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Every key in memory. Those of `tokens` change while the gateway runs, the others never."""

    tokens: Ring
    _ledger: Ed25519PrivateKey
    _secrets: Mapping[str, bytes]

    @classmethod
    def open(cls, path: Path) -> Keys:
        """Reads the keys and makes those that are missing. Raises CityError where others could read one, or one is broken."""
        folder = KeyFolder.open(path)
        return cls(Ring.open(folder), _ledger(folder), {name: _secret(folder, name) for name in SECRETS})

    @property
    def signing(self) -> ECKey:
        """The key that signs tokens just now (ES256); its RFC 7638 thumbprint is its `kid`."""
        return self.tokens.signing

    def secret(self, name: str) -> bytes:
        """The 32-byte key of one use; see SECRETS."""
        return self._secrets[name]

    def ledger_sign(self, message: bytes) -> bytes:
        """An Ed25519 signature of 64 bytes."""
        return self._ledger.sign(message)

    @property
    def ledger_public(self) -> bytes:
        """The raw Ed25519 public key, 32 bytes."""
        return self._ledger.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def jwks(self) -> dict[str, Any]:
        """The public keys of tokens (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in self.tokens.published.values()]}


def _secret(folder: KeyFolder, name: str) -> bytes:
    file = f"{name}.key"
    found = folder.read(file, random_key)
    if len(found) != 32:
        raise broken(folder.path / file)
    return found


def _ledger(folder: KeyFolder) -> Ed25519PrivateKey:
    text = folder.read("ledger.pem", lambda: pem(Ed25519PrivateKey.generate()))
    try:
        key = load_pem_private_key(text, password=None)
    except ValueError as error:
        raise broken(folder.path / "ledger.pem") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise broken(folder.path / "ledger.pem")
    return key
