"""The catalogue: immutable, made once from a city folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.adapter.manifest import Manifest
from app.adapter.source import Source
from app.catalog.city import City, Organisation, SmartCity
from app.contract.contract import Contract
from app.contract.convert import Lists


@dataclass(frozen=True, slots=True)
class System:
    """One existing application as its file describes it; `sources` are the contracts that it feeds."""

    manifest: Manifest
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """`sources` of a contract stand in its order of precedence (`titian.sources`), then by the system's id."""

    folder: Path
    city: City
    organisations: Mapping[str, Organisation]
    smartcity: SmartCity | None
    contracts: Mapping[str, Contract]
    lists: Lists
    systems: Mapping[str, System]
    sources: Mapping[str, tuple[Source, ...]]

    @property
    def published(self) -> dict[str, Contract]:
        """The contracts that some system feeds; the others are not published."""
        return {name: contract for name, contract in self.contracts.items() if self.sources[name]}

    async def close(self) -> None:
        for system in self.systems.values():
            for source in system.sources:
                await source.adapter.close()
