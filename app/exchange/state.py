"""Each source as it was last met: for `/status`, for people at a terminal, for numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.adapter.protocol import Page
from app.clock import now, stamp
from app.errors import plain
from app.exchange.breaker import OWN, Breaker
from app.exchange.call import Answer, Part

MEMORY = 50
"""Answers after which the rolling score forgets: each newer one moves it by one part in so many."""
WORDS = {
    "unknown": "belum ditanya / not asked yet",
    "ok": "baik / ok",
    "incomplete": "tidak lengkap / incomplete",
    "refused": "menolak / refuses",
    "bad_answer": "jawaban rusak / bad answers",
    "throttled": "penuh / busy",
    "unreachable": "tidak terjangkau / unreachable",
}


class Counted(NamedTuple):
    """One system in numbers: `failures` by word."""

    system: str
    up: bool
    failures: Mapping[str, int]


class State:
    """One system: the last word of it and since when, its breaker, and how good its answers are of late."""

    def __init__(self, system: str) -> None:
        self.system = system
        self.breaker = Breaker(system)
        self._word = "unknown"
        self._reason: str | None = None
        self._since: str | None = None
        self._copy: tuple[datetime | None, datetime | None] = (None, None)
        self._score: float | None = None
        self._scores = 0

    def met(self, part: Part) -> None:
        """A refusal of our own (resting, too many waiting) is no word of the source."""
        if (part.status, part.reason) == (self._word, self._reason) or part.reason in OWN:
            return
        if part.status != self._word:
            self._since = stamp(now())
        self._word, self._reason = part.status, part.reason

    def seen(self, page: Page) -> None:
        self._copy = (page.as_of, page.stale_since)

    def rated(self, score: float) -> None:
        self._scores = min(self._scores + 1, MEMORY)
        before = score if self._score is None else self._score
        self._score = before + (score - before) / self._scores

    def shown(self) -> dict[str, Any]:
        as_of, stale_since = self._copy
        return {
            "system": self.system,
            "state": self._word,
            "reason": self._reason,
            "since": self._since,
            "quality": None if self._score is None else round(self._score, 4),
            "open_until": _stamp(self.breaker.open_until),
            "as_of": _stamp(as_of),
            "stale_since": _stamp(stale_since),
        }


class States:
    """Every system of the city, whether it was asked yet or not."""

    def __init__(self, systems: Iterable[str]) -> None:
        self._states = {system: State(system) for system in systems}

    def keep(self, systems: Iterable[str]) -> None:
        """These are the systems from now on; what is known of them stays."""
        self._states = {system: self.of(system) for system in systems}

    def of(self, system: str) -> State:
        """A system that a new reading of the city brings is made here first."""
        return self._states.get(system) or self._states.setdefault(system, State(system))

    def met(self, part: Part) -> None:
        if (state := self._states.get(part.system)) is not None:
            state.met(part)

    def rated(self, answer: Answer) -> None:
        """One source alone bears the score of the answer; where several were merged, each bears what can be told apart."""
        alone = len(answer.parts) == 1
        for part in answer.parts:
            score = (answer.quality.score if answer.quality else None) if alone else _share(part, len(answer.shown))
            if score is not None and part.system in self._states:
                self._states[part.system].rated(score)

    def shown(self) -> list[dict[str, Any]]:
        return [state.shown() for state in self._states.values()]

    def counted(self) -> Iterator[Counted]:
        for state in self._states.values():
            yield Counted(state.system, not state.breaker.down, state.breaker.failures)


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def _share(part: Part, fields: int) -> float | None:
    """Valid values among all of its rows, and equal ones among those compared: the mean of what there is."""
    rows = len(part.rows) + len(part.rejected)
    if not rows or not fields:
        return None
    valid = max(0.0, len(part.rows) * fields - sum(part.invalid.values())) / (rows * fields)
    return valid if not part.compared else (valid + 1 - part.differs / part.compared) / 2


def told(found: Mapping[str, Any]) -> str:
    """What `/status` says, for people: a line for the gateway, and a line for each system."""
    city = found["city"]
    lines = [f"{city['name']} ({city['id']}), Titian {found['version']}, sejak / since {found['started']}"]
    for one in found["systems"]:
        parts = [f"{one['system']:28} {WORDS.get(one['state'], one['state']):34} {_quality(one):8}", _since(one), _rest(one), _copy(one)]
        lines.append("  ".join(part for part in parts if part).rstrip())
    return "\n".join(map(plain, lines))


def _quality(one: Mapping[str, Any]) -> str:
    return "mutu -" if one["quality"] is None else f"mutu {one['quality']:.2f}"


def _since(one: Mapping[str, Any]) -> str:
    reason = f" ({one['reason']})" if one["reason"] else ""
    return f"sejak / since {one['since']}{reason}" if one["since"] else ""


def _rest(one: Mapping[str, Any]) -> str:
    return f"ditanya lagi / asked again {one['open_until']}" if one["open_until"] else ""


def _copy(one: Mapping[str, Any]) -> str:
    stale = f", basi sejak / stale since {one['stale_since']}" if one["stale_since"] else ""
    return f"data per / as of {one['as_of']}{stale}" if one["as_of"] else ""
