"""The only reader of the clock: everything else is handed the time, so that a test can set it."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """RFC 3339 with seconds and Z: 2026-11-24T03:00:00Z."""
    return _utc(moment).isoformat()[:19] + "Z"


def instant(moment: datetime) -> str:
    """RFC 3339 with milliseconds and Z, for evidence."""
    return _utc(moment).isoformat(timespec="milliseconds")[:23] + "Z"


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def monotonic() -> float:
    """Seconds that never jump; for durations and deadlines only."""
    return time.monotonic()


def epoch() -> float:
    """Seconds since 1970 in UTC."""
    return time.time()
