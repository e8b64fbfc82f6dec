"""Rows that are taken together are those that would have been taken one by one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapter.source import Source
from app.exchange.call import Part, Permit, Rejected, Row, View
from app.exchange.collect import Collected, Layout
from app.exchange.part import take, take_all
from tests.fixtures.odcs import GOOD, contract

NOBODY: Any = None
"""Nothing is asked here."""
ROWS = st.builds(
    lambda number, nilai, whole: Row((str(number),), {"kode": str(number), "nilai": nilai}, (), {}) if whole else Rejected({"nilai": nilai}, ()),
    st.integers(0, 40),
    st.sampled_from([1, 1, 1, 2, None]),
    st.sampled_from([True] * 9 + [False]),
)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return Layout.of(contract(tmp_path_factory.mktemp("contract"), GOOD), frozenset({"kode", "nilai"}))


def part_of(number: int) -> Part:
    view = View("PKS-1", frozenset({"kode", "nilai"}), rows=lambda values: values["nilai"] != 2)
    return Part(Permit(Source("a.b", "a", "uji-coba", NOBODY, NOBODY), (view,) * number, view.fields))


@given(rows=st.lists(ROWS, max_size=12), views=st.integers(1, 2))
def test_rows_are_taken_together_as_they_are_one_by_one(layout: Layout, rows: list[Any], views: int) -> None:
    told: list[object] = []
    apart, together = part_of(views), part_of(views)
    one, many = (Collected(layout, lambda *finding: told.append(finding)) for _ in range(2))
    taken = sum(take(row, apart, None, one.judge) for row in rows)
    before = len(told)
    found = take_all(rows, together, None, many.judge_all)
    special = views > 1 or len(apart.rejected) or one.tally.duplicates
    assert (found is None) == bool(special)
    assert (together.rows, together.rejected) == (([], []) if special else (apart.rows, []))
    assert (found or 0, len(told)) == (0 if special else taken, before)
    # What was taken together is known when one of it comes again.
    assert special or not any(take(row, together, None, many.judge) for row in rows)
    one.fill(apart)
    assert one.records == [{name: row.values[name] for name in layout.order} for row in apart.rows]
