"""One resource of one system, ready to be asked: what the exchange needs and no more."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.adapter.protocol import Adapter, Lens


@dataclass(frozen=True, slots=True)
class Source:
    """`scan` is how many rows may be read to filter here; `timeout` the seconds of one call; `pushable` the fields the source filters.

    `noted`: what is wrong with its rows was noted when they were brought in, and is not noted again when they are asked."""

    system: str
    organisation: str
    contract: str
    adapter: Adapter = field(repr=False)
    lens: Lens = field(repr=False)
    scan: int = 5000
    timeout: float = 10.0
    noted: bool = False

    @property
    def pushable(self) -> tuple[str, ...]:
        return self.lens.pushable
