"""Receipts: who holds an answer can prove it against the evidence, and nobody else can guess it.

salt = HMAC-SHA256(key, exchange), returned as `Titian-Receipt`; digest = SHA-256(salt || body before content encoding)."""

from __future__ import annotations

import hmac
from hashlib import sha256


def salt(key: bytes, exchange: str) -> bytes:
    return hmac.digest(key, exchange.encode(), "sha256")


def digest(salt_: bytes, body: bytes) -> bytes:
    return sha256(salt_ + body).digest()
