"""What the page shows, frozen: names, states, moments and counts. No value of a record, no name of a field, no client ever stands here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.contract.contract import Classification


@dataclass(frozen=True, slots=True)
class Application:
    """One system. `dimension` is one of the six codes or "" where its file names none, `part` the label of its sub-dimension; `state` is
    ok, partial, disturbed, silent or unknown, as it was last met; `stale_since` since when a copy should
    have been made anew; `quality` between 0 and 1."""

    title: str
    owner: str
    dimension: str
    part: str | None
    kind: str
    state: str
    since: datetime | None
    as_of: datetime | None
    stale_since: datetime | None
    quality: float | None


@dataclass(frozen=True, slots=True)
class Reader:
    """What one agreement opens of one contract: `fields` of them, `masked` of those shown as tokens or in part; until `until`, that day included."""

    consumer: str
    provider: str
    actions: tuple[str, ...]
    fields: int
    masked: int
    until: date


@dataclass(frozen=True, slots=True)
class Offer:
    """One published contract, the titles of its sources in their order of precedence, and who reads it on an agreement."""

    name: str
    path: str
    title: str
    description: str
    classification: Classification
    fields: int
    sources: tuple[str, ...]
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One of the six of Smart City; `lead` is the organisation that leads its team."""

    code: str
    lead: str | None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page. `moment` is whole minutes, so that what is made of it can be kept for as long."""

    city: str
    zone: ZoneInfo
    contact: str | None
    public_url: str
    version: str
    moment: datetime
    started: datetime
    dimensions: tuple[Dimension, ...]
    applications: tuple[Application, ...]
    offers: tuple[Offer, ...]
    agreements: int
