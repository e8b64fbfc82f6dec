"""The mask `token`: deterministic encryption (AES-SIV, RFC 5297) with a key for each consumer, so that its joins work and no others.

A token is `t` + the version of the key + `_` + base64url of SIV and ciphertext. Nothing but the key leads back from it."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HEAD = "t1_"
LENGTH = 64


class Pseudonyms:
    """The tokens of one consumer."""

    def __init__(self, key: bytes, organisation: str) -> None:
        made = HKDF(SHA256(), LENGTH, salt=None, info=b"titian token v1\n" + organisation.encode()).derive(key)
        self._cipher = AESSIV(made)

    def hide(self, value: str) -> str:
        sealed = self._cipher.encrypt(value.encode(), None)
        return HEAD + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def reveal(self, token: str) -> str | None:
        """The value; None for what is no token of this consumer."""
        if not token.startswith(HEAD):
            return None
        text = token[len(HEAD) :]
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            value = self._cipher.decrypt(sealed, None).decode()
        except (InvalidTag, binascii.Error, ValueError):
            return None
        # Base64 has several spellings of the last bits: only the one that we write is the token.
        return value if self.hide(value) == token else None


class Desk:
    """The tokens of every consumer, each made on first use."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._made: dict[str, Pseudonyms] = {}

    def of(self, organisation: str) -> Pseudonyms:
        found = self._made.get(organisation)
        if found is None:
            found = self._made[organisation] = Pseudonyms(self._key, organisation)
        return found
