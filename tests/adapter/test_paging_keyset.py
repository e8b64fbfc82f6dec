"""Pages that begin behind a row."""

from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapter.manifest import PageStyle
from app.adapter.paging import Params, Sheet, walk
from app.adapter.paging.keyset import keyset_params
from app.adapter.protocol import Page
from app.errors import BadAnswer
from tests.fixtures.pages import Pages, gathered, ids, key_token, rows_of, style_of
from tests.fixtures.raw_side import fails

pytestmark = pytest.mark.anyio


async def walked(sheets: list[Any], *, token: str | None = None, **words: Any) -> tuple[list[Page], list[Params]]:
    asked: list[Params] = []

    async def ask(params: Params) -> Sheet:
        asked.append(params)
        sheet = sheets[len(asked) - 1] if len(asked) <= len(sheets) else []
        return sheet if isinstance(sheet, Sheet) else Sheet(sheet)

    style = PageStyle.model_validate({"style": "keyset", "by": "id", **words})
    return [page async for page in walk(style, ask, token=token)], asked


def some(*values: Any) -> list[dict[str, Any]]:
    return [{"id": value} for value in values]


async def test_each_page_begins_behind_the_last_row_of_the_one_before() -> None:
    pages, asked = await walked([some("01", "02"), some("03"), []], param="setelah", size=2, size_param="n")
    assert asked == [[("n", "2")], [("setelah", "02"), ("n", "2")], [("setelah", "03"), ("n", "2")]]
    assert [page.token for page in pages] == [None, '["02"]', '["03"]']
    assert [(len(page.rows), page.last, page.reason) for page in pages] == [(2, False, None), (1, False, None), (0, True, None)]


async def test_a_column_may_lie_deeper_and_several_may_be_told_apart_by_more_than_one() -> None:
    rows = [{"a": {"tgl": "2026-01-01"}, "no": number} for number in (1, 2)]
    _, asked = await walked([rows, []], by=["a.tgl", "no"], param="t, n")
    assert asked[1] == [("t", "2026-01-01"), ("n", "2")]


def test_a_parameter_bears_the_name_of_its_column_where_none_is_named() -> None:
    assert keyset_params(style_of("keyset", param=None)) == ("kelompok", "id")
    assert keyset_params(style_of("keyset", param="a ,b")) == ("a", "b")


@given(count=st.integers(1, 30), size=st.integers(1, 7), at=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_reading_goes_on_right_behind_any_row(count: int, size: int, at: int) -> None:
    async def check() -> None:
        source = Pages(rows_of(count), style_of("keyset", size=size))
        row = at % count
        page = next(page for page in await gathered(source) if row in ids([page]))
        assert page.after is not None
        token = page.after(ids([page]).index(row))
        assert token == key_token(source.rows[row])
        again = await gathered(source, first=page.number, token=token)
        assert ids(again) == list(range(row + 1, count))
        assert again[-1].reason is None

    anyio.run(check)


async def test_a_source_that_was_told_a_key_may_count_only_what_is_left() -> None:
    pages, _ = await walked([Sheet(some(1, 2, 3), 7), Sheet(some(4, 5, 6), 4), Sheet(some(7), 1)])
    assert ([len(page.rows) for page in pages], pages[-1].reason) == ([3, 3, 1], None)
    pages, _ = await walked([Sheet(some(1, 2, 3), 7), Sheet(some(4, 5, 6), 4), Sheet([], 1)])
    assert pages[-1].reason == "short_of_total"


@pytest.mark.parametrize("rows", [[{"id": 1}, {}], some(1, None), some(1, True), some(1, ""), some(1, {}), some(1, "x" * 5000)])
async def test_a_row_without_a_key_ends_the_reading_and_is_kept(rows: list[Any]) -> None:
    (page,), _ = await walked([rows])
    assert (page.rows, page.reason, page.after) == (rows, "bad_next", None)
    (page,), _ = await walked([Sheet(rows, 2)])
    assert page.reason is None, "the total is reached: nothing needs to be asked behind these rows"


async def test_rows_that_the_columns_do_not_tell_apart_are_noticed() -> None:
    (page,), _ = await walked([some(1, 2, 2)])
    assert (len(page.rows), page.reason) == (3, "tied_rows")


async def test_a_source_that_gives_the_row_again_at_which_we_stood_is_noticed() -> None:
    pages, _ = await walked([Sheet(some(1, 2), 4), Sheet(some(2, 3), 4)])
    assert [(len(page.rows), page.reason) for page in pages] == [(2, None), (2, "tied_rows")]


async def test_a_source_that_does_not_heed_the_parameter_repeats_its_first_page() -> None:
    pages, _ = await walked([some(1, 2), some(1, 2)])
    assert (len(pages[-1].rows), pages[-1].reason) == (0, "repeated_page")


async def test_a_source_that_turns_back_is_noticed() -> None:
    pages, _ = await walked([some(1, 4), some(2, 3), some(5, 4)])
    assert pages[-1].reason == "repeated_next"


@pytest.mark.parametrize("token", ["x", "{}", "[]", "[1,2]", "[null]", "[true]", '[""]', "[[1]]"])
async def test_a_token_of_another_walk_is_none(token: str) -> None:
    with fails(BadAnswer, "bad_token"):
        await walked([some(1)], token=token)
