"""The built-in open contract `aplikasi`: every system of the city, whose it is, on what law it rests and how it is; never where it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.adapter.manifest import Resource
from app.adapter.mapping import MapLens
from app.adapter.protocol import Page, Question, Raw
from app.adapter.source import Source
from app.catalog import Catalog, System
from app.contract import builtin

CONTRACT = "aplikasi"
SYSTEM = "titian.aplikasi"
Shown = Callable[[], list[dict[str, Any]]]
"""Each system as it was last met, as in `/status`."""


@dataclass(frozen=True, slots=True)
class Applications:
    """The catalogue as a source."""

    catalog: Catalog
    shown: Shown

    @property
    def has_get(self) -> bool:
        return True

    async def pages(self, question: Question) -> AsyncIterator[Page]:
        rows = [] if question.page else self._rows()
        yield Page(rows, question.page or 0)

    async def one(self, question: Question) -> Page:
        return Page([row for row in self._rows() if row["id"] == (question.key or {}).get("id")])

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _rows(self) -> list[Raw]:
        met = {one["system"]: one for one in self.shown()}
        return [self._row(system, met.get(name, {})) for name, system in sorted(self.catalog.systems.items())]

    def _row(self, system: System, met: Mapping[str, Any]) -> Raw:
        told = system.manifest
        owner = self.catalog.organisations[told.organisation]
        return {
            **told.spbe,
            "id": told.id,
            "judul": told.title,
            "pemilik": owner.id,
            "nama_pemilik": owner.name,
            "dimensi": told.dimension,
            "jenis": told.kind,
            "kontrak": "; ".join(source.contract for source in system.sources),
            "dasar_hukum": told.legal_basis,
            "dokumen": told.document,
            "keadaan": met.get("state", "unknown"),
            "sejak": met.get("since"),
            "mutu": met.get("quality"),
        }


def added(catalog: Catalog, shown: Shown) -> Catalog:
    """The catalogue with the contract that tells of it."""
    contract = builtin.contracts()[CONTRACT]
    resource = Resource.model_validate({"contract": CONTRACT, "map": {name: name for name in contract.properties}})
    source = Source(
        system=SYSTEM,
        organisation=SYSTEM.partition(".")[0],
        contract=CONTRACT,
        adapter=Applications(catalog, shown),
        lens=MapLens(resource, contract, catalog.lists),
    )
    return replace(catalog, contracts={**catalog.contracts, CONTRACT: contract}, sources={**catalog.sources, CONTRACT: (source,)})
