"""One connection to a database, whichever it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from app.adapter.database.column import Column
from app.adapter.database.dsn import Dsn


class Spot(NamedTuple):
    """One server at one address that was judged; the connection goes there, whatever its name means by then. Seconds: for one statement."""

    dsn: Dsn
    address: str
    charset: str
    seconds: float
    ca: str | None


class Link(Protocol):
    """Used by one thread at a time; only `stop` is called by another. Raises Refused, Throttled, Unreachable and BadAnswer."""

    def rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """All rows of one statement, in a transaction that only reads; every value as a lens reads it."""

    def columns(self, source: str, table: tuple[str, ...] | None, names: Sequence[str]) -> list[Column]:
        """What the named columns are. `table` names a table or view, None stands for a query."""

    def stop(self) -> None:
        """Lets the server give up what it is doing for this connection; never raises."""

    def close(self) -> None:
        """Never raises; may be called twice."""
