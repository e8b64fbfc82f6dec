"""One entry of the evidence, and the hash that chains it to the one before."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

FORMAT = 1
RESULT = "result"
CONTINUED = "continued"
GENESIS = bytes(32)
COLUMNS = (
    "format", "phase", "seq", "time", "exchange", "client", "organisation", "agreement", "purpose", "contract", "system", "action", "route",
    "filters", "subjects", "status", "sources", "request_digest", "response_digest", "duration", "previous",
)  # fmt: skip
"""The hashed columns in their order."""
NUMBERS = frozenset({"format", "seq", "status", "duration"})
BLOBS = frozenset({"subjects", "request_digest", "response_digest", "previous"})
MOST_SUBJECTS = 1000
"""Past so many an entry is continued in further ones, which bear the phase `continued`."""


class Sizes(dict[int, bytes]):
    """A length as eight bytes; those that come up all the time are made once."""

    def __missing__(self, size: int) -> bytes:
        return size.to_bytes(8, "big")


SIZES = Sizes((size, size.to_bytes(8, "big")) for size in range(256))


class Entry(NamedTuple):
    """What one exchange leaves behind. `subjects` are raw values and never stored; `charges` raise quotas in the same transaction."""

    exchange: str
    time: str
    client: str
    organisation: str
    agreement: str
    purpose: str
    contract: str
    system: str
    action: str
    route: str
    filters: str
    subjects: tuple[str, ...]
    status: int
    sources: str
    request_digest: bytes
    response_digest: bytes
    duration: int
    charges: tuple[tuple[str, str, str], ...] = ()


def chained(row: tuple[int | str | bytes, ...]) -> bytes:
    """SHA-256 over the columns of `COLUMNS`, each as 8 bytes of length (big endian) and its bytes: a number as decimal ASCII, text as UTF-8.

    The types of the columns are fixed (`NUMBERS`, `BLOBS`, the rest text, none empty), so two different rows never give the same bytes."""
    return sha256(coded(row)).digest()


def coded(values: tuple[int | str | bytes, ...]) -> bytes:
    """The bytes of neighbouring columns under the hash."""
    parts: list[bytes] = []
    for value in values:
        part = value if isinstance(value, bytes) else str(value).encode()
        parts += (SIZES[len(part)], part)
    return b"".join(parts)
