"""Rows become records: each key once, the required judged on the merged record, every value counted for the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.contract.contract import Contract
from app.exchange.call import Part, Place, Query, Rejected, Row, Tally, Test
from app.exchange.order import Order
from app.exchange.part import visible
from app.exchange.shape import Note


class Layout(NamedTuple):
    """What an answer shows, worked out once for each set of fields: `order` is the contract's, `people` hold numbers of persons, `cut` makes
    of values those that are shown."""

    contract: Contract
    shown: frozenset[str]
    order: tuple[str, ...]
    people: tuple[str, ...]
    required: tuple[str, ...]
    cut: Callable[[Mapping[str, Any]], dict[str, Any]]

    @classmethod
    def of(cls, contract: Contract, shown: frozenset[str]) -> Layout:
        people = tuple(prop.name for prop in contract.properties.values() if prop.semantic == "nik")
        order = tuple(name for name in contract.properties if name in shown)
        return cls(contract, shown, order, people, contract.required, _cutter(order))


def _cutter(order: Sequence[str]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Names stand in the expression as literals of `repr`."""
    pairs = ", ".join([f"{name!r}: values.get({name!r})" for name in order])
    made: Callable[[Mapping[str, Any]], dict[str, Any]] = eval(f"lambda values: {{{pairs}}}")  # noqa: S307
    return made


class Share(NamedTuple):
    """What one source knows of one key, and which of its fields the caller may see."""

    part: Part
    row: Row
    seen: frozenset[str]


class Collected:
    """One answer while it is made."""

    def __init__(self, layout: Layout, note: Note) -> None:
        self.layout = layout
        self.note = note
        self.records: list[dict[str, Any]] = []
        self.tally = Tally()
        self.subjects: dict[str, None] = {}
        self.total: int | None = 0
        self.next: Place | None = None
        self._keys: set[tuple[str, ...]] = set()
        self._names: dict[frozenset[str], tuple[tuple[str, bool], ...]] = {}
        self._again: Counter[tuple[str, ...]] = Counter()

    def judge(self, row: Row, part: Part) -> bool:
        """For a single source: whether this row is a record of its own."""
        key, values = row.key, row.values
        if key in self._keys:
            if not part.probe:
                self.tally.duplicates += 1
                self._duplicate(row, part)
            return False
        self._keys.add(key)
        for name in self.layout.required:
            if values.get(name) is None:
                return self._whole((Share(part, row, self.layout.shown),))
        return True

    def judge_all(self, rows: Sequence[Row]) -> bool:
        """The same for many: false, and nothing is told, where one of them would be judged otherwise."""
        keys = {row.key for row in rows}
        if len(keys) < len(rows) or not self._keys.isdisjoint(keys):
            return False
        for name in self.layout.required:
            if None in [row.values.get(name) for row in rows]:
                return False
        self._keys |= keys
        return True

    def fill(self, part: Part) -> None:
        """The rows of a single source become records."""
        views, order, rows = part.permit.views, self.layout.order, part.rows
        if len(views) > 1:
            records = [self._through(row, part) for row in rows]
        elif rows and tuple(rows[0].values) == order:
            # A lens makes its fields in the contract's order: where all of them are shown, a row is a record as it stands.
            records = [row.values for row in rows]
        else:
            cut = self.layout.cut
            records = [cut(row.values) for row in rows]
        self.records += records
        seen_values = len(records) * len(order) - sum([[*record.values()].count(None) for record in records])
        part.records = len(rows)
        self.tally.keys += len(rows)
        self.tally.seen += seen_values
        self.tally.accepted += seen_values
        for name in self.layout.people:
            self.subjects.update(dict.fromkeys([person for row in rows if (person := row.values.get(name)) is not None]))
        for row in [row for row in rows if row.flaws]:
            self._flaws(Share(part, row, visible(views, row.values) & self.layout.shown))

    def _through(self, row: Row, part: Part) -> dict[str, Any]:
        """Of each row only what the views that let it through show."""
        seen = visible(part.permit.views, row.values)
        return {name: row.values.get(name) if name in seen else None for name in self.layout.order}

    def merge(self, parts: Sequence[Part], *, test: Test | None, query: Query, order: Order, place: Place | None) -> None:
        """Everything that was read, as one list in `order`: it begins at `place` and is full at the query's limit."""
        groups = self._groups(parts)
        accepted = {key: merged for key, shares in groups.items() if (merged := self._accepted(shares, test)) is not None}
        self.total = len(accepted)
        for key in accepted:
            self._measure(groups[key])
            self.tally.duplicates += self._again[key]
        keys = order.ranked(accepted)
        start = order.begin(keys, place)
        given = keys[start : start + query.limit]
        for key in given:
            self._keep(accepted[key], groups[key])
        self.next = order.place(keys, start + len(given)) if given else None

    def add(self, shares: tuple[Share, ...], test: Test | None) -> bool:
        """Whether what several sources know of one key is a record; if it is, it stands in the answer now."""
        merged = self._accepted(shares, test)
        if merged is None:
            return False
        self._measure(shares)
        self._keep(merged, shares)
        return True

    def would(self, shares: tuple[Share, ...], test: Test | None) -> bool:
        """The same, and nothing is told or counted."""
        merged = self._first(shares)
        whole = all(any(share.row.values.get(name) is not None for share in shares) for name in self.layout.required)
        return whole and (test is None or test(merged))

    def again(self, rows: Iterable[Row], part: Part) -> None:
        """Rows whose key stood before in the same source."""
        for row in rows:
            self.tally.duplicates += 1
            self._duplicate(row, part)

    def _accepted(self, shares: tuple[Share, ...], test: Test | None) -> dict[str, Any] | None:
        if not self._whole(shares):
            return None
        merged = self._first(shares)
        return None if test is not None and not test(merged) else merged

    def reject(self, parts: Iterable[Part]) -> None:
        """A rejected row counts whole: every value it had was seen, none accepted."""
        shown = self.layout.shown
        for part in parts:
            for row in part.rejected:
                mine = shown & visible(part.permit.views, row.values)
                values = sum(row.values.get(name) is not None for name in mine)
                self.tally.seen += max(1, values + sum(field in mine and not flaw.suspicious for field, flaw in row.flaws))

    def _groups(self, parts: Sequence[Part]) -> dict[tuple[str, ...], tuple[Share, ...]]:
        groups: dict[tuple[str, ...], tuple[Share, ...]] = {}
        for part in parts:
            mine: set[tuple[str, ...]] = set()
            for row in part.rows:
                if row.key in mine:
                    self._again[row.key] += 1
                    self._duplicate(row, part)
                    continue
                mine.add(row.key)
                share = Share(part, row, visible(part.permit.views, row.values))
                # A row whose key the caller may not see joins with nothing: the other source would tell whose it is.
                key = row.key if share.seen.issuperset(self.layout.contract.key) else (*row.key, part.system)
                groups[key] = (*groups.get(key, ()), share)
        return groups

    def _duplicate(self, row: Row, part: Part) -> None:
        contract = self.layout.contract
        self.note(part.system, contract.name, row.raw, ",".join(contract.key), "duplicate_key", "duplicate")

    def _whole(self, shares: tuple[Share, ...]) -> bool:
        """Whether every required field has a value in one of the sources; else the row is rejected at the first of them."""
        missing = [name for name in self.layout.required if all(share.row.values.get(name) is None for share in shares)]
        if missing:
            part, row, _ = shares[0]
            part.rejected.append(Rejected(row.values, row.flaws))
            for name in missing:
                self.note(part.system, self.layout.contract.name, row.raw, name, "required_missing", "rejected")
        return not missing

    def _first(self, shares: tuple[Share, ...]) -> dict[str, Any]:
        """Per field the first source that may tell it and has a value."""
        merged: dict[str, Any] = {}
        for share in shares:
            seen = share.seen
            for name, value in share.row.values.items():
                if value is not None and name not in merged and name in seen:
                    merged[name] = value
        return merged

    def _measure(self, shares: tuple[Share, ...]) -> None:
        """Everything that was read for the answer is measured, not only the page that fits its limit; a value is compared with the one of
        the first source that has it."""
        self.tally.keys += 1
        known: dict[str, Any] = {}
        for share in shares:
            get, part, values = share.row.values.get, share.part, 0
            for name, compared in self._named(share.seen):
                if (value := get(name)) is None:
                    continue
                values += 1
                if name not in known:
                    known[name] = value
                elif compared:
                    part.compared += 1
                    part.differs += known[name] != value
            self.tally.seen += values
            self.tally.accepted += values
            if share.row.flaws:
                self._flaws(share)

    def _named(self, seen: frozenset[str]) -> tuple[tuple[str, bool], ...]:
        """The fields shown of those that may be seen, and whether each is compared: keys are equal anyway."""
        found = self._names.get(seen)
        if found is None:
            key = self.layout.contract.key
            found = self._names[seen] = tuple((name, name not in key) for name in self.layout.order if name in seen)
        return found

    def _flaws(self, share: Share) -> None:
        for field, flaw in share.row.flaws:
            if field not in self.layout.shown or field not in share.seen:
                continue
            if flaw.suspicious:
                self.tally.accepted -= 0.5
            else:
                share.part.invalid[field] += 1
                self.tally.seen += 1

    def _keep(self, merged: dict[str, Any], shares: tuple[Share, ...]) -> None:
        self.records.append({name: merged.get(name) for name in self.layout.order})
        for share in shares:
            share.part.records += 1
            for name in self.layout.people:
                if (person := share.row.values.get(name)) is not None:
                    self.subjects[person] = None
