"""One expression for all conditions says what each of them says alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapter.protocol import Condition
from app.contract.contract import Contract
from app.exchange.filter import compiled
from tests.fixtures.lists import LISTS
from tests.fixtures.odcs import GOOD, contract

NAMES = ["a", "'); raise SystemExit  #", "{0}"]
VALUES = ["12", "12.7", "12.70", "127", "'"]
OPS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, asked: value in asked,
    "ne": lambda value, asked: value not in asked,
    "within": lambda value, asked: any(value == area or value.startswith(area + ".") for area in asked),
    "startswith": lambda value, asked: value.startswith(asked),
    "contains": lambda value, asked: any(piece in value for piece in asked),
    "gt": lambda value, asked: value > asked[0],
    "lte": lambda value, asked: value <= asked[0],
}
some = st.sampled_from(VALUES)
condition = st.builds(Condition, st.sampled_from(NAMES), st.sampled_from([*OPS]), st.lists(some, min_size=1, max_size=2).map(tuple))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    found = contract(tmp_path_factory.mktemp("contract"), GOOD)
    return replace(found, properties={name: replace(found.properties["wilayah"], name=name) for name in NAMES})


@given(conditions=st.lists(condition, max_size=4), record=st.dictionaries(st.sampled_from(NAMES), st.none() | some))
def test_conditions_hold_together_as_they_hold_alone(whole: Contract, conditions: list[Condition], record: dict[str, Any]) -> None:
    test = compiled(conditions, whole, LISTS.regions)
    assert (test is None) == (not conditions)
    holds = [record.get(one.field) is not None and OPS[one.op](record[one.field], one.values) for one in conditions]
    assert test is None or bool(test(record)) == all(holds)
