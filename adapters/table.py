"""The kind `table`: records that the city keeps in Titian itself, brought in by `titian import`; there is nothing to connect to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from app import adapter as sdk
from app.adapter import Model, Network, Page, Question, Resource, ResponseRule, Unreachable

CELLS = True
"""What is brought in comes from the cells of a sheet."""
KEPT = True
"""The gateway's own store stands in the place of this adapter; a map that is left out is the contract's own names."""


class Connection(sdk.Connection):
    """Nothing of its own, and nothing of what every kind may say has a meaning here."""


class Read(Model):
    """Nothing."""


@dataclass(frozen=True, slots=True)
class Table:
    """What stands where no store does: there are no records."""

    @property
    def has_get(self) -> bool:
        return False

    async def pages(self, question: Question) -> AsyncIterator[Page]:
        yield await self.one(question)

    async def one(self, question: Question) -> Page:
        raise Unreachable("not_imported", sent=False)

    async def close(self) -> None:
        """There is nothing to let go of."""


def opened(system: str, connection: Connection, *, ceiling: tuple[Network, ...], folder: Path) -> None:
    return None


def build(way: None, read: Read, *, resource: Resource, responses: tuple[ResponseRule, ...]) -> Table:
    return Table()
