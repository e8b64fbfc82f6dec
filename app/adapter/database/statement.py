"""One SELECT, put together: every name quoted, every value bound, the order total and the place in it exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.adapter.database.column import Column, alternatives
from app.adapter.database.text import quoted
from app.adapter.protocol import Pushed

ROWS = "titian"
"""What the rows are called inside. Columns are always written behind it: SQLite takes an unknown name in double quotes for a text."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a database writes things. `{}` is the column in `code_points` (the order by code points, whatever its collation) and in `text`.

    `codec` is how text must be sent that the connection would send otherwise, as bytes behind `raw`."""

    mark: str
    parameter: str
    nulls_first: bool
    code_points: str
    text: str
    native_text: bool
    """Whether text in its own order tells all values apart."""
    raw: str = "%s"
    code_points_value: str | None = None
    """How a text is written that is compared with a column by code points; None: as any other."""
    equal: str | None = None
    """How two texts are compared by their letters, blanks behind them apart, where the database folds case by itself."""
    dates: str = "{}"
    """A date or instant to be sorted by: nothing, where the database has another word for it."""
    codec: str | None = None

    def literal(self, text: str) -> str:
        """Reviewed SQL and names, where a percent sign begins a parameter."""
        return text.replace("%", "%%") if self.parameter == "%s" else text

    def name(self, *names: str) -> str:
        return self.literal(quoted(names, self.mark))

    def column(self, name: str) -> str:
        return f"{ROWS}.{self.name(name)}"


class By(NamedTuple):
    """One column of an order; `plain`: in the database's own order, which an index may give, else by canonical order, nothing last."""

    column: Column
    descending: bool = False
    plain: bool = True


@dataclass(slots=True)
class Select:
    """What is read. `source` is SQL: a quoted table, or a query in parentheses; `where` is reviewed SQL."""

    grammar: Grammar
    source: str
    columns: Mapping[str, Column]
    where: str | None = None
    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.where is not None:
            self.conditions.append(f"({self.grammar.literal(self.where)})")

    def push(self, pushed: Pushed) -> None:
        """Adds a filter, as far as the database can be asked it."""
        column = self.columns[pushed.param]
        found = alternatives(column, pushed)
        if found is None:
            return
        said = self.grammar.column(column.name)
        if column.type == "other":
            said = self.grammar.text.format(said)
        listed = [value for one in found if one[0][0] == "in" for value in one[0][1]]
        parts = [self._among(column, said, listed)] if listed else []
        parts += [" AND ".join(self._compared(said, *one) for one in all_of) for all_of in found if all_of[0][0] != "in"]
        self.conditions.append(" OR ".join(f"({part})" for part in parts) if parts else "1 = 0")

    def _among(self, column: Column, said: str, listed: list[Any]) -> str:
        """The second test is exact where the first, which an index may serve, is not."""
        first = f"{said} IN ({self._bound(listed)})"
        if self.grammar.equal is None or column.type != "text":
            return first
        exact = ", ".join(self.grammar.equal.format(self._bound([value])) for value in listed)
        return f"{first} AND {self.grammar.equal.format(said)} IN ({exact})"

    def _compared(self, said: str, sign: str, value: Any) -> str:
        if sign == "longer":
            return f"LENGTH({said}) > {value:d}"
        return f"typeof({said}) = 'text'" if sign == "is text" else f"{said} {sign} {self._bound([value])}"

    def begin(self, order: Sequence[By], place: Sequence[Any]) -> None:
        """Only rows at `place` in the order, or after it."""
        if place:
            self.conditions.append(self._from(list(zip(order, place, strict=True))))

    def rows(self, names: Sequence[str], order: Sequence[By], limit: int) -> tuple[str, list[Any]]:
        """The statement, with its values."""
        wanted = ", ".join(self.grammar.column(name) for name in names)
        by = ", ".join(part for one in order for part in self._ordered(one))
        return f"SELECT {wanted} FROM {self._read()}{f' ORDER BY {by}' if by else ''} LIMIT {limit:d}", self.values  # noqa: S608 - names are quoted

    def count(self) -> tuple[str, list[Any]]:
        """The statement that counts."""
        return f"SELECT COUNT(*) FROM {self._read()}", self.values  # noqa: S608 - as above

    def _read(self) -> str:
        conditions = " AND ".join(f"({one})" for one in self.conditions)
        return f"{self.source} AS {ROWS}{f' WHERE {conditions}' if conditions else ''}"

    def _bound(self, values: Sequence[Any]) -> str:
        sent = [self._sent(value) for value in values]
        self.values += sent
        return ", ".join(self.grammar.raw if isinstance(value, bytes) else self.grammar.parameter for value in sent)

    def _sent(self, value: Any) -> Any:
        codec = self.grammar.codec
        return value if codec is None or not isinstance(value, str) or value.isascii() else value.encode(codec, "replace")

    def _points(self, by: By) -> bool:
        native = by.plain and (self.grammar.native_text or by.column.unique)
        return not native and by.column.type in ("text", "any")

    def _plain(self, by: By) -> str:
        said = self.grammar.column(by.column.name)
        return self.grammar.dates.format(said) if by.column.type in ("date", "moment") else said

    def _said(self, by: By) -> str:
        return self.grammar.code_points.format(self._plain(by)) if self._points(by) else self._plain(by)

    def _value(self, by: By, value: Any) -> str:
        said = self._bound([value])
        points = self._points(by) and isinstance(value, str)
        return self.grammar.code_points_value or said if points else said

    def _nulls_first(self, by: By) -> bool:
        """An index has them in one place when it is read forwards, in the other when backwards."""
        return by.plain and self.grammar.nulls_first != by.descending

    def _ordered(self, by: By) -> list[str]:
        direction = " DESC" if by.descending else ""
        last = [f"{self._plain(by)} IS NULL"] if by.column.nullable and not by.plain else []
        return [*last, self._said(by) + direction]

    def _from(self, place: list[tuple[By, Any]]) -> str:
        """At the place or after it: after it in the first column, or the same there and from the place on in the others.

        The first column is bounded once more by itself, so that an index can be entered at it."""
        (by, value), rest = place[0], place[1:]
        at = self._beyond(by, value, equal=True)
        if not rest:
            return at
        after = self._beyond(by, value, equal=False)
        same = self._same(by, value)
        return f"({at}) AND (({after}) OR (({same}) AND ({self._from(rest)})))"

    def _same(self, by: By, value: Any) -> str:
        return f"{self._plain(by)} IS NULL" if value is None else f"{self._said(by)} = {self._value(by, value)}"

    def _beyond(self, by: By, value: Any, *, equal: bool) -> str:
        null = f"{self._plain(by)} IS NULL"
        if value is None:
            first = self._nulls_first(by)
            return ("1 = 1" if equal else f"NOT {null}") if first else (null if equal else "1 = 0")
        sign = ("<" if by.descending else ">") + ("=" if equal else "")
        said = f"{self._said(by)} {sign} {self._value(by, value)}"
        return said if self._nulls_first(by) or not by.column.nullable else f"{said} OR {null}"
