"""The five dimensions of an answer's quality (ISO/IEC 25012 words), each between 0 and 1, None where nothing was measured."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.contract.contract import DIMENSIONS, Freshness

Record = Mapping[str, Any]


def completeness(records: Sequence[Record], needed: Collection[str]) -> float | None:
    """The part of the required and promised fields that has a value."""
    places = len(records) * len(needed)
    if not places:
        return None
    return 1 - sum([[record[name] for record in records].count(None) for name in needed]) / places


def timeliness(freshness: Freshness | None, records: Sequence[Record], shown: Collection[str], now: Callable[[], datetime]) -> float | None:
    """The part of the records not older than promised. A record without its date cannot show that it is fresh.

    Without an element the moment of asking counts: a live answer is fresh. None where the element is not the caller's to see."""
    if freshness is None or not records:
        return None
    element = freshness.element
    if element is None:
        return 1.0
    if element not in shown:
        return None
    oldest = now() - freshness.within
    day = oldest.date().isoformat()
    return sum([_fresh(record[element], oldest, day) for record in records]) / len(records)


def _fresh(value: str | None, oldest: datetime, day: str) -> bool:
    if value is None:
        return False
    if len(value) == len(day) or value[:10] != day:
        # More than a day apart, the dates decide, whatever the zone.
        return value[:10] >= day
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) >= oldest


def weighted(measured: Sequence[float | None], weights: Mapping[str, float]) -> float | None:
    """The mean of what was measured, in the order of DIMENSIONS, by the contract's weights."""
    parts = [(value, weights[name]) for name, value in zip(DIMENSIONS, measured, strict=True) if value is not None]
    total = sum([weight for _, weight in parts])
    return sum([value * weight for value, weight in parts]) / total if total else None
