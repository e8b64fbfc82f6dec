"""The canonical form: each row through its lens; what cannot be used is said in a finding and never guessed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any

from app.adapter.protocol import Page, Raw
from app.adapter.source import Source
from app.contract.contract import Contract
from app.exchange.call import Reading, Rejected, Row, ShapedPage, SourceCall
from app.exchange.fetch import RawCall

Note = Callable[[str, str, Raw, str, str, str, Any], None]
"""(system, contract, raw row, field, rule, outcome, value or None): where findings go."""


class Shape:
    """Raw rows of one source become canonical rows; every flaw that is not merely suspicious is noted."""

    def __init__(self, contract: Contract, source: Source, note: Note) -> None:
        self.contract = contract
        self.source = source
        self.note = note
        self.strict = frozenset(p.name for p in contract.properties.values() if p.strict)

    def page(self, page: Page) -> ShapedPage:
        return ShapedPage([self.row(raw) for raw in page.rows], page.number, page.last, page.reason)

    def row(self, raw: Raw) -> Row | Rejected:
        key, values, flaws = self.source.lens.shape(raw)
        if key is not None and not flaws:
            return Row(key, values, flaws, raw)
        bad = [(field, flaw.rule) for field, flaw in flaws if not flaw.suspicious]
        rejected = key is None or any(field in self.strict for field, _ in bad)
        if key is None and not any(field in self.contract.key for field, _ in bad):
            bad += [(name, "key_missing") for name in self.contract.key if values.get(name) is None]
        outcome = "rejected" if rejected else "nulled"
        for field, rule in bad:
            self.note(self.source.system, self.contract.name, raw, field, rule, outcome, None)
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
