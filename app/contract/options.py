"""`logicalTypeOptions`: what a value must be beyond its type, compiled once per field."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import jsonschema_rs

from app.contract.contract import Options, Property
from app.contract.flaw import Flaw

Check = Callable[[Any], bool]
LINEAR = jsonschema_rs.RegexOptions()
"""An engine without look-around and back references, which no text can keep busy."""
LONGEST = 10_000
"""Characters of a text that is bounded by nothing else."""


def matcher(pattern: str) -> Check:
    """Whether a text holds the pattern, in time that grows with the text alone. Raises ValueError for what is no such pattern."""
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=LINEAR).is_valid


def checked(prop: Property) -> Callable[[Any], Any] | None:
    """A canonical value comes out as it went in, or as a Flaw named after the option; None where nothing is to be checked."""
    checks = list(_checks(prop.options, prop.type))
    if not checks:
        return None

    if len(checks) == 1:
        rule, holds = checks[0]
        return lambda value: value if holds(value) else Flaw(rule)

    def check(value: Any) -> Any:
        for rule, holds in checks:
            if not holds(value):
                return Flaw(rule)
        return value

    return check


def _checks(options: Options, kind: str) -> list[tuple[str, Check]]:
    found: list[tuple[str, Check]] = []
    if kind == "string":
        found += _text(options)
    elif kind in ("integer", "number"):
        found += _number(options)
    elif kind == "array":
        found += _items(options)
    elif kind in ("date", "timestamp") and (options.minimum_text or options.maximum_text):
        low, high = options.minimum_text or "", options.maximum_text or "9999"
        found.append(("out_of_range", lambda value: low <= value <= high))
    if options.enum:
        allowed = options.enum if kind in ("array", "object") else frozenset(options.enum)
        found.append(("not_in_enum", lambda value: value in allowed))
    return found


def length(options: Options) -> tuple[int, int]:
    """The least and the most characters of a text."""
    return options.min_length or 0, options.max_length or LONGEST


def only_bounded(options: Options) -> bool:
    """Whether any text of that length will do."""
    return not options.enum and options.pattern is None and options.format not in FORMATS


def _text(options: Options) -> list[tuple[str, Check]]:
    low, high = length(options)
    found: list[tuple[str, Check]] = [("length", lambda value: low <= len(value) <= high)]
    if options.pattern is not None:
        found.append(("pattern", matcher(options.pattern)))
    if options.format in FORMATS:
        match = FORMATS[options.format].fullmatch
        found.append(("format", lambda value: match(value) is not None))
    return found


FORMATS = {
    "uuid": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "email": re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+"),
    "uri": re.compile(r"[a-z][a-z0-9+.-]*:[^\s]+"),
    "hostname": re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"),
}


def _number(options: Options) -> list[tuple[str, Check]]:
    found: list[tuple[str, Check]] = []
    low, high = options.minimum, options.maximum
    above, below, step = options.exclusive_minimum, options.exclusive_maximum, options.multiple_of
    if low is not None:
        found.append(("out_of_range", lambda value: value >= low))
    if high is not None:
        found.append(("out_of_range", lambda value: value <= high))
    if above is not None:
        found.append(("out_of_range", lambda value: value > above))
    if below is not None:
        found.append(("out_of_range", lambda value: value < below))
    if step is not None:
        found.append(("not_a_multiple", _multiple(step)))
    return found


def _multiple(step: float) -> Check:
    """In the decimals that are written: in binary 19.99 is no multiple of 0.01."""
    exact = Fraction(str(step))
    return lambda value: Fraction(str(value)) % exact == 0


def _items(options: Options) -> list[tuple[str, Check]]:
    low, high = options.min_items or 0, options.max_items or LONGEST
    found: list[tuple[str, Check]] = [("items", lambda value: low <= len(value) <= high)]
    if options.unique_items:
        found.append(("items_not_unique", _unique))
    return found


def _unique(values: list[Any]) -> bool:
    try:
        return len({repr(item) for item in values}) == len(values)
    except RecursionError:
        return False
