"""Filters and orders in SQL mean exactly what they mean in `app/exchange`: random conditions on random records, on both databases."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapter.protocol import Condition
from app.contract.operator import BOUNDS, OPERATORS, fits
from app.contract.region import Regions
from app.exchange.filter import compiled
from app.exchange.order import Order, Rank
from app.store.form import Judged
from tests.fixtures.shelf import Shelved

TEXTS = ["a", "A", "ab", "a%", "a_", "ä", "z", "zz", "a b", "é", "퟿", "￿", "\U0010ffff", "\U0010ffff\U0010ffff", "\U0001f600a", "'", '"', "?", "\\"]
POOLS: dict[str, list[Any]] = {
    "id": [f"B{number}" for number in range(12)],
    "urutan": [0, 1, 2, 9, 10, 11, 100, -1, -10],
    "nama": TEXTS,
    "nik": ["1276010101909001", "1276010101909002"],
    "jumlah": [0, 1, -1, 2**63 - 1, -(2**63), 2**53, 2**53 + 1],
    "berat": [0, 0.0, 1, 1.0, 0.1, 0.1 + 0.2, 0.3, 1e-300, 1e300, -1e18, 2**53 + 1, float(2**53), 5e-324, -0.5],
    "aktif": [True, False],
    "lahir": ["1900-01-01", "1999-12-31", "2000-01-01"],
    "diubah": ["2026-01-01T00:00:00+00:00", "2026-01-01T07:00:00+07:00", "2026-01-01T00:00:00.5+00:00", "1899-12-31T23:00:00+07:07",
               "0001-01-01T00:00:00+00:00"],
    "kode_wilayah": ["12", "12.7", "12.76", "12.76.01", "12.76.01.1001", "12.77", "127"],
    "status": ["baik", "rusak"],
}  # fmt: skip
FAR = [2**70, -(2**70), 10**400]
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def records() -> list[dict[str, Any]]:
    chance = random.Random(5)
    keys = [(name, number) for name in POOLS["id"] for number in POOLS["urutan"]]
    chance.shuffle(keys)
    return [
        {
            "id": name,
            "urutan": number,
            **{field: chance.choice([None, *pool, *pool]) for field, pool in POOLS.items() if field not in ("id", "urutan")},
            "label": [name, None, 1.5],
        }
        for name, number in keys
    ]


RECORDS = records()


@pytest.fixture
def shelved(tmp_path: Path, address: str) -> Iterator[Shelved]:
    made = Shelved(tmp_path, address)
    asyncio.run(made.put([Judged(record, (), False) for record in RECORDS]))
    yield made
    made.database.close()


@st.composite
def conditions(draw: st.DrawFn) -> tuple[Condition, ...]:
    found = []
    for field in draw(st.lists(st.sampled_from(sorted(POOLS)), min_size=1, max_size=2)):
        op = draw(st.sampled_from(sorted(set(OPERATORS.values()))))
        several = 1 if op in BOUNDS else 3
        pool = st.sampled_from([*POOLS[field], *(FAR if field in ("jumlah", "berat") else [])])
        found.append(Condition(field, op, tuple(draw(st.lists(pool, min_size=1, max_size=several)))))
    return tuple(found)


def test_every_operator_finds_what_the_exchange_finds(shelved: Shelved) -> None:
    properties = shelved.contract.properties

    @quick
    @given(conditions())
    def check(wanted: tuple[Condition, ...]) -> None:
        meant = tuple(one for one in wanted if fits(properties[one.field], one.op))
        holds = compiled(meant, shelved.contract, Regions({}, {})) or (lambda _values: True)
        expected = [number for number, record in enumerate(RECORDS, start=1) if holds(record)]
        assert asyncio.run(shelved.ordinals(meant)) == expected

    check()


def test_every_order_is_that_of_the_exchange_and_goes_on_after_any_row(shelved: Shelved) -> None:
    by_key = {(record["id"], str(record["urutan"])): number for number, record in enumerate(RECORDS, start=1)}
    kept = {key: RECORDS[number - 1] for key, number in by_key.items()}
    sorts = st.lists(st.tuples(st.sampled_from(sorted(POOLS)), st.booleans()), max_size=3, unique_by=lambda one: one[0])

    @settings(quick, max_examples=25)
    @given(sorts, st.integers(0, len(RECORDS) - 1))
    def check(wanted: list[tuple[str, bool]], begin: int) -> None:
        expected = [by_key[key] for key in Order(shelved.contract, tuple(wanted), Rank(lambda key: key)).ranked(kept)]
        sort = shelved.lens.sort(tuple(wanted))
        (page,) = asyncio.run(shelved.asked(sort=sort))
        assert [row[0] for row in page.rows] == expected
        assert page.after is not None
        assert asyncio.run(shelved.ordinals(sort=sort, token=page.after(begin))) == expected[begin + 1 :]
        assert asyncio.run(shelved.ordinals(sort=sort, token=page.token)) == expected

    check()


def test_masked_keys_are_ordered_by_a_number_that_tells_nothing_of_them(shelved: Shelved) -> None:
    times, more = 1_234_567_891, 987_654_321
    sort = shelved.lens.sort(((f"~{times},{more}", False),))
    pages = asyncio.run(shelved.asked(sort=sort))
    form = shelved.shelf.form
    keys = {number: form.key(record) for number, record in enumerate(RECORDS, start=1)}
    expected = sorted(keys, key=lambda number: ((form.spread(keys[number]) * times + more) % 2_147_483_647, keys[number]))
    assert [row[0] for page in pages for row in page.rows] == expected
    assert pages[0].after is not None
    assert asyncio.run(shelved.ordinals(sort=sort, token=pages[0].after(40))) == expected[41:]


def test_a_record_comes_back_as_it_was_to_the_type_of_every_value(shelved: Shelved) -> None:
    (page,) = asyncio.run(shelved.asked())
    for row, record in zip(page.rows, RECORDS, strict=True):
        shaped = shelved.lens.shape(row)
        assert shaped.values == record
        assert {name: type(value) for name, value in shaped.values.items()} == {name: type(record[name]) for name in shaped.values}
        assert shaped.key == (record["id"], str(record["urutan"]))
