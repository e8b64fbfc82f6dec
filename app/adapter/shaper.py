"""The function that shapes a row, written for one map: Python source without a loop, made once when the city is loaded.

A loop over the fields costs as much again as what it does. Nothing of a file stands in the source: names are literals of `repr`, and
everything else is handed in under names of our own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from app.adapter.protocol import Raw, Shaped
from app.contract.flaw import Flaw

MEMO_MOST = 8192
MEMO_TEXT = 200
REST = 8 * MEMO_MOST
"""Texts after a full memory that are not remembered: names and numbers of people hardly come again, and to keep them costs more than to read."""


class Memo(dict[str, Any]):
    """What a text became before: codes, dates and amounts come again and again. Bounded; only text, since 1 and True are one key."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        super().__init__()
        self._convert = convert
        self._resting = 0

    def __missing__(self, raw: str) -> Any:
        if self._resting:
            self._resting -= 1
            return self._convert(raw)
        value = self._convert(raw)
        if len(raw) <= MEMO_TEXT:
            if len(self) >= MEMO_MOST:
                self.clear()
                self._resting = REST
            self[raw] = value
        return value


class Field(NamedTuple):
    """How one field is made: by a look-up of `top` in the row, or, where it lies elsewhere, by `get`; then by `convert`."""

    name: str
    top: str | None
    get: Callable[[Raw], Any]
    convert: Callable[[Any], Any]


def shaper(fields: Sequence[Field], key: Sequence[str]) -> Callable[[Raw], Shaped]:
    """Raw row -> Shaped. Fields at the top of the row come first, as flaws are told in that order; values stand in the order given."""
    known: dict[str, Any] = {"Flaw": Flaw, "Shaped": Shaped, "flawed": _flawed, "new": tuple.__new__}
    lines = ["def shape(row):", " look = row.get"]
    places = {field.name: f"v{number}" for number, field in enumerate(fields)}
    for number, field in sorted(enumerate(fields), key=lambda one: one[1].top is None):
        known |= {f"memo{number}": Memo(field.convert), f"convert{number}": field.convert, f"get{number}": field.get}
        lines.append(f" raw = get{number}(row)" if field.top is None else f" raw = look({field.top!r})")
        lines.append(f" v{number} = memo{number}[raw] if raw.__class__ is str else convert{number}(raw)")
    values = ", ".join(f"{name!r}: {place}" for name, place in places.items())
    classes = " or ".join(f"{place}.__class__ is Flaw" for place in places.values())
    order = "".join(f"{field.name!r}, " for field in sorted(fields, key=lambda one: one.top is None))
    lines += [f" values = {{{values}}}", f" if {classes or 'False'}: return flawed(values, ({order}), {tuple(key)!r})"]
    missing = " or ".join(f"{places.get(name)} is None" for name in key)
    texts = "".join(f"str({places.get(name)}), " for name in key)
    lines.append(f" return new(Shaped, ((None if {missing or 'False'} else ({texts})), values, ()))")
    exec("\n".join(lines), known)  # noqa: S102 - our own text, see above
    made: Callable[[Raw], Shaped] = known["shape"]
    return made


def _flawed(values: dict[str, Any], order: Sequence[str], names: Sequence[str]) -> Shaped:
    """The same for a row that has flaws: few do."""
    flaws = tuple((name, values[name]) for name in order if values[name].__class__ is Flaw)
    for name, flaw in flaws:
        values[name] = flaw.value
    key = None if any(values.get(name) is None for name in names) else tuple(str(values[name]) for name in names)
    return Shaped(key, values, flaws)
