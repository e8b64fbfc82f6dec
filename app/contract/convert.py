"""From a source's value to the canonical value of one field and, where an inverse exists, back: compiled once per field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.contract import dates, kartu_keluarga, money, nib, nik, nip, npwp, number, percent, phone
from app.contract.codes import CodeList
from app.contract.contract import Property
from app.contract.flaw import Convert, Flaw
from app.contract.options import checked, length, only_bounded
from app.contract.region import Regions
from app.contract.text import normal

Write = Callable[[Any], str]
SPELT_FREELY = frozenset({"phone", "percent"})
"""Read in many spellings, so nobody knows which one a source keeps."""
NUMBERS: Mapping[str, Callable[..., Convert]] = {"no_kk": kartu_keluarga.reader, "nip": nip.reader, "nib": nib.reader}
KEPT = 4096
"""Readings remembered for each field of NIK or formatted dates: the same person and day are seen again and again."""


@dataclass(frozen=True, slots=True)
class Lists:
    """What values are checked against, and the city's time zone."""

    regions: Regions
    codes: Mapping[str, CodeList]
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Hints:
    """What a system's file says about how one field is written there; see docs/reference/kinds/README.md."""

    format: str | None = None
    how: str | None = None
    codes: Mapping[str, Any] | None = None
    empty: tuple[str, ...] = ()
    scheme: str = "kemendagri"
    code: str | None = None
    pad: int | None = None
    cells: bool = False
    """The values come from the cells of a sheet: a number may stand where text is due, a date needs no format."""


PLAIN = Hints()


def reader(prop: Property, lists: Lists, hints: Hints = PLAIN) -> Convert:
    """The whole way of one field: what means nothing, the file's own codes, the type, the options. Never raises."""
    codes = None if prop.type == "array" else _codes(hints)
    steps = [step for step in (codes, _typed(prop, lists, hints), checked(prop)) if step is not None]
    convert = _chained(steps)
    if steps[0] is _text and only_bounded(prop.options):
        convert = _swift(convert, *length(prop.options))
    if not hints.empty:
        return convert
    nothing = frozenset(normal(text) for text in hints.empty)

    def emptied(raw: Any) -> Any:
        if isinstance(raw, str | int | float) and _spelt(raw) in nothing:
            return None
        return convert(raw)

    return emptied


def _swift(convert: Convert, low: int, high: int) -> Convert:
    """The same for plain text, most of which is printable ASCII: one call in place of five."""

    def swift(raw: Any) -> Any:
        if raw.__class__ is str and raw.isascii() and raw.isprintable():
            text = " ".join(raw.split())
            if text and low <= len(text) <= high:
                return text
        return convert(raw)

    return swift


def canonical(prop: Property, lists: Lists) -> Callable[[str], Any]:
    """Text of a question into the canonical value: the reading of a source that writes canonically."""
    return reader(prop, lists)


def _chained(steps: list[Convert]) -> Convert:
    if len(steps) == 1:
        return steps[0]
    if len(steps) == 2:
        return _pair(steps[0], steps[1])
    first, rest = steps[0], steps[1:]

    def convert(raw: Any) -> Any:
        value = first(raw)
        for step in rest:
            if value is None:
                return None
            if isinstance(value, Flaw):
                return _kept(value, rest)
            value = step(value)
        return value

    return convert


def _pair(first: Convert, second: Convert) -> Convert:
    rest = [second]

    def convert(raw: Any) -> Any:
        value = first(raw)
        if value is None:
            return None
        return _kept(value, rest) if value.__class__ is Flaw else second(value)

    return convert


def _kept(flaw: Flaw, rest: list[Convert]) -> Any:
    """A suspicious value must still pass the options."""
    if not flaw.suspicious:
        return flaw
    judged = rest[-1](flaw.value)
    return judged if isinstance(judged, Flaw) and not judged.suspicious else flaw


def _codes(hints: Hints) -> Convert | None:
    if hints.codes is None:
        return None
    table = {normal(name) or "": value for name, value in hints.codes.items()}

    def convert(raw: Any) -> Any:
        if raw is None or not isinstance(raw, str | int | float):
            return None if raw is None else Flaw("unknown_code")
        text = _spelt(raw)
        return None if text is None else table.get(text, Flaw("unknown_code"))

    return convert


def _spelt(raw: str | float) -> str | None:
    """The text of a source's text, number or boolean. A sheet has only floats: its 1.0 is "1"."""
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else repr(raw)
    return normal(raw)


def _typed(prop: Property, lists: Lists, hints: Hints) -> Convert:
    made = _semantic(prop, lists, hints)
    if made is not None:
        return made
    if prop.type in ("date", "timestamp"):
        read = dates.reader(hints.format, lists.zone, timestamp=prop.type == "timestamp", cells=hints.cells)
        return read if hints.format is None else _remembered(read)
    if prop.type == "array":
        return _array(prop, lists, hints)
    if prop.type == "object":
        return _object(prop, lists)
    if hints.how == "rupiah":
        return _money(prop, money.rupiah)
    return {"string": _padded(prop, hints.pad), "integer": number.whole, "number": number.decimal, "boolean": _boolean}[prop.type]


def _semantic(prop: Property, lists: Lists, hints: Hints) -> Convert | None:
    name = prop.semantic or ""
    listed = hints.code or (name.removeprefix("code:") if name.startswith("code:") else None)
    if listed is not None:
        return lists.codes[listed].parse
    if name in ("nik", "npwp"):
        regencies = frozenset(code.replace(".", "") for code in lists.regions.by_code if len(code) == 5)
        return _remembered((nik if name == "nik" else npwp).reader(regencies, cells=hints.cells))
    if name == "region":
        scheme = hints.scheme
        return lambda raw: lists.regions.parse(raw, scheme)
    if name == "money":
        return _money(prop, money.rupiah if hints.how == "rupiah" else money.plain)
    if (number_of := NUMBERS.get(name)) is not None:
        return number_of(cells=hints.cells)
    return {"phone": phone.parse, "percent": percent.parse}.get(name)


def _remembered(convert: Convert) -> Convert:
    cached = lru_cache(KEPT)(convert)

    def remembered(raw: Any) -> Any:
        return cached(raw) if isinstance(raw, str) else convert(raw)

    return remembered


def _money(prop: Property, parse: Convert) -> Convert:
    if prop.type != "integer":
        return parse

    def convert(raw: Any) -> Any:
        amount = parse(raw)
        return Flaw("not_whole") if isinstance(amount, float) and not amount.is_integer() else int(amount) if isinstance(amount, float) else amount

    return convert


def _padded(prop: Property, width: int | None) -> Convert:
    text = _text if prop.semantic is None else _number_text
    if width is None:
        return text
    return lambda raw: read.zfill(width) if isinstance(read := text(raw), str) and read.isascii() and read.isdigit() else read


def _text(raw: Any) -> Any:
    if raw.__class__ is str:
        return normal(raw)
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53:
        return str(int(raw))
    return _number_text(raw)


def _number_text(raw: Any) -> Any:
    """Text of what bears a number: one that was kept as a float may have lost digits or zeros, so it is refused."""
    if isinstance(raw, str):
        return normal(raw)
    if type(raw) is int:
        return str(raw)
    if raw is None:
        return None
    return Flaw("number_not_text" if isinstance(raw, float) else "not_text")


def _boolean(raw: Any) -> Any:
    if raw is None or isinstance(raw, bool):
        return raw
    text = normal(raw) if isinstance(raw, str) else "?"
    return None if text is None else {"true": True, "false": False}.get(text.lower(), Flaw("not_a_boolean"))


def _array(prop: Property, lists: Lists, hints: Hints) -> Convert:
    """What the file says of the field, it says of each item."""
    item = reader(prop.items, lists, hints) if prop.items is not None else _codes(hints)

    def convert(raw: Any) -> Any:
        if raw is None:
            return None
        listed = raw if isinstance(raw, list) else [raw]
        return listed if item is None else _whole_list([item(one) for one in listed])

    return convert


def _whole_list(values: list[Any]) -> Any:
    bad = next((value for value in values if isinstance(value, Flaw) and not value.suspicious), None)
    return bad or [value.value if isinstance(value, Flaw) else value for value in values]


def _object(prop: Property, lists: Lists) -> Convert:
    inner = {one.name: reader(one, lists) for one in prop.properties}
    required = [one.name for one in prop.properties if one.required]

    def convert(raw: Any) -> Any:
        if not isinstance(raw, dict):
            return None if raw is None else Flaw("not_an_object")
        values = {name: read(raw.get(name)) for name, read in inner.items()}
        for value in values.values():
            if isinstance(value, Flaw) and not value.suspicious:
                return value
        plain = {name: value.value if isinstance(value, Flaw) else value for name, value in values.items()}
        return Flaw("required_missing") if any(plain[name] is None for name in required) else plain

    return convert


def writer(prop: Property, lists: Lists, hints: Hints = PLAIN) -> Write | None:
    """Canonical -> the source's text; None where there is no way back that means the same there."""
    if prop.type in ("array", "object"):
        return None
    if hints.codes is not None:
        return _back(hints.codes)
    if hints.code is not None or hints.pad is not None or hints.how is not None or prop.semantic in SPELT_FREELY:
        return None
    if (prop.semantic or "").startswith("code:"):
        # The source may write a label or a synonym: our code would find nothing there.
        return None
    if prop.semantic == "region":
        return str if hints.scheme == "kemendagri" else lambda code: lists.regions.to_bps(code) or ""
    if prop.type in ("date", "timestamp"):
        # A year of two digits holds one century only.
        return None if "%y" in (hints.format or "") else dates.writer(hints.format, lists.zone)
    if prop.type == "boolean":
        return lambda value: "true" if value else "false"
    return _digits if prop.type == "number" else str


def _digits(value: float) -> str:
    """Without an exponent."""
    return format(Decimal(str(value)), "f")


def _back(codes: Mapping[str, Any]) -> Write | None:
    back = {(value.__class__, value): name for name, value in codes.items()}
    return (lambda value: back.get((value.__class__, value), "")) if len(back) == len(codes) else None
