"""Persons stand in the chain as random numbers, given on first sight; the table that leads from a person to the number can be erased."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

from app.clock import monotonic

NUMBER = 16
KEPT = 50_000
FORGET = 30.0
"""Seconds after which remembered numbers are dropped, so that an erasure counts."""
CHUNK = 500


class Subjects:
    """Numbers of persons, remembered for a while by the one writer."""

    def __init__(self, key: bytes, sql: Callable[[str], str], clock: Callable[[], float] = monotonic) -> None:
        self._key, self._sql, self._clock = key, sql, clock
        self._numbers: dict[str, bytes] = {}
        self._until = 0.0

    def digest(self, value: str) -> bytes:
        return blake2b(value.encode(), key=self._key, digest_size=32).digest()

    def learn(self, cursor: Any, values: Iterable[str]) -> None:
        """After this `number` knows every one of `values`; new ones are written in the transaction of `cursor`."""
        if self._clock() >= self._until or len(self._numbers) > KEPT:
            self._numbers.clear()
            self._until = self._clock() + FORGET
        unknown = {self.digest(value): value for value in values if value not in self._numbers}
        digests = list(unknown)
        for start in range(0, len(digests), CHUNK):
            self._known(cursor, digests[start : start + CHUNK], unknown)
        new = [(digest, os.urandom(NUMBER)) for digest in unknown]
        if new:
            cursor.executemany(self._sql("INSERT INTO subject (digest, number) VALUES (?, ?)"), new)
        self._numbers.update((unknown[digest], number) for digest, number in new)

    def _known(self, cursor: Any, digests: list[bytes], unknown: dict[bytes, str]) -> None:
        marks = ", ".join("?" * len(digests))
        sql = f"SELECT digest, number FROM subject WHERE digest IN ({marks})"  # noqa: S608 - only question marks
        for digest, number in cursor.execute(self._sql(sql), digests):
            self._numbers[unknown.pop(digest)] = number

    def number(self, value: str) -> bytes:
        return self._numbers[value]

    def forget(self) -> None:
        """After a batch that failed: numbers that were never committed must not be used."""
        self._numbers.clear()
