"""Filters on canonical records: what one condition means, and how many of them are put to a record at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any

from app.adapter.protocol import Condition
from app.contract.contract import Contract
from app.contract.region import Regions
from app.exchange.call import Test

Check = Callable[[Any], bool]


def compiled(conditions: Iterable[Condition], contract: Contract, regions: Regions) -> Test | None:
    """One test for all of `conditions` together; None where there is nothing to test. A field without a value passes no condition."""
    asked = tuple(conditions)
    if not asked:
        return None
    return _maker(tuple([(one.field, one.op if one.op in INLINE else "") for one in asked]))(*[_against(one, contract) for one in asked])


INLINE = {"eq": "x in a{0}", "ne": "x not in a{0}", "within": "(x in a{0}[0] or x.startswith(a{0}[1]))", "startswith": "x.startswith(a{0})"}
"""What one condition comes to in Python; any other is called."""
MOST_SHAPES = 1000


@lru_cache(MOST_SHAPES)
def _maker(shape: tuple[tuple[str, str], ...]) -> Callable[..., Test]:
    """From what the conditions compare with to their test: one expression, written once for fields and operators that come again.

    Nothing of a question stands in it but names of fields, as literals of `repr`."""
    tests = [f"(x := values.get({field!r})) is not None and {INLINE.get(op, 'a{0}(x)').format(number)}" for number, (field, op) in enumerate(shape)]
    arguments = ", ".join(f"a{number}" for number in range(len(shape)))
    made: Callable[..., Test] = eval(f"lambda {arguments}: lambda values: {' and '.join(tests)}")  # noqa: S307 - our own text, see above
    return made


def _against(condition: Condition, contract: Contract) -> Any:
    """What a value is compared with: values, or a check to call."""
    values, op = condition.values, condition.op
    if op == "within":
        return values, tuple([area + "." for area in values])
    if op in INLINE:
        return values
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
