"""The canonical form: each row through its lens; what cannot be used is said in a finding and never guessed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any

from app.adapter.protocol import Page, Question, Raw
from app.adapter.source import Source
from app.contract.contract import Contract
from app.contract.flaw import Flaw
from app.exchange.call import Rejected, Row, ShapedPage, SourceCall
from app.exchange.fetch import RawCall

Note = Callable[[str, str, Raw, str, str, str], None]
"""(system, contract, raw row, field, rule, outcome): where findings go."""


Finding = tuple[str, str, Raw, str, str, str]
WORTH = 20
MOST = 32


class Shape:
    """Raw rows of one source become canonical rows; every flaw is noted, one that is merely suspicious as `kept` where its row is kept."""

    def __init__(self, contract: Contract, source: Source, note: Note) -> None:
        self.contract = contract
        self.source = source
        self.note = note
        self.shape = source.lens.shape
        self._noted: list[Finding] = []
        self._remembers = getattr(source.adapter, "remembers", False)
        # The list itself is kept beside its number, so that the number cannot come to mean another list.
        self._shaped: dict[int, tuple[list[Raw], list[Row | Rejected], list[Finding]]] = {}
        self.strict = frozenset(p.name for p in contract.properties.values() if p.strict)

    def page(self, page: Page, *, whole: bool = True) -> ShapedPage:
        """`whole`: every column was asked for. A part of a row is not the row that a finding is about: then nothing is noted."""
        rows = self._rows(page.rows, noted=whole)
        return ShapedPage(rows, page.number, page.last, page.reason, page.as_of, page.stale_since, page.token, page.after, page.counted)

    def _rows(self, raws: list[Raw], *, noted: bool) -> list[Row | Rejected]:
        """A kind that knows a body again hands over the same list: its rows are shaped once, its findings counted each time."""
        known = self._shaped.get(id(raws))
        if known is None:
            self._noted = []
            shape, row = self.shape, self._row
            known = (raws, [row(*shape(raw), raw) for raw in raws], self._noted)
            if self._remembers and len(raws) >= WORTH:
                if len(self._shaped) >= MOST:
                    del self._shaped[next(iter(self._shaped))]
                self._shaped[id(raws)] = known
        for finding in known[2] if noted and not self.source.noted else ():
            self.note(*finding)
        return known[1]

    def _row(self, key: tuple[str, ...] | None, values: dict[str, Any], flaws: tuple[tuple[str, Flaw], ...], raw: Raw) -> Row | Rejected:
        if key is not None and not flaws:
            return Row(key, values, flaws, raw)
        bad = [(field, flaw.rule) for field, flaw in flaws if not flaw.suspicious]
        rejected = key is None or any(field in self.strict for field, _ in bad)
        if key is None and not any(field in self.contract.key for field, _ in bad):
            bad += [(name, "key_missing") for name in self.contract.key if values.get(name) is None]
        outcome = "rejected" if rejected else "nulled"
        found = [(field, rule, outcome) for field, rule in bad]
        if not rejected:
            found += [(field, flaw.rule, "kept") for field, flaw in flaws if flaw.suspicious]
        self._noted += [(self.source.system, self.contract.name, raw, *finding) for finding in found]
        return Rejected(values, flaws) if key is None or rejected else Row(key, values, flaws, raw)


def shaped(contract: Contract, source: Source, note: Note) -> Callable[[RawCall], SourceCall]:
    shape = Shape(contract, source, note)

    def stage(call: RawCall) -> SourceCall:
        async def pages(question: Question) -> AsyncGenerator[ShapedPage]:
            async for page in call.pages(question):
                yield shape.page(page, whole=not question.fields)

        async def one(question: Question) -> ShapedPage:
            return shape.page(await call.one(question))

        return SourceCall(pages, one)

    return stage
