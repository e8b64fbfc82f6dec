"""How good the answer is, over the fields shown: docs/reference/quality.md holds the formula."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.contract.contract import Contract
from app.exchange.call import Answer, Call, Exchange, Quality, Stage
from app.quality.rule import Rules
from app.quality.score import completeness, timeliness, weighted

MOST_SETS = 1000


def scored(contract: Contract, rules: Rules, now: Callable[[], datetime], rated: Callable[[Answer], None]) -> Stage:
    """`rated` is told of every answer whose quality could be measured."""
    needed = tuple(dict.fromkeys((*contract.required, *contract.promised)))
    among: dict[frozenset[str], tuple[str, ...]] = {}

    def needed_of(shown: frozenset[str]) -> tuple[str, ...]:
        """Worked out once for each set of fields."""
        found = among.get(shown)
        if found is None:
            if len(among) >= MOST_SETS:
                among.clear()
            found = among[shown] = tuple(name for name in needed if name in shown)
        return found

    def quality(answer: Answer) -> Quality:
        tally, records, shown = answer.tally, answer.records, answer.shown
        suspicious = rules.broken(records, shown)
        compared = sum([part.compared for part in answer.parts])
        differs = sum([part.differs for part in answer.parts])
        rows = tally.keys + tally.duplicates
        measured = (
            completeness(records, needed_of(shown)),
            max(0.0, tally.accepted - suspicious / 2) / tally.seen if tally.seen else None,
            tally.keys / rows if rows else None,
            timeliness(contract.freshness, records, shown, now),
            1 - differs / compared if compared else None,
        )
        return Quality(weighted(measured, contract.weights), *measured)

    def stage(call: Call) -> Call:
        async def asked(exchange: Exchange) -> Answer:
            answer = await call(exchange)
            if answer.records or answer.tally.seen:
                answer.quality = quality(answer)
                rated(answer)
            return answer

        return asked

    return stage
