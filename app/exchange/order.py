"""The order of a list that is read whole: by what was asked to sort by, then by key; and the place in it where the last answer ended."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple, TypeAlias

import orjson

from app.contract.contract import Contract
from app.errors import Conflict, Text
from app.exchange.call import Place

Key: TypeAlias = tuple[str, ...]
Rank: TypeAlias = Callable[[Key], Any]
"""What stands for a key in the order: itself, or a keyed digest where the caller may not know the key."""


def gone() -> Conflict:
    return Conflict(Text("Sumber berubah; mulai lagi tanpa cursor.", "The source has changed; begin again without a cursor."))


def digest(keys: Sequence[Any]) -> str:
    """Of what stood before a place: the same only while nothing there moved, came or went."""
    return blake2b(orjson.dumps(keys, default=str), digest_size=12).hexdigest()


class Order(NamedTuple):
    """`sort` holds fields and whether each is descending; a record without a value comes last either way."""

    contract: Contract
    sort: tuple[tuple[str, bool], ...]
    rank: Rank

    def ranked(self, records: Mapping[Key, Mapping[str, Any]]) -> list[Key]:
        keys = sorted(records, key=self.rank)
        for name, descending in reversed(self.sort):
            value = self._value(name)
            filled = [key for key in keys if records[key].get(name) is not None]
            filled.sort(key=lambda key, name=name, value=value: value(records[key][name]), reverse=descending)  # type: ignore[misc]
            keys = [*filled, *(key for key in keys if records[key].get(name) is None)]
        return keys

    def _value(self, name: str) -> Callable[[Any], Any]:
        return datetime.fromisoformat if self.contract.properties[name].type == "timestamp" else lambda value: value

    def begin(self, keys: Sequence[Key], place: Place | None) -> int:
        """The index in `keys` (ranked) at which a list goes on; raises Conflict where what was given is not what stands before.

        Keys do not move: without a sort whatever comes after the key is still to be given. With one, any record may have moved."""
        if place is None:
            return 0
        if not self.sort:
            return bisect_right(keys, self.rank(place.key), key=self.rank)
        if place.row > len(keys) or digest(keys[: place.row]) != place.mark:
            raise gone()
        return place.row

    def place(self, keys: Sequence[Key], end: int) -> Place | None:
        """Where a list goes on that was given up to index `end`; None at its end."""
        if end >= len(keys):
            return None
        return Place(keys[end - 1], row=end, mark=digest(keys[:end])) if self.sort else Place(keys[end - 1])
