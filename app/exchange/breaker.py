"""Whether a system may be asked at all: one that is known to be down, or that asked us to wait, rests, and is then tried by one question at a time.

There is one breaker a system, for all of its contracts, and a rest has one of two causes: too many failures, or the source's own Retry-After."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from app.adapter.protocol import Page, Question
from app.clock import monotonic, now
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable
from app.exchange.fetch import RawCall

RECENT = 20
"""Calls that are looked at."""
WINDOW = 60.0
"""Seconds; what is older is not looked at."""
ENOUGH = 5
"""So many failures, being more than half of what is looked at, open the breaker."""
IN_A_ROW = 3
"""So many failures one after another are an outage, said in the log once, also where they are too far apart to open the breaker."""
FIRST = 10
LONGEST = 60
"""Seconds of the first rest; each trial that fails doubles the next one, up to the longest."""
LONGEST_TOLD = 300
"""Seconds that a source's own Retry-After is obeyed at most."""
OWN = frozenset({"busy", "own_rate", "known_down", "told_to_wait"})
"""Reasons of our own limits: they say nothing about the source."""
OF_THE_QUESTION = frozenset({"bad_path", "bad_header", "no_list", "too_large", "fault_in_kind"})
"""Bad answers that another question, or another kind, would not have had."""

Found = TypeVar("Found", Page, Page | None)
log = structlog.get_logger("titian.source")


def ails(error: SourceError) -> bool:
    """Whether a failure speaks of the source's health: a refusal, or a 4xx for one record, is the answer of a source that is well."""
    if isinstance(error, Refused):
        return False
    return not isinstance(error, BadAnswer) or not (error.reason in OF_THE_QUESTION or error.reason.startswith("status_4"))


class Breaker:
    """Closed, it costs a look at one attribute and one append for each call. `enter` before a call, then `good`, `bad` or `left`."""

    def __init__(self, system: str, clock: Callable[[], float] = monotonic) -> None:
        self.system = system
        self.down = False
        self.failures: Counter[str] = Counter()
        self.until: float | None = None
        self._clock = clock
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._why = "known_down"
        self._in_a_row = self._trials = 0
        self._trying = False

    def enter(self) -> bool:
        """Whether this call is a trial, the only one at its time; raises at once while the system rests."""
        if self.until is None:
            return False
        left = self.until - self._clock()
        if left > 0 or self._trying:
            raise self._resting(max(1, int(left) + 1))
        self._trying = True
        return True

    def _resting(self, seconds: int) -> SourceError:
        error: SourceError = Throttled(self._why, retry_after=seconds)
        if self._why == "known_down":
            error = Unreachable(self._why, sent=False, retry_after=seconds)
        error.system = self.system
        return error

    def left(self, trial: bool) -> None:
        """The call ended without a word about the source: it was cancelled, or our own limit kept it."""
        if trial:
            self._trying = False

    def good(self, trial: bool) -> None:
        if self.until is not None:
            if not trial:
                return
            self._closed()
        self._recent.append(self._clock())
        if self._in_a_row:
            self._in_a_row = 0
            self._returned()

    def bad(self, error: BaseException, trial: bool) -> None:
        """Any failure: each is counted, those of the source's health open the breaker."""
        if not isinstance(error, SourceError) or error.reason in OWN:
            self.left(trial)
            return
        self.failures[error.word] += 1
        if not ails(error):
            self.good(trial)
            return
        self._in_a_row += 1
        moment = self._clock()
        # A failure has a negative sign: one deque tells both what happened and when.
        self._recent.append(-moment)
        told = isinstance(error, Throttled) and error.told
        if trial or (self.until is None and self._enough(moment)):
            self._opened(error)
        elif self._in_a_row == IN_A_ROW:
            self._failed(error)
        if told and error.retry_after:
            self._told(moment + min(error.retry_after, LONGEST_TOLD))

    def _enough(self, moment: float) -> bool:
        recent = [one for one in self._recent if moment - abs(one) <= WINDOW]
        failures = sum(one < 0 for one in recent)
        return failures >= ENOUGH and 2 * failures > len(recent)

    def _opened(self, error: SourceError) -> None:
        self.until = self._clock() + min(FIRST * 2**self._trials, LONGEST)
        self._why, self._trying = "known_down", False
        self._trials = min(self._trials + 1, 8)
        self._failed(error)

    def _told(self, until: float) -> None:
        if self.until is None or self.until < until:
            self.until, self._why = until, "told_to_wait"

    def _closed(self) -> None:
        self.until, self._trying, self._trials = None, False, 0
        self._recent.clear()

    def _failed(self, error: SourceError) -> None:
        if not self.down:
            log.warning("source_failed", system=self.system, word=error.word, reason=error.reason)
        self.down = True

    def _returned(self) -> None:
        if self.down:
            log.info("source_returned", system=self.system)
        self.down = False

    @property
    def open_until(self) -> datetime | None:
        """When the system is asked again; None where it may be asked now."""
        left = 0.0 if self.until is None else self.until - self._clock()
        return now() + timedelta(seconds=left) if left > 0 else None


def broken(breaker: Breaker, seen: Callable[[Page], None]) -> Callable[[RawCall], RawCall]:
    """Each page is a call; `seen` is told of those that say of when they are."""

    def stage(call: RawCall) -> RawCall:
        made = _Broken(breaker, seen, call)
        return RawCall(made.pages, made.one)

    return stage


class _Broken:
    def __init__(self, breaker: Breaker, seen: Callable[[Page], None], call: RawCall) -> None:
        self.breaker, self.seen, self.call = breaker, seen, call

    async def pages(self, question: Question) -> AsyncGenerator[Page]:
        inner = self.call.pages(question)
        trial = self.breaker.enter()
        while (page := await self._judged(anext(inner, None), trial)) is not None:
            yield page
            # Behind the last page nothing is asked any more.
            trial = False if page.last else self.breaker.enter()

    async def one(self, question: Question) -> Page:
        trial = self.breaker.enter()
        return await self._judged(self.call.one(question), trial)

    async def _judged(self, asked: Awaitable[Found], trial: bool) -> Found:
        try:
            page = await asked
        except BaseException as error:
            self.breaker.bad(error, trial)
            raise
        if page is None:
            self.breaker.left(trial)
        elif page.failure is not None:
            self.breaker.bad(page.failure, trial)
        else:
            self.breaker.good(trial)
        if page is not None and page.as_of is not None:
            self.seen(page)
        return page
