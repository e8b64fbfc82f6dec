"""Every filter that a file declares: what the source finds by it must be what we find without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from typing import Any

from app.adapter.protocol import Condition
from app.adapter.source import Source
from app.conformance.sample import Sample, found
from app.contract.contract import Contract
from app.contract.region import Regions
from app.errors import Text
from app.exchange.filter import compiled

VALUES = 3
OPS = ("eq", "gt", "gte", "lt", "lte")


async def faults(source: Source, contract: Contract, regions: Regions, sample: Sample) -> AsyncIterator[tuple[Condition, Text | None]]:
    """For each filter that was tried: the condition, and what was wrong with it, if anything."""
    for field in source.lens.pushable:
        for condition in _conditions(field, sample):
            pushed = source.lens.pushed(condition)
            if not pushed:
                continue
            yield condition, await _fault(source, contract, regions, sample, condition)


async def _fault(source: Source, contract: Contract, regions: Regions, sample: Sample, condition: Condition) -> Text | None:
    test = compiled([condition], contract, regions)
    assert test is not None  # noqa: S101
    answer = await found(source, source.lens.pushed(condition))
    name = f"{condition.field}__{condition.op}"
    if answer.failure is not None or answer.reason is not None:
        word = answer.failure.reason if answer.failure is not None else answer.reason
        return Text(f"{name}: sumber gagal ({word})", f"{name}: the source failed ({word})")
    wrong = [values for values in answer.records.values() if not test(values)]
    if wrong:
        return Text(
            f"{name}: sumber membawa {len(wrong)} baris yang tidak cocok; saringannya diabaikan atau berarti lain",
            f"{name}: the source brought {len(wrong)} rows that do not match; it ignores the filter or means something else",
        )
    missed = [key for key, values in sample.records.items() if test(values) and key not in answer.records]
    if missed:
        return Text(f"{name}: sumber melewatkan {len(missed)} baris yang cocok", f"{name}: the source left out {len(missed)} rows that match")
    return None


def _conditions(field: str, sample: Sample) -> Iterable[Condition]:
    """Values that occur, the commonest, the rarest and one between; for text also one that differs only in case, which must find nothing more."""
    counted = Counter(_plain(record.get(field)) for record in sample.records.values())
    counted.pop(None, None)
    ordered = [value for value, _ in counted.most_common()]
    chosen = list(dict.fromkeys([*ordered[:1], *ordered[-1:], *ordered[len(ordered) // 2 :][:1]]))[:VALUES]
    for value in chosen:
        yield from (Condition(field, op, (value,)) for op in OPS)
    if len(chosen) > 1:
        yield Condition(field, "eq", tuple(chosen))
    for value in chosen:
        if isinstance(value, str) and value.swapcase() != value:
            yield Condition(field, "eq", (value.swapcase(),))


def _plain(value: Any) -> Any:
    return None if isinstance(value, list | dict) else value
