"""Filters on canonical records: what one condition means, and how many of them are put to a record at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

from app.adapter.protocol import Condition
from app.contract.contract import Contract
from app.contract.region import Regions
from app.exchange.call import Test

Check = Callable[[Any], bool]


def compiled(conditions: Iterable[Condition], contract: Contract, regions: Regions) -> Test | None:
    """One test for all of `conditions` together; None where there is nothing to test. A field without a value passes no condition."""
    checks = [(condition.field, _check(condition, contract, regions)) for condition in conditions]
    if not checks:
        return None

    if len(checks) == 1:
        return _single(*checks[0])

    def holds(values: Mapping[str, Any]) -> bool:
        for field, check in checks:
            value = values.get(field)
            if value is None or not check(value):
                return False
        return True

    return holds


def _single(field: str, check: Check) -> Test:
    def holds(values: Mapping[str, Any]) -> bool:
        value = values.get(field)
        return value is not None and check(value)

    return holds


def _check(condition: Condition, contract: Contract, regions: Regions) -> Check:
    values, op = condition.values, condition.op
    if op == "eq":
        return lambda value: value in values
    if op == "ne":
        return lambda value: value not in values
    if op == "within":
        prefixes = tuple(area + "." for area in values)
        return lambda value: value in values or value.startswith(prefixes)
    if op == "startswith":
        return lambda value: value.startswith(values)
    if op == "contains":
        return lambda value: any([piece in value for piece in values])
    return _bound(COMPARE[op], values[0], timestamp=contract.properties[condition.field].type == "timestamp")


COMPARE: dict[str, Callable[[Any, Any], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def _bound(compare: Callable[[Any, Any], bool], limit: Any, *, timestamp: bool) -> Check:
    if timestamp:
        moment = datetime.fromisoformat(limit)
        return lambda value: compare(datetime.fromisoformat(value), moment)
    # Canonical dates are ISO 8601 text, whose order as text is their order in time.
    return lambda value: compare(value, limit)
