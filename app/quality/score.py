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
    values = [record[element] for record in records]
    # More than a day apart, the dates decide, whatever the zone.
    fresh = [value is not None and ((at := value[:10]) > day or (at == day and _fresh(value, oldest))) for value in values]
    return fresh.count(True) / len(values)


def _fresh(value: str, oldest: datetime) -> bool:
    """Whether what bears the oldest day is not older than the oldest moment; a date has no time of day."""
    if len(value) == len("2026-11-24"):
        return True
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) >= oldest


def weighted(measured: Sequence[float | None], weights: Mapping[str, float]) -> float | None:
    """The mean of what was measured, in the order of DIMENSIONS, by the contract's weights."""
    parts = [(value, weights[name]) for name, value in zip(DIMENSIONS, measured, strict=True) if value is not None]
    total = sum([weight for _, weight in parts])
    return sum([value * weight for value, weight in parts]) / total if total else None
