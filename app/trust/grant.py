"""An agreement in force: frozen, every field checked against the contract it speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.adapter.protocol import Condition


class Quota(NamedTuple):
    """So many calls in a window of so many seconds; `text` is how the agreement writes it ("10000/day")."""

    calls: int
    seconds: int
    text: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What one agreement opens of one contract, for which actions (read, verify). `fields` None means all that are not tertutup;
    `masks` holds token or partial by field; `rows` must all hold."""

    contract: str
    fields: tuple[str, ...] | None
    actions: tuple[str, ...] = ("read",)
    masks: tuple[tuple[str, str], ...] = ()
    rows: tuple[Condition, ...] = ()
    quota: Quota | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who may read what of whom, for which purposes; both days included, in the city's time zone."""

    id: str
    consumer: str
    provider: str
    document: str
    legal_basis: str
    purposes: tuple[str, ...]
    valid_from: date
    valid_to: date
    grants: tuple[Grant, ...]

    def holds(self, on: date) -> bool:
        return self.valid_from <= on <= self.valid_to
