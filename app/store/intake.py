"""Records that the city keeps itself, brought in from a file: judged like a source's, written all at once, what is wrong handed back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from app.adapter.protocol import Raw
from app.clock import now
from app.errors import CityError, Problem
from app.store import file
from app.store.filling import Counted, Filling, LeaseLost
from app.store.form import ORDINAL, Judged
from app.store.generation import listed
from app.store.lease import lease
from app.store.replica import Shelf, asked_so
from app.store.thread import finished


class Wrong(NamedTuple):
    """One row that was not taken: its number among the filled rows of the file (1-based), the row, its field and why."""

    number: int
    raw: Raw
    field: str
    rule: str


class Taken(NamedTuple):
    """What an import did, or would do: records that are new, other than before, the same, no longer there."""

    accepted: int
    rejected: int
    added: int
    changed: int
    unchanged: int
    removed: int
    nulled: dict[str, int]
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """One table. `columns`: what may head a column of a file, and the column of the map that it means; `required`: fields that a record must
    have here; `judge` as for a harvest."""

    shelf: Shelf
    columns: tuple[tuple[str, str], ...]
    required: tuple[str, ...]
    fingerprint: str
    judge: Callable[[Sequence[Raw]], list[Judged]] = field(repr=False)

    async def take(self, path: Path, *, replace: bool, dry: bool) -> Taken:
        """Rows join those that are kept, by key, or with `replace` stand in their place. Raises CityError."""
        given = await file.rows(path)
        raws = file.renamed(path, given, self.columns)
        good, wrong, nulled = self._judged(raws, given)
        async with lease(self.shelf.database, self.shelf.system) as owner:
            if owner is None:
                raise CityError([Problem(self.shelf.system, 1, "busy", "another import is running", "Try again when it has ended.")])
            try:
                return await finished(self._written, owner, good, Taken(len(good), len(wrong), 0, 0, 0, 0, nulled, wrong), replace, dry)
            except LeaseLost:
                raise CityError([Problem(self.shelf.system, 1, "busy", "another import has taken over", "Try again.")]) from None

    def _judged(self, raws: Sequence[Raw], given: Sequence[Raw]) -> tuple[list[Judged], tuple[Wrong, ...], dict[str, int]]:
        good, wrong = [], []
        nulled: Counter[str] = Counter()
        seen: set[str] = set()
        for number, (row, raw) in enumerate(zip(self.judge(raws), given, strict=True), start=1):
            key = self.shelf.form.key(row.values)
            fault = self._fault(row) or (("", "duplicate_key") if key in seen else None)
            if fault is not None:
                wrong.append(Wrong(number, raw, *fault))
                continue
            seen.add(key)
            good.append(row)
            nulled.update(f"{name}:{flaw.rule}" for name, flaw in row.flaws if not flaw.suspicious)
        return good, tuple(wrong), dict(nulled)

    def _fault(self, row: Judged) -> tuple[str, str] | None:
        bad = {name: flaw.rule for name, flaw in row.flaws if not flaw.suspicious}
        missing = next((name for name in self.required if row.values.get(name) is None), None)
        if missing is not None:
            return missing, bad.get(missing, "key_missing" if missing in self.shelf.form.contract.key else "required_missing")
        strict = next((name for name in bad if self.shelf.form.contract.properties[name].strict), None)
        return None if strict is None else (strict, bad[strict])

    def _written(self, owner: str, good: list[Judged], told: Taken, replace: bool, dry: bool) -> Taken:
        filling = Filling(self.shelf, owner)
        published = False
        try:
            before = filling.before
            old = before.table(before.generation, kept=True) if before.generation and asked_so(self.shelf, before) else None
            if old is None and before.generation and not replace:
                raise CityError([Problem(self.shelf.contract, 1, "table_would_lose", "the contract has changed", "Import everything: --replace.")])
            last = self._one(f'SELECT COALESCE(MAX("{ORDINAL}"), 0) FROM "{old}"') if old else 0
            filling.add(good, first=last + 1)
            filling.index()
            told = self._compared(told, filling.table, old, before.rows, replace=replace)
            if not dry:
                rows = self._joined(filling.table, old) if old and not replace else len(good)
                # The file says nothing of the rows that stay, so no digest of it tells whether all is as before.
                made = Counted(rows, 0, 0, str(filling.number))
                filling.publish(made, as_of=now(), fingerprint=self.fingerprint, due=0)
                published = True
        finally:
            if not published:
                filling.give_up()
        return told

    def _compared(self, told: Taken, new: str, old: str | None, before: int, *, replace: bool) -> Taken:
        if old is None:
            return told._replace(added=told.accepted, removed=before if replace else 0)
        both = f'FROM "{new}" n JOIN "{old}" o ON n."_key" = o."_key"'
        same = " AND ".join(f'n."{name}" IS NOT DISTINCT FROM o."{name}"' for name in ("_flaws", *self.shelf.form.fields))
        matched, unchanged = self._one(f"SELECT COUNT(*) {both}"), self._one(f"SELECT COUNT(*) {both} WHERE {same}")
        removed = before - matched if replace else 0
        return told._replace(added=told.accepted - matched, changed=matched - unchanged, unchanged=unchanged, removed=removed)

    def _joined(self, new: str, old: str) -> int:
        """What the file does not speak of stays, every record in its place; what is new comes after."""
        columns = listed(self.shelf.form.columns)
        place = f'(SELECT o."{ORDINAL}" FROM "{old}" o WHERE o."_key" = "{new}"."_key")'
        with self.shelf.database.engine.begin() as connection:
            connection.exec_driver_sql(f'UPDATE "{new}" SET "{ORDINAL}" = {place} WHERE "_key" IN (SELECT "_key" FROM "{old}")')
            there = f'SELECT {columns} FROM "{old}" WHERE "_key" NOT IN (SELECT "_key" FROM "{new}")'
            connection.exec_driver_sql(f'INSERT INTO "{new}" ({columns}) {there}')
        return self._one(f'SELECT COUNT(*) FROM "{new}"')

    def _one(self, text: str) -> int:
        with self.shelf.database.engine.connect() as connection:
            found: Any = self.shelf.select(connection, text)
            return int(found[0][0])
