"""Whatever the style and the size of its pages: all rows come, and what went wrong is never called complete."""

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.pages import STYLES, Pages, gathered, ids, rows_of, style_of

every_style = pytest.mark.parametrize("style", list(STYLES))
CHAINED = ("cursor", "next_url", "link_header", "keyset")


@every_style
@given(count=st.integers(0, 40), size=st.integers(1, 12), counts=st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_row_comes_exactly_once(style: str, count: int, size: int, counts: bool) -> None:
    async def check() -> None:
        source = Pages(rows_of(count), style_of(style, size=size), counts)
        pages = await gathered(source)
        assert ids(pages) == list(range(count))
        assert [page.number for page in pages] == list(range(len(pages)))
        assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
        assert pages[-1].reason is None

    anyio.run(check)


@every_style
@given(
    count=st.integers(2, 40), size=st.integers(1, 12), counts=st.booleans(), at=st.integers(1, 6), what=st.sampled_from(["repeat", "drop", "fail"])
)
@settings(max_examples=60, deadline=None)
def test_a_list_that_went_wrong_in_the_middle_is_never_complete(style: str, count: int, size: int, counts: bool, at: int, what: str) -> None:
    async def check() -> None:
        whole = Pages(rows_of(count), style_of(style, size=size), counts or what == "drop")
        await gathered(whole)
        source = Pages(rows_of(count), whole.style, whole.counts, (at, what))
        pages = await gathered(source)
        found = ids(pages)
        assert found == list(range(count))[: len(found)]
        if at * size < count:
            assert pages[-1].reason is not None
        if pages[-1].reason is None:
            assert found == list(range(count))

    anyio.run(check)


@pytest.mark.parametrize("style", CHAINED)
@given(count=st.integers(1, 30), size=st.integers(1, 7), at=st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_a_walk_goes_on_where_the_token_of_a_page_says(style: str, count: int, size: int, at: int) -> None:
    async def check() -> None:
        source = Pages(rows_of(count), style_of(style, size=size))
        pages = await gathered(source)
        page = pages[at % len(pages)]
        again = await gathered(source, first=page.number, token=page.token)
        assert [one.rows for one in again] == [one.rows for one in pages[page.number :]]
        assert [one.token for one in again] == [one.token for one in pages[page.number :]]
        assert [one.number for one in again] == [one.number for one in pages[page.number :]]
        assert again[-1].reason is None

    anyio.run(check)


@every_style
@given(count=st.integers(0, 30), size=st.integers(1, 7), limit=st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_a_limit_asks_for_smaller_pages_only_where_no_other_page_moves(style: str, count: int, size: int, limit: int) -> None:
    async def check() -> None:
        source = Pages(rows_of(count), style_of(style, size=size))
        assert ids(await gathered(source, limit=limit)) == list(range(count))
        first = dict(source.asked[0])
        assert first["per"] == str(min(size, limit) if style in CHAINED else size)

    anyio.run(check)


@every_style
def test_a_list_that_never_ends_ends_at_max_pages(style: str) -> None:
    async def check() -> None:
        source = Pages(rows_of(50), style_of(style, size=2, max_pages=3))
        pages = await gathered(source)
        assert (ids(pages), pages[-1].reason, len(source.asked)) == (list(range(6)), "max_pages", 3)

    anyio.run(check)


@pytest.mark.parametrize("style", CHAINED)
def test_the_place_of_a_page_that_was_not_reached_is_told(style: str) -> None:
    async def check() -> None:
        for fault, limit in (((2, "fail"), 9), (None, 2)):
            source = Pages(rows_of(7), style_of(style, size=2, max_pages=limit), fault=fault)
            *_, broken = await gathered(source)
            assert broken.reason in ("status_500", "max_pages")
            assert ids(await gathered(Pages(rows_of(7), style_of(style, size=2)), first=2, token=broken.token)) == [4, 5, 6]

    anyio.run(check)
