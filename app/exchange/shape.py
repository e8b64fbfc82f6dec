"""The canonical form: each row through its lens; what cannot be used is said in a finding and never guessed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from app.adapter.protocol import Page, Raw
from app.adapter.source import Source
from app.contract.contract import Contract
from app.exchange.call import Reading, Rejected, Row, ShapedPage, SourceCall
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
        # The list itself is kept beside its number, so that the number cannot come to mean another list.
        self._shaped: dict[int, tuple[list[Raw], list[Row | Rejected], list[Finding]]] = {}
        self.strict = frozenset(p.name for p in contract.properties.values() if p.strict)

    def page(self, page: Page) -> ShapedPage:
        return ShapedPage(self._rows(page.rows), page.number, page.last, page.reason, page.as_of)

    def _rows(self, raws: list[Raw]) -> list[Row | Rejected]:
        """A kind that knows a body again hands over the same list: its rows are shaped once, its findings counted each time."""
        known = self._shaped.get(id(raws))
        if known is None:
            self._noted = []
            known = (raws, [self.row(raw) for raw in raws], self._noted)
            if len(raws) >= WORTH:
                if len(self._shaped) >= MOST:
                    del self._shaped[next(iter(self._shaped))]
                self._shaped[id(raws)] = known
        for finding in () if self.source.noted else known[2]:
            self.note(*finding)
        return known[1]

    def row(self, raw: Raw) -> Row | Rejected:
        key, values, flaws = self.shape(raw)
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
        async def pages(reading: Reading) -> AsyncGenerator[ShapedPage]:
            async for page in call.pages(reading):
                yield shape.page(page)

        async def one(reading: Reading) -> ShapedPage:
            return shape.page(await call.one(reading))

        return SourceCall(pages, one)

    return stage
