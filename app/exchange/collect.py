"""Rows become records: each key once, the required judged on the merged record, every value counted for the score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from app.contract.contract import Contract
from app.exchange.call import Part, Place, Query, Rejected, Row, Tally, Test
from app.exchange.part import visible
from app.exchange.shape import Note


class Share(NamedTuple):
    """What one source knows of one key, and which of its fields the caller may see."""

    part: Part
    row: Row
    seen: frozenset[str]


class Collected:
    """One answer while it is made. `shown` are the fields that come out, in the contract's order in `order`."""

    def __init__(self, contract: Contract, note: Note, shown: frozenset[str]) -> None:
        self.contract = contract
        self.note = note
        self.shown = shown
        self.order = tuple(name for name in contract.properties if name in shown)
        self.people = tuple(p.name for p in contract.properties.values() if p.semantic == "nik")
        self.required = contract.required
        self.records: list[dict[str, Any]] = []
        self.tally = Tally()
        self.subjects: dict[str, None] = {}
        self.total = 0
        self.next: Place | None = None
        self._keys: set[tuple[str, ...]] = set()
        self._last: tuple[str, ...] = ()

    def judge(self, row: Row, part: Part) -> bool:
        """For a single source: whether this row is a record of its own."""
        if row.key in self._keys:
            self._duplicate(row, part)
            return False
        self._keys.add(row.key)
        return self._whole((Share(part, row, self.shown),))

    def fill(self, part: Part) -> None:
        """The rows of a single source become records."""
        views = part.permit.views
        for row in part.rows:
            values = row.values
            seen = self.shown if len(views) == 1 else visible(views, values) & self.shown
            record = {name: values.get(name) if name in seen else None for name in self.order}
            self._count(Share(part, row, seen), record)
            self.tally.keys += 1
            part.records += 1
            self._keep(record, (Share(part, row, seen),))

    def merge(self, parts: Sequence[Part], *, test: Test | None, query: Query, after: tuple[str, ...] | None) -> None:
        """Several sources, ordered by key: the list begins after `after` and is full at the query's limit."""
        groups = self._groups(parts)
        for key in sorted(groups):
            shares = groups[key]
            merged = self._accepted(shares, test)
            if merged is None:
                continue
            self.total += 1
            self._measure(shares)
            if self.next is not None or (after is not None and key <= after):
                continue
            if len(self.records) >= query.limit:
                self.next = Place(self._last)
                continue
            self._last = key
            for share in shares:
                share.part.records += 1
            self._keep({name: merged.get(name) for name in self.order}, shares)

    def _accepted(self, shares: tuple[Share, ...], test: Test | None) -> dict[str, Any] | None:
        if not self._whole(shares):
            return None
        merged = self._first(shares)
        return None if test is not None and not test(merged) else merged

    def reject(self, parts: Iterable[Part]) -> None:
        """A rejected row counts whole: every value it had was seen, none accepted."""
        for part in parts:
            for row in part.rejected:
                values = sum(row.values.get(name) is not None for name in self.order)
                self.tally.seen += max(1, values + sum(field in self.shown and not flaw.suspicious for field, flaw in row.flaws))

    def _groups(self, parts: Sequence[Part]) -> dict[tuple[str, ...], tuple[Share, ...]]:
        groups: dict[tuple[str, ...], tuple[Share, ...]] = {}
        for part in parts:
            mine: set[tuple[str, ...]] = set()
            for row in part.rows:
                if row.key in mine:
                    self._duplicate(row, part)
                    continue
                mine.add(row.key)
                share = Share(part, row, visible(part.permit.views, row.values))
                groups[row.key] = (*groups.get(row.key, ()), share)
        return groups

    def _duplicate(self, row: Row, part: Part) -> None:
        part.duplicates += 1
        self.tally.duplicates += 1
        key = ",".join(self.contract.key)
        self.note(part.system, self.contract.name, row.raw, key, "duplicate_key", "duplicate", None)

    def _whole(self, shares: tuple[Share, ...]) -> bool:
        """Whether every required field has a value in one of the sources; else the row is rejected at the first of them."""
        missing = [name for name in self.required if all(share.row.values.get(name) is None for share in shares)]
        if missing:
            part, row, _ = shares[0]
            part.rejected.append(Rejected(row.values, row.flaws))
            for name in missing:
                self.note(part.system, self.contract.name, row.raw, name, "required_missing", "rejected", None)
        return not missing

    def _first(self, shares: tuple[Share, ...]) -> dict[str, Any]:
        """Per field the first source that may tell it and has a value."""
        merged: dict[str, Any] = {}
        for share in reversed(shares):
            merged.update((name, value) for name, value in share.row.values.items() if value is not None and name in share.seen)
        return merged

    def _measure(self, shares: tuple[Share, ...]) -> None:
        """Everything that was read for the answer is measured, not only the page that fits its limit."""
        self.tally.keys += 1
        for share in shares:
            mine = {name: share.row.values.get(name) for name in self.order if name in share.seen}
            self._count(share, mine)
            if share is not shares[0]:
                self._compare(share, mine, shares)

    def _compare(self, share: Share, mine: dict[str, Any], shares: tuple[Share, ...]) -> None:
        before = self._first(shares[: shares.index(share)])
        for name, value in mine.items():
            if value is None or name in self.contract.key or (held := before.get(name)) is None:
                continue
            share.part.compared += 1
            share.part.differs += held != value

    def _count(self, share: Share, record: dict[str, Any]) -> None:
        values = len(record) - [*record.values()].count(None)
        self.tally.seen += values
        self.tally.accepted += values
        for field, flaw in share.row.flaws:
            if field not in self.shown or field not in share.seen:
                continue
            if flaw.suspicious:
                self.tally.accepted -= 0.5
            else:
                share.part.invalid[field] += 1
                self.tally.seen += 1

    def _keep(self, record: dict[str, Any], shares: tuple[Share, ...]) -> None:
        self.records.append(record)
        for name in self.people:
            for share in shares:
                if (person := share.row.values.get(name)) is not None:
                    self.subjects[person] = None
