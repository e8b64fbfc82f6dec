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
from app.exchange.call import Place, Row

Key: TypeAlias = tuple[str, ...]


class Rank(NamedTuple):
    """What stands for a key in the order: itself, or a keyed number where the caller may not know the key. `word` is how such an order is
    asked of what the city keeps itself."""

    of: Callable[[Key], Any]
    word: str | None = None


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

    @property
    def spec(self) -> tuple[tuple[str, bool], ...]:
        """The same for a lens; the key, where it may be known, is the tail of every order."""
        return self.sort if self.rank.word is None else (*self.sort, (self.rank.word, False))

    def follows(self, before: Row, after: Row) -> bool:
        """Whether `after` may come later than `before`."""
        for name, descending in self.sort:
            one, other = before.values.get(name), after.values.get(name)
            if one == other:
                continue
            if one is None or other is None:
                return other is None
            value = self._value(name)
            return bool((value(one) > value(other)) if descending else (value(one) < value(other)))
        return bool(self.rank.of(before.key) <= self.rank.of(after.key))

    def ranked(self, records: Mapping[Key, Mapping[str, Any]]) -> list[Key]:
        keys = sorted(records, key=self.rank.of)
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
            return bisect_right(keys, self.rank.of(place.key), key=self.rank.of)
        if place.row > len(keys) or digest(keys[: place.row]) != place.mark:
            raise gone()
        return place.row

    def place(self, keys: Sequence[Key], end: int) -> Place | None:
        """Where a list goes on that was given up to index `end`; None at its end."""
        if end >= len(keys):
            return None
        return Place(keys[end - 1], row=end, mark=digest(keys[:end])) if self.sort else Place(keys[end - 1])
