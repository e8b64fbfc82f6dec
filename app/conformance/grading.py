"""One system graded: every check of each of its resources, against the source itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from app.adapter.loading import World, build, find
from app.adapter.manifest import Manifest, PageStyle, Resource
from app.adapter.problem import Toml
from app.adapter.protocol import Question
from app.adapter.source import Source
from app.adapter.testing import Case, example_rows
from app.conformance import push
from app.conformance.check import BRONZE, SILVER, Check, Report
from app.conformance.sample import Sample, taken
from app.conformance.twist import twisted
from app.conformance.word import spoken
from app.contract.contract import Contract
from app.errors import Text
from app.exchange.call import Row
from app.exchange.order import Order, Rank

PAGES = 3
FEW = 0.1
"""The share of rows that may lack a key or bear one that stood before: the source's fault, not the connection's."""
NOT_SHOWN = Text("tidak dapat ditunjukkan di sini", "cannot be shown here")
GOOD = Text("baik", "good")
Told = Callable[[str, str, bool | None, Text], None]


@dataclass
class Grading:
    """One resource of one system's file."""

    manifest: Manifest
    toml: Toml
    world: World
    index: int

    @property
    def resource(self) -> Resource:
        return self.manifest.resource[self.index]

    @property
    def contract(self) -> Contract:
        return self.world.contracts[self.resource.contract]

    @property
    def case(self) -> Case:
        return Case(Path(f"{self.manifest.id}.toml"), self.manifest, self.toml, self.index, self.world)

    @asynccontextmanager
    async def opened(self, page: PageStyle | None = None) -> AsyncIterator[Source]:
        """The live source, with other pages where they are given."""
        resource = self.resource.model_copy(update={"page": page or self.resource.page})
        others = [*self.manifest.resource[: self.index], resource, *self.manifest.resource[self.index + 1 :]]
        sources = build(self.manifest.model_copy(update={"resource": tuple(others)}), self.toml, self.world)
        try:
            yield sources[self.index]
        finally:
            for source in sources:
                await source.adapter.close()

    async def checks(self) -> list[Check]:
        found: list[Check] = []

        def told(name: str, grade: str, passed: bool | None, note: Text = GOOD) -> None:
            found.append(Check(self.resource.contract, name, grade, passed, note))

        async with self.opened() as source:
            sample = await taken(source, Question())
            self._described(source, told)
            self._reached(sample, told)
            if sample.records:
                await self._pushed(source, sample, told)
                await self._sorted(source, told)
                await self._narrowed(source, sample, told)
        if sample.records:
            await self._paged(sample, told)
        found += await spoken(self.case)
        return found

    def _described(self, source: Source, told: Told) -> None:
        told("contact", BRONZE, self.manifest.contact is not None, Text("contact: siapa yang dihubungi?", "contact: whom to ask?"))
        example = self.resource.example
        if example is None:
            told("example", BRONZE, False, Text("tulis [resource.example]", "write [resource.example]"))
            return
        shaped = [source.lens.shape(row).values for row in example_rows(self.case)]
        same = len(shaped) == len(example.expect) and all(
            {name: got.get(name) for name in wanted} == wanted for wanted, got in zip(example.expect, shaped, strict=True)
        )
        told("example", BRONZE, same, Text("contoh di berkas", "the example in the file"))

    def _reached(self, sample: Sample, told: Told) -> None:
        if sample.failure is not None:
            word = f"{sample.failure.word}: {sample.failure.reason}"
            told("reached", BRONZE, False, Text(f"sumber gagal ({word})", f"the source failed ({word})"))
            return
        rows, keys = len(sample.shaped), [row.key for row in sample.shaped if row.key is not None]
        told("reached", BRONZE, bool(keys), Text(f"{rows} baris", f"{rows} rows"))
        if rows:
            odd = rows - len(set(keys))
            told("keys", BRONZE, odd <= rows * FEW, Text(f"{odd} baris tanpa kunci sendiri", f"{odd} rows without a key of their own"))

    async def _pushed(self, source: Source, sample: Sample, told: Told) -> None:
        tried, wrong = 0, None
        async for _, fault in push.faults(source, self.contract, self.world.lists.regions, sample):
            tried, wrong = tried + 1, wrong or fault
        told("push", SILVER, wrong is None, wrong or Text(f"{tried} saringan sama dengan saringan kita", f"{tried} filters equal ours"))

    async def _sorted(self, source: Source, told: Told) -> None:
        key = tuple((name, False) for name in self.contract.key)
        rule = self.resource.sort
        orders = [key, *(((name, way),) for name in (rule.fields if rule else ()) for way in (False, True))]
        wrong = None
        for order in orders:
            words = source.lens.sort(order)
            if words is not None and not await self._follows(source, Order(self.contract, order, Rank(lambda key: key)), words):
                names = ",".join(f"{'-' if way else ''}{name}" for name, way in order)
                wrong = wrong or Text(f"urutan {names} tidak dipenuhi", f"the order {names} is not kept")
        told("sort", SILVER, wrong is None, wrong or GOOD)

    async def _follows(self, source: Source, order: Order, words: tuple[tuple[str, bool], ...]) -> bool:
        sample = await taken(source, Question(sort=words))
        rows = [Row(row.key, row.values, (), None) for row in sample.shaped if row.key is not None]
        return sample.failure is None and all(order.follows(one, other) for one, other in pairwise(rows))

    async def _narrowed(self, source: Source, sample: Sample, told: Told) -> None:
        if not source.lens.narrow:
            return
        fields = frozenset((*self.contract.key, *list(self.resource.rules())[:3]))
        narrow = await taken(source, Question(fields=source.lens.columns(fields)))
        same = {key: _cut(values, fields) for key, values in narrow.records.items()} == {
            key: _cut(values, fields) for key, values in sample.records.items()
        }
        told("fields", SILVER, same or not sample.whole, GOOD)

    async def _paged(self, sample: Sample, told: Told) -> None:
        style = self._small(len(sample.shaped))
        async with self.opened(style) as source:
            walked = await taken(source, Question())
            if not sample.whole or self._unpaged():
                pages: bool | None = sample.whole or None
            else:
                pages = len([page for page in walked.pages if page.rows]) >= PAGES and walked.whole and walked.records.keys() == sample.records.keys()
            told("pages", SILVER, pages, Text(f"{len(walked.pages)} halaman dibaca utuh", f"{len(walked.pages)} pages read whole"))
            for name, repeat in (("repeated_page", True), ("short_total", False)):
                told(name, SILVER, *await self._noticed(source, repeat=repeat))

    async def _noticed(self, source: Source, *, repeat: bool) -> tuple[bool | None, Text]:
        lying = twisted(source, repeat=repeat)
        if lying is None or self._unpaged():
            return True, Text("tidak berhalaman lewat HTTP", "not paged over HTTP")
        answer = await taken(lying, Question())
        noticed = answer.reason is not None or answer.failure is not None
        return noticed, Text("akhir yang bukan akhir dikenali", "an end that is none is noticed") if noticed else Text(
            "daftar yang terpotong disangka utuh; nyatakan total", "a list cut short is taken for whole; declare its total"
        )

    def _unpaged(self) -> bool:
        return self.resource.page.style == "none" or getattr(find(self.manifest.kind), "CELLS", False)

    def _small(self, rows: int) -> PageStyle:
        """The same pages, so small that there are several of them, where the file says how to ask for fewer."""
        style = self.resource.page
        if style.size is None or (style.size_param is None and "base" in find(self.manifest.kind).Connection.model_fields):
            return style
        return style.model_copy(update={"size": max(1, min(style.size, rows // (PAGES + 1)))})


def _cut(values: Any, fields: Iterable[str]) -> dict[str, Any]:
    return {name: values.get(name) for name in fields}


async def graded(manifest: Manifest, toml: Toml, world: World) -> Report:
    """Every check of every resource of one system; the source is really asked."""
    checks: list[Check] = []
    for index in range(len(manifest.resource)):
        checks += await Grading(manifest, toml, world, index).checks()
    return Report(manifest.id, tuple(checks))
