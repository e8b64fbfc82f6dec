"""Each source as it was last met: for `/status` and for one log line when it goes and one when it returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import structlog

from app.clock import now, stamp
from app.exchange.call import Part

log = structlog.get_logger("titian.source")

State: TypeAlias = tuple[str, str | None, str | None]
"""Word, reason, since when."""
UNKNOWN: State = ("unknown", None, None)


class States:
    """Told of every part of every answer; keeps the last word of each system, and since when."""

    def __init__(self, systems: Iterable[str]) -> None:
        self._states: dict[str, State] = dict.fromkeys(systems, UNKNOWN)

    def keep(self, systems: Iterable[str]) -> None:
        """These are the systems from now on; what is known of them stays."""
        self._states = {system: self._states.get(system, UNKNOWN) for system in systems}

    def met(self, part: Part) -> None:
        if part.system not in self._states:
            return
        word, reason, _ = self._states[part.system]
        if (word, reason) == (part.status, part.reason):
            return
        self._states[part.system] = (part.status, part.reason, stamp(now()))
        if part.complete and word != "unknown":
            log.info("source_returned", system=part.system)
        elif not part.complete:
            log.warning("source_failed", system=part.system, word=part.status, reason=part.reason)

    def shown(self) -> list[dict[str, Any]]:
        return [{"system": system, "state": word, "reason": reason, "since": since} for system, (word, reason, since) in self._states.items()]
