"""Orders as SQL, and how a list goes on after a row of it: by what stands in the row, never by counting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.errors import BadAnswer
from app.store.condition import Clause, joined
from app.store.form import KEY, ORDINAL, PRIME, SPREAD, Form

SHUFFLED = re.compile(r"~(\d{1,10}),(\d{1,10})", re.ASCII)


class Term(NamedTuple):
    """One expression that is ordered by; what has no value comes last either way."""

    sql: str
    descending: bool = False
    nullable: bool = False


def terms(sort: Sequence[tuple[str, bool]], form: Form) -> list[Term]:
    """The ordinal is the last of every order, so that no two rows are equal. `~M,A` orders by (spread * M + A) mod 2147483647, which
    tells nothing of a key to who does not know M and A."""
    return [*(_term(name, descending, form) for name, descending in sort), Term(f'"{ORDINAL}"')]


def _term(name: str, descending: bool, form: Form) -> Term:
    if found := SHUFFLED.fullmatch(name):
        line = f'("{SPREAD}" * {int(found[1]) % PRIME} + {int(found[2]) % PRIME})'
        return Term(f"({line} - ({line} / {PRIME}) * {PRIME})", descending)
    if name not in form.columns:
        raise BadAnswer("unknown_column")
    return Term(f'"{name}"', descending, nullable=name not in (KEY, ORDINAL))


def ordered(order: Sequence[Term]) -> str:
    return ", ".join(f"{term.sql}{' DESC' * term.descending}{' NULLS LAST' * term.nullable}" for term in order)


def after(order: Sequence[Term], values: Sequence[Any]) -> Clause:
    """Everything that comes after the row with these values."""
    (term, *rest), (value, *others) = order, values
    if not rest:
        return Clause(f"{term.sql} > ?", (value,))
    further = after(rest, others)
    if value is None:
        return Clause(f"({term.sql} IS NULL AND {further.sql})", further.values)
    sign = "<" if term.descending else ">"
    beyond = [Clause(f"{term.sql} {sign} ?", (value,)), Clause(f"({term.sql} = ? AND {further.sql})", (value, *further.values))]
    if term.nullable:
        return joined([*beyond, Clause(f"{term.sql} IS NULL")], "OR")
    # Said once more in a form that an index can begin at.
    return joined([Clause(f"{term.sql} {sign}= ?", (value,)), joined(beyond, "OR")], "AND")


def pieces(order: Sequence[Term], values: Sequence[Any] | None) -> list[tuple[Sequence[Term], Clause]]:
    """What is read one after the other, each in its own order: first the rows that have a value of the first term, then those that have
    none. So an index can begin anywhere. `values` are those of the row after which it goes on."""
    first, *rest = order
    if not first.nullable:
        return [(order, joined([after(order, values)] if values else [], "AND"))]
    found: list[tuple[Sequence[Term], Clause]] = []
    if values is None or values[0] is not None:
        solid = [first._replace(nullable=False), *rest]
        further = [after(solid, values)] if values else []
        found.append((solid, joined([Clause(f"{first.sql} IS NOT NULL"), *further], "AND")))
    further = [after(rest, values[1:])] if values and values[0] is None else []
    return [*found, (rest, joined([Clause(f"{first.sql} IS NULL"), *further], "AND"))]
