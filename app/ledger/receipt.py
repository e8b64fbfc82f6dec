"""Receipts: who holds an answer can prove it against the evidence, and nobody else can guess it.

salt = HMAC-SHA256(key, exchange), returned as `Titian-Receipt`; digest = SHA-256(salt || body before content encoding)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256


def salts(key: bytes) -> Callable[[str], bytes]:
    """exchange -> salt. The keyed state is made once and copied, which also never lets another thread in between."""
    keyed = hmac.new(key, digestmod="sha256")

    def salt(exchange: str) -> bytes:
        state = keyed.copy()
        state.update(exchange.encode())
        return state.digest()

    return salt


def digest(salt_: bytes, body: bytes) -> bytes:
    state = sha256(salt_)
    state.update(body)
    return state.digest()
