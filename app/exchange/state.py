"""Each source as it was last met: for `/status` and for one log line when it goes and one when it returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog

from app.clock import now, stamp
from app.exchange.call import Part

log = structlog.get_logger("titian.source")


class States:
    """Told of every part of every answer; keeps the last word of each system, and since when."""

    def __init__(self, systems: Iterable[str]) -> None:
        self._states: dict[str, tuple[str, str | None, str | None]] = dict.fromkeys(systems, ("unknown", None, None))

    def met(self, part: Part) -> None:
        word, reason, _ = self._states.get(part.system, ("unknown", None, None))
        if (word, reason) == (part.status, part.reason):
            return
        self._states[part.system] = (part.status, part.reason, stamp(now()))
        if part.complete and word != "unknown":
            log.info("source_returned", system=part.system)
        elif not part.complete:
            log.warning("source_failed", system=part.system, word=part.status, reason=part.reason)

    def shown(self) -> list[dict[str, Any]]:
        return [{"system": system, "state": word, "reason": reason, "since": since} for system, (word, reason, since) in self._states.items()]
