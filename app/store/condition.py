"""Filters as SQL, meaning exactly what `app/exchange/filter.py` means: binary comparison, no value passes no condition."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.adapter.protocol import Pushed
from app.errors import BadAnswer
from app.store.form import Form, exact, instants, micros

SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
LAST = 0x10FFFF
WHOLE = 2**63


class Clause(NamedTuple):
    """SQL with `?` for each of `values`."""

    sql: str
    values: tuple[Any, ...] = ()


def joined(clauses: list[Clause], word: str) -> Clause:
    """In parentheses; of none, what holds for everything (AND) or nothing (OR)."""
    if not clauses:
        return Clause("1 = 1" if word == "AND" else "1 = 0")
    values = tuple(value for clause in clauses for value in clause.values)
    return Clause(f"({f' {word} '.join(clause.sql for clause in clauses)})", values)


def clause(pushed: Pushed, form: Form) -> Clause:
    """Raises BadAnswer("unknown_column") for a column that is none."""
    if pushed.param not in form.contract.properties:
        raise BadAnswer("unknown_column")
    name, op = f'"{pushed.param}"', pushed.op
    values = [_bound(value, form) for value in pushed.values]
    if op in SIGNS:
        if form.contract.properties[pushed.param].type == "timestamp":
            name, values = f'"{instants(pushed.param)}"', [micros(value) for value in pushed.values]
        return Clause(f"{name} {SIGNS[op]} ?", (values[0],))
    if op in ("eq", "ne"):
        return _listed(name, values, op)
    if op == "contains":
        found = "instr" if form.dialect == "sqlite" else "strpos"
        return joined([Clause(f"{found}({name}, ?) > 0", (value,)) for value in values], "OR")
    begun = values if op == "startswith" else [f"{value}." for value in values]
    return joined([*([_listed(name, values, "eq")] if op == "within" else []), *(_begun(name, value) for value in begun)], "OR")


def _listed(name: str, values: list[Any], op: str) -> Clause:
    if not values:
        return Clause("1 = 0" if op == "eq" else f"{name} IS NOT NULL")
    return Clause(f"{name} {'IN' if op == 'eq' else 'NOT IN'} ({', '.join('?' * len(values))})", tuple(values))


def _begun(name: str, prefix: str) -> Clause:
    """As a range, which an index can answer."""
    end = _past(prefix)
    return Clause(f"{name} >= ?", (prefix,)) if end is None else Clause(f"({name} >= ? AND {name} < ?)", (prefix, end))


def _past(prefix: str) -> str | None:
    """The first text after all that begin so, by code points; None where there is none."""
    kept = prefix.rstrip(chr(LAST))
    if not kept:
        return None
    code = ord(kept[-1]) + 1
    # Halves of a character stand in no text.
    return kept[:-1] + chr(0xE000 if code == 0xD800 else code)


def _bound(value: Any, form: Form) -> Any:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if form.dialect == "postgresql":
        return exact(value)
    # Past 64 bits SQLite takes floats only; every stored value lies on the same side of it.
    return value if isinstance(value, float) or -WHOLE <= value < WHOLE else float(min(max(value, -(10**300)), 10**300))
