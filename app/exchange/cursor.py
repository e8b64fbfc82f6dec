"""The cursor of a list: its place, encrypted and authenticated (AES-GCM), bound to the caller and to the question."""

from __future__ import annotations

import base64
import binascii
import os
from hashlib import blake2b

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import BadQuestion, Fault, Text
from app.exchange.call import Exchange, Place, Stand
from app.exchange.order import Rank
from app.store.form import JOINT, PRIME, spread

NONCE = 12
LONGEST = 2048


class Cursors:
    """`spread` is the secret of the order of keys that the caller may not know (`app/store/form.py`)."""

    def __init__(self, key: bytes, spread: bytes) -> None:
        self._key, self._spread = key, spread
        self._aead = AESGCM(key)

    def seal(self, place: Place, exchange: Exchange) -> str:
        nonce = os.urandom(NONCE)
        sealed = self._aead.encrypt(nonce, orjson.dumps(tuple(place), default=tuple), _bound(exchange))
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def open(self, text: str, exchange: Exchange) -> Place:
        """Raises BadQuestion for a cursor that is not ours, not this caller's, or of another question."""
        try:
            blob = base64.b64decode(text[:LONGEST] + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            key, *rest = orjson.loads(self._aead.decrypt(blob[:NONCE], blob[NONCE:], _bound(exchange)))
        except (InvalidTag, binascii.Error, ValueError) as error:
            detail = Text("Cursor tidak berasal dari pertanyaan ini.", "The cursor is not of this question.")
            raise BadQuestion(detail, faults=(Fault("cursor", "foreign_cursor", detail),)) from error
        stand, row, complete, mark, stands = rest
        return Place(tuple(key), Stand(*stand), row, complete, mark, tuple((system, Stand(*one)) for system, one in stands))

    def rank(self, organisation: str) -> Rank:
        """An order of keys that tells nothing of them, the same for one organisation on every day and in every process; another
        organisation's is another. What the city keeps itself is asked for it by its two numbers."""
        drawn = blake2b(organisation.encode(), key=self._key, digest_size=16).digest()
        factor, shift = 1 + int.from_bytes(drawn[:8], "big") % (PRIME - 1), int.from_bytes(drawn[8:], "big") % PRIME

        def of(key: tuple[str, ...]) -> tuple[int, str]:
            joined = JOINT.join(key)
            return (spread(self._spread, joined) * factor + shift) % PRIME, joined

        return Rank(of, f"~{factor},{shift}")


def _bound(exchange: Exchange) -> bytes:
    query = exchange.query
    # What the caller may see decides what a place means: with another agreement or mask it is another list.
    client = [exchange.caller.client, exchange.agreements, sorted(exchange.masks.items()), [permit.source.system for permit in exchange.permits]]
    return orjson.dumps(
        [client, exchange.contract.name, exchange.purpose, [*map(tuple, query.conditions)], query.fields, query.sort, query.count], default=str
    )
