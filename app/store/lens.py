"""The lens of what the city keeps: rows are canonical already, and every filter and order is the database's."""

from __future__ import annotations

from typing import Any

from app.adapter.protocol import Condition, Pushed, Raw, Shaped
from app.contract.contract import Property
from app.store.form import JOINT, KEY, Form, flaws_of, instants

MOST_PIECES = 500
"""Values of one condition that becomes as many terms: SQLite takes no expression deeper than 1000."""
MOST_VALUES = 10_000


class StoreLens:
    """A row is what `FORM` selects: its ordinal, its key, its flaws, the fields."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._properties = {name: prop for name, prop in form.contract.properties.items() if prop.type not in ("array", "object")}
        self.pushable = tuple(self._properties)

    def shape(self, row: Raw) -> Shaped:
        """What was found at the harvest: no value is judged a second time."""
        _, key, flaws, *cells = row
        values = self._form.values(cells)
        return Shaped(tuple(key.split(JOINT)) if key else None, values, flaws_of(flaws, values) if flaws else ())

    def write(self, field: str, value: Any) -> str | None:
        """As the parts of a key are written."""
        return str(value) if field in self._properties else None

    def pushed(self, condition: Condition) -> tuple[Pushed, ...]:
        """Every condition, in values of the column's type."""
        prop = self._properties.get(condition.field)
        most = MOST_VALUES if condition.op in ("eq", "ne") else MOST_PIECES
        if prop is None or len(condition.values) > most:
            return ()
        try:
            return (Pushed(condition.field, tuple(typed(prop, value) for value in condition.values), condition.op),)
        except (ValueError, KeyError):
            return ()

    def sort(self, wanted: tuple[tuple[str, bool], ...]) -> tuple[tuple[str, bool], ...] | None:
        """Any fields; the key is the tail. A name that begins with `~` is an order of its own (`order.py`)."""
        found = [(self._column(name), descending) for name, descending in wanted]
        return None if any(name is None for name, _ in found) else (*((name or "", descending) for name, descending in found), (KEY, False))

    def columns(self, fields: frozenset[str]) -> tuple[str, ...]:
        """All of them: a row without some would be another row."""
        return ()

    def _column(self, name: str) -> str | None:
        if name.startswith("~"):
            return name
        prop = self._properties.get(name)
        return None if prop is None else instants(name) if prop.type == "timestamp" else name


def typed(prop: Property, value: Any) -> Any:
    """The parts of a key are text; a column may not be. Raises ValueError, KeyError."""
    if not isinstance(value, str) or prop.type in ("string", "date", "timestamp"):
        return value
    if prop.type == "boolean":
        return {"True": True, "False": False}[value]
    return int(value) if prop.type == "integer" or value.lstrip("-").isdigit() else float(value)
