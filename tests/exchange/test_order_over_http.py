"""Sorted lists, and lists whose source moves under the cursor: no record twice, none lost without being told."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.reading import read
from app.errors import Conflict
from app.exchange.order import Order, Rank
from tests.fixtures.aid import Aid, row
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio


def aid(tmp_path: Path, stack: ExitStack, *sources: list[dict[str, Any]], **words: Any) -> Aid:
    made = Aid(tmp_path, stack)
    for provider, rows in zip(("dinsos", "disdukcapil"), sources, strict=False):
        made.source(f"{provider}.orang", rows, **words)
        made.town.agreement(f"PKS-{provider}", "bappeda", provider, "orang")
    made.town.client("bappeda-app", "bappeda")
    return made


async def walked(asking: Asking, path: str) -> tuple[list[str], int]:
    """The ids that were given, and the status of the last answer."""
    seen: list[str] = []
    url: str | None = path
    while url:
        reply = await asking.get(url.removeprefix("http://titian.test"), "bappeda-app")
        if reply.status_code != 200:
            return seen, reply.status_code
        seen += [record["id"] for record in reply.json()["data"]]
        url = reply.json()["links"]["next"]
    return seen, 200


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        ("nama", ["0001", "0003", "0002", "0004", "0005"]),
        ("-nama", ["0005", "0004", "0002", "0001", "0003"]),
        ("-umur,nama", ["0001", "0003", "0005", "0002", "0004"]),
        ("lahir,-id", ["0004", "0005", "0003", "0002", "0001"]),
        ("-id,nama", ["0005", "0004", "0003", "0002", "0001"]),
    ],
)
@pytest.mark.parametrize("several", [False, True])
async def test_a_list_is_sorted_and_what_has_no_value_comes_last(tmp_path: Path, sort: str, wanted: list[str], several: bool) -> None:
    rows = [
        row(1, nm="Ani", umur=9),
        row(2, nm="Budi", umur=None),
        row(3, nm="Ani", umur=7),
        row(4, nm="Citra", umur=None, lahir="02/01/1980"),
        row(5, nm="Dedi", umur=5, lahir="01/01/1985"),
    ]
    with ExitStack() as stack:
        sources = [rows[:3], rows[3:]] if several else [rows]
        async with aid(tmp_path, stack, *sources).town.open() as asking:
            assert await walked(asking, f"/v1/orang?sort={sort}") == (wanted, 200)
            assert await walked(asking, f"/v1/orang?sort={sort}&limit=2") == (wanted, 200)


async def test_a_sort_reads_the_whole_list_and_past_scan_says_so(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack, [row(number) for number in range(30)], scan=20).town.open() as asking:
            reply = await asking.get("/v1/orang?sort=umur", "bappeda-app")
            assert (reply.status_code, reply.json()["code"]) == (422, "unprocessable")
            assert (await asking.get("/v1/orang?limit=5", "bappeda-app")).status_code == 200


async def test_what_may_not_be_seen_may_not_be_sorted_by(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1)])
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "nama"]')
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang?sort=nama,umur", "bappeda-app")
            assert (reply.status_code, reply.json()["errors"][0]["parameter"]) == (403, "umur")


MOVES = {
    "the first row is deleted": lambda rows: rows[1:],
    "a row is put in front": lambda rows: [row(99), *rows],
    "two rows change places": lambda rows: [rows[7], *rows[1:7], rows[0], *rows[8:]],
    "everything is reversed": lambda rows: rows[::-1],
    "nearly everything is deleted": lambda rows: rows[:2],
    "nothing is left": lambda _rows: [],
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("query", ["limit=5", "limit=5&sort=nama"])
async def test_a_source_that_moves_under_the_cursor_is_told(tmp_path: Path, move: str, query: str) -> None:
    rows = [row(number, nm=f"Orang {number:02}") for number in range(1, 13)]
    with ExitStack() as stack:
        made = aid(tmp_path, stack, rows)
        async with made.town.open() as asking:
            first = (await asking.get(f"/v1/orang?{query}", "bappeda-app")).json()
            rows[:] = MOVES[move](list(rows))
            if "sort" in query:
                # Sorted here: a new order of the source alone is harmless, another name is not.
                for number, one in enumerate(rows):
                    one["nm"] = f"Lain {number:02}" if move != "the first row is deleted" else one["nm"]
            reply = await asking.get(first["links"]["next"].removeprefix("http://titian.test"), "bappeda-app")
            if reply.status_code == 200:
                given = [record["id"] for record in [*first["data"], *reply.json()["data"]]]
                assert len(given) == len(set(given))
                assert move == "two rows change places"
            else:
                assert (reply.status_code, reply.json()["code"]) == (409, "conflict")


async def test_what_is_added_at_the_end_is_simply_read(tmp_path: Path) -> None:
    rows = [row(number) for number in range(1, 8)]
    with ExitStack() as stack:
        made = aid(tmp_path, stack, rows)
        async with made.town.open() as asking:
            first = (await asking.get("/v1/orang?limit=5", "bappeda-app")).json()
            rows.append(row(8))
            seen, status = await walked(asking, first["links"]["next"])
            assert (seen, status) == (["0006", "0007", "0008"], 200)


async def test_a_list_of_several_sources_goes_on_after_its_key_whatever_came_or_went(tmp_path: Path) -> None:
    rows = [row(number) for number in range(1, 12)]
    with ExitStack() as stack:
        made = aid(tmp_path, stack, rows, [row(20)])
        async with made.town.open() as asking:
            first = (await asking.get("/v1/orang?limit=5", "bappeda-app")).json()
            rows[:] = [row(0), *reversed(rows[1:])]
            seen, _ = await walked(asking, first["links"]["next"])
            assert seen == [f"{number:04}" for number in (6, 7, 8, 9, 10, 11, 20)]


CONTRACT = read(Path(__file__).resolve().parents[2] / "cities" / "tebing-tinggi" / "contracts" / "bantuan.odcs.yaml")
RECORDS = st.dictionaries(
    st.tuples(st.text("abc", min_size=1, max_size=3)),
    st.fixed_dictionaries({"nilai": st.one_of(st.none(), st.integers(0, 3)), "tahap": st.one_of(st.none(), st.integers(0, 2))}),
)


@given(RECORDS, st.sampled_from([(), (("nilai", True),), (("tahap", False), ("nilai", True))]), st.integers(1, 4))
def test_pages_of_any_order_are_the_whole_list(records: Any, sort: Any, limit: int) -> None:
    order = Order(CONTRACT, sort, Rank(lambda key: key))
    keys, given_, place = order.ranked(records), [], None
    assert sorted(keys) == sorted(records)
    for _ in range(len(keys) + 1):
        start = order.begin(keys, place)
        page = keys[start : start + limit]
        given_ += page
        place = order.place(keys, start + len(page)) if page else None
        if place is None:
            break
    assert given_ == keys


@given(RECORDS.filter(lambda records: len(records) > 2))
def test_a_sorted_place_is_gone_once_anything_before_it_moved(records: Any) -> None:
    order = Order(CONTRACT, (("nilai", True),), Rank(lambda key: key))
    keys = order.ranked(records)
    place = order.place(keys, 2)
    assert order.begin(keys, place) == 2
    with pytest.raises(Conflict):
        order.begin([keys[1], keys[0], *keys[2:]], place)
    with pytest.raises(Conflict):
        order.begin(keys[1:], place)
