"""Sources that all come in the order of the key are read side by side, no further than the list needs; and several questions for one filter."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.test_sources_over_http import MORE, asked
from tests.fixtures.aid import Aid, row
from tests.fixtures.far_side import Asked, Said
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
BY_KEY = "[resource.sort]\nby_key = true"


def two(tmp_path: Path, stack: ExitStack, first: list[dict[str, Any]], second: list[dict[str, Any]], **words: Any) -> Aid:
    made = Aid(tmp_path, stack, more=MORE)
    made.source("disdukcapil.orang", first, push=BY_KEY, **words)
    made.source("dinsos.orang", second, push=BY_KEY, **words)
    made.town.client("bappeda-app", "bappeda")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
    made.town.agreement("PKS-2", "bappeda", "disdukcapil", "orang")
    return made


async def walked(asking: Asking, query: str) -> list[dict[str, Any]]:
    """Every page of a list."""
    pages = [await asked(asking, query)]
    while (following := pages[-1]["links"]["next"]) is not None:
        pages.append(await asked(asking, "?" + following.partition("?")[2]))
    return pages


@pytest.mark.parametrize("limit", [1, 4, 10, 17, 40])
async def test_a_walk_brings_every_key_once_and_what_each_source_knows_of_it(tmp_path: Path, limit: int) -> None:
    with ExitStack() as stack:
        first = [row(number, nm=f"SIAK {number}", umur=None) for number in range(1, 30) if number % 3]
        second = [row(number, nm=f"Bansos {number}", umur=number) for number in range(10, 40) if number % 2]
        made = two(tmp_path, stack, first, second, scan=12)
        async with made.town.open() as asking:
            pages = await walked(asking, f"?limit={limit}")
            records = [record for page in pages for record in page["data"]]
            known = sorted({one["id"] for one in first} | {one["id"] for one in second})
            assert [record["id"] for record in records] == known
            assert all(len(page["data"]) == limit for page in pages[:-1])
            assert all(page["meta"]["complete"] for page in pages)
            by_id = {record["id"]: record for record in records}
            assert (by_id["0011"]["nama"], by_id["0011"]["umur"]) == ("SIAK 11", 11)
            assert (by_id["0039"]["nama"], by_id["0002"]["umur"]) == ("Bansos 39", None)
            assert sum(page["meta"]["sources"][1]["records"] for page in pages) == len(second)


async def test_a_page_asks_no_more_of_its_sources_than_it_needs(tmp_path: Path) -> None:
    with ExitStack() as stack:
        rows = [row(number) for number in range(1, 200)]
        made = two(tmp_path, stack, rows, rows[50:])
        async with made.town.open() as asking:
            await asked(asking, "?limit=5")
            assert {name: len(side.asked) for name, side in made.sides.items()} == {"disdukcapil.orang": 1, "dinsos.orang": 1}


async def test_a_source_that_is_out_of_order_is_named_and_ends_its_part(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = two(tmp_path, stack, [row(number) for number in range(1, 6)], [row(2), row(9), row(4)])
        async with made.town.open() as asking:
            answer = await asked(asking)
            assert answer["meta"]["complete"] is False
            bad = answer["meta"]["sources"][1]
            assert (bad["status"], bad["reason"]) == ("bad_answer", "out_of_order")
            assert (await asking.get("/v1/orang", "bappeda-app", prefer="complete")).status_code == 502


async def test_a_source_that_fails_on_the_way_leaves_the_list_incomplete_to_its_end(tmp_path: Path) -> None:
    with ExitStack() as stack:
        rows = [row(number) for number in range(1, 31)]
        made = two(tmp_path, stack, rows, rows)
        side = made.sides["dinsos.orang"]
        good = side.answer
        side.answer = lambda one: Said({}, status=500) if one.params["halaman"] == "2" else good(one)
        async with made.town.open() as asking:
            pages = await walked(asking, "?limit=12")
            assert [len(page["data"]) for page in pages] == [12, 12, 6]
            assert [page["meta"]["complete"] for page in pages] == [False, False, False]
            assert pages[0]["meta"]["sources"][1]["reason"] == "status_500"


async def test_a_required_source_that_fails_at_once_fails_the_whole(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = two(tmp_path, stack, [row(1)], [row(2)])
        made.sides["disdukcapil.orang"].answer = lambda _: Said({}, status=500)
        async with made.town.open() as asking:
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 502


async def test_rows_that_moved_to_an_earlier_page_are_not_lost_silently(tmp_path: Path) -> None:
    with ExitStack() as stack:
        rows = [row(number) for number in range(1, 41)]
        made = two(tmp_path, stack, rows, [row(100)])
        async with made.town.open() as asking:
            following = (await asked(asking, "?limit=20"))["links"]["next"]
            del rows[:15]
            reply = await asking.get("/v1/orang?" + following.partition("?")[2], "bappeda-app")
            assert (reply.status_code, reply.json()["code"]) == (409, "conflict")


async def test_a_filter_is_tested_on_the_merged_record_and_bounded_by_scan(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = [row(number, nm="A" if number % 2 else None) for number in range(1, 30)]
        made = two(tmp_path, stack, first, [row(number, nm="A") for number in range(1, 30, 3)], scan=40)
        async with made.town.open() as asking:
            found = [record["id"] for page in await walked(asking, "?nama=A&limit=3") for record in page["data"]]
            assert found == [f"{number:04}" for number in range(1, 30) if number % 2 or number % 3 == 1]
            assert (await asked(asking, "?nama=Tidak+Ada"))["data"] == []
            first += [row(number, nm="B") for number in range(30, 90)]
            reply = await asking.get("/v1/orang?nama=Tidak+Ada", "bappeda-app")
            assert reply.status_code == 422


async def test_rejected_and_repeated_rows_are_counted_on_the_way(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = [row(1), row(1), row(2, nm=None), row(3), row(4, id="")]
        made = two(tmp_path, stack, first, [row(3)])
        async with made.town.open() as asking:
            meta = (await asked(asking))["meta"]
            assert [source["records"] for source in meta["sources"]] == [2, 1]
            assert meta["sources"][0]["rejected"] == 2
            assert meta["quality"]["uniqueness"] == round(2 / 3, 4)


async def test_a_list_ends_where_no_more_record_is_the_callers(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = two(tmp_path, stack, [row(1), row(2), row(3, nm=None)], [row(1)])
        async with made.town.open() as asking:
            assert (await asked(asking, "?limit=2"))["links"]["next"] is None


def batches(most: int, separator: str | None = None) -> str:
    joined = f', separator = "{separator}"' if separator else ""
    return f'id = {{ param = "cari", most = {most}{joined} }}'


@pytest.mark.parametrize(("push", "questions"), [(batches(1), 3), (batches(2, ","), 2), (batches(5, ","), 1)])
async def test_several_values_are_asked_in_batches(tmp_path: Path, push: str, questions: int) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        rows = [row(number) for number in range(1, 60)]
        side = made.source("dinsos.orang", rows, scan=10, push=push)

        def answer(one: Asked) -> Said:
            chosen = [found for found in rows if found["id"] in one.params["cari"].split(",")]
            return Said({"data": chosen if one.params["halaman"] == "1" else [], "total": len(chosen)})

        side.answer = answer
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang?id=0007&id=0041&id=0020", "dinsos-app")
            assert sorted(record["id"] for record in reply.json()["data"]) == ["0007", "0020", "0041"]
            assert len(side.asked) == questions


async def test_a_source_that_ignores_the_filter_gives_no_row_twice(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        rows = [row(number) for number in range(1, 9)]
        side = made.source("dinsos.orang", rows, push=batches(1))
        side.answer = lambda one: Said({"data": rows if one.params["halaman"] == "1" else [], "total": 8})
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            answer = (await asking.get("/v1/orang?id=0002&id=0003", "dinsos-app")).json()
            assert [record["id"] for record in answer["data"]] == ["0002", "0003"]
            assert answer["meta"]["quality"]["uniqueness"] == 1.0
