"""Walking a list page by page."""

from typing import Any

import pytest

from app.adapter.manifest import PageStyle
from app.adapter.paging import Params, Sheet, walk
from app.adapter.protocol import Page
from app.errors import BadAnswer, Throttled, Unreachable
from tests.fixtures.raw_side import fails


class Source:
    """A source of `count` rows that gives `size` at a time; `asked` remembers the parameters."""

    def __init__(self, sheets: list[Any]) -> None:
        self.sheets, self.asked = sheets, []

    async def __call__(self, params: Params) -> Sheet:
        self.asked.append(dict(params))
        sheet = self.sheets[len(self.asked) - 1] if len(self.asked) <= len(self.sheets) else []
        if isinstance(sheet, Exception):
            raise sheet
        return sheet if isinstance(sheet, Sheet) else Sheet(sheet)


def some(*numbers: int) -> list[dict[str, int]]:
    return [{"id": number} for number in numbers]


async def walked(source: Source, first: int = 0, **style: Any) -> list[Page]:
    return [page async for page in walk(PageStyle.model_validate(style), source, first=first)]


def seen(pages: list[Page]) -> list[int]:
    return [row["id"] for page in pages for row in page.rows]


@pytest.mark.anyio
async def test_a_list_without_pages_is_one_page() -> None:
    source = Source([some(1, 2)])
    assert await walked(source) == [Page(some(1, 2), 0, last=True)]
    assert source.asked == [{}]


@pytest.mark.anyio
async def test_a_list_without_pages_that_is_short_of_its_total_says_so() -> None:
    (page,) = await walked(Source([Sheet(some(1, 2), 3)]))
    assert (page.total, page.reason) == (3, "short_of_total")


@pytest.mark.anyio
async def test_a_source_that_caps_its_pages_is_read_to_its_real_end() -> None:
    source = Source([some(1, 2), some(3, 4), some(5), []])
    pages = await walked(source, style="page", size=100, size_param="per")
    assert seen(pages) == [1, 2, 3, 4, 5]
    assert pages[-1].reason is None


@pytest.mark.anyio
async def test_the_same_page_again_after_a_short_one_is_the_end() -> None:
    pages = await walked(Source([some(1, 2), some(3), some(3)]), style="page", size=2)
    assert (seen(pages), pages[-1].reason) == ([1, 2, 3], None)
    pages = await walked(Source([some(1, 2), some(1, 2)]), style="page", size=2)
    assert (seen(pages), pages[-1].reason) == ([1, 2], "repeated_page")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("sheets", "reason"),
    [
        ([some(1, 2), some(3, 4), some(3, 4)], "repeated_page"),
        ([some(1, 2), some(3), some(1, 2)], "repeated_page"),
        ([some(1, 2), some(3), some(3)], None),
    ],
)
async def test_a_page_of_a_source_that_caps_is_short_only_beside_those_before_it(sheets: list[Any], reason: str | None) -> None:
    pages = await walked(Source(sheets), style="page", size=100)
    assert pages[-1].reason == reason


@pytest.mark.anyio
async def test_pages_are_numbered_and_an_empty_one_is_the_last() -> None:
    source = Source([some(1, 2), some(3, 4), some(5), []])
    pages = await walked(source, style="page", param="halaman", size=2, size_param="per_page")
    assert seen(pages) == [1, 2, 3, 4, 5]
    assert [(page.number, page.last, page.reason) for page in pages] == [(0, False, None), (1, False, None), (2, False, None), (3, True, None)]
    assert source.asked == [{"halaman": str(number), "per_page": "2"} for number in (1, 2, 3, 4)]


@pytest.mark.anyio
async def test_an_offset_grows_by_the_size() -> None:
    source = Source([some(1, 2), some(3, 4), []])
    pages = await walked(source, style="offset", start=0, size=2)
    assert seen(pages) == [1, 2, 3, 4]
    assert source.asked == [{"offset": "0"}, {"offset": "2"}, {"offset": "4"}]


@pytest.mark.anyio
async def test_an_offset_without_a_size_grows_by_the_rows_that_came() -> None:
    source = Source([some(1, 2, 3), some(4), []])
    assert seen(await walked(source, style="offset", start=1)) == [1, 2, 3, 4]
    assert source.asked == [{"offset": "1"}, {"offset": "4"}, {"offset": "5"}]


@pytest.mark.anyio
async def test_counting_begins_where_the_source_begins() -> None:
    source = Source([some(1), []])
    await walked(source, style="page", start=0)
    assert source.asked == [{"page": "0"}, {"page": "1"}]


@pytest.mark.anyio
async def test_the_walk_ends_where_the_total_is_reached() -> None:
    source = Source([Sheet(some(1, 2), 4), Sheet(some(3, 4), 4)])
    pages = await walked(source, style="page", size=2)
    assert [(page.last, page.total, page.reason) for page in pages] == [(False, 4, None), (True, 4, None)]
    assert len(source.asked) == 2


@pytest.mark.anyio
async def test_a_short_page_before_the_total_is_not_the_end() -> None:
    source = Source([Sheet(some(1), 3), Sheet(some(2), 3), Sheet(some(3), 3)])
    pages = await walked(source, style="page", size=2)
    assert seen(pages) == [1, 2, 3]
    assert pages[-1].reason is None


@pytest.mark.anyio
async def test_an_end_before_the_total_says_so() -> None:
    pages = await walked(Source([Sheet(some(1, 2), 5), Sheet([], 5)]), style="page", size=2)
    assert seen(pages) == [1, 2]
    assert pages[-1].reason == "short_of_total"


@pytest.mark.anyio
@pytest.mark.parametrize("style", ["none", "page", "offset"])
async def test_an_empty_first_page_is_a_whole_list(style: str) -> None:
    source = Source([[]])
    assert await walked(source, style=style) == [Page([], 0, last=True)]
    assert len(source.asked) == 1


@pytest.mark.anyio
async def test_a_page_seen_before_ends_the_walk_and_gives_no_row_twice() -> None:
    source = Source([some(1, 2)] * 9)
    pages = await walked(source, style="page", size=2)
    assert seen(pages) == [1, 2]
    assert pages[-1] == Page([], 1, last=True, reason="repeated_page")
    assert len(source.asked) == 2


@pytest.mark.anyio
async def test_a_page_seen_before_is_noticed_after_others() -> None:
    pages = await walked(Source([some(1), some(2), some(1)]), style="page")
    assert (seen(pages), pages[-1].reason) == ([1, 2], "repeated_page")


@pytest.mark.anyio
async def test_more_than_max_pages_is_not_complete() -> None:
    source = Source([some(number) for number in range(9)])
    pages = await walked(source, style="page", max_pages=3)
    assert (seen(pages), pages[-1].last, pages[-1].reason) == ([0, 1, 2], True, "max_pages")
    assert len(source.asked) == 3


@pytest.mark.anyio
async def test_exactly_max_pages_is_complete() -> None:
    pages = await walked(Source([some(1, 2), some(3), []]), style="page", size=2, max_pages=3)
    assert (seen(pages), pages[-1].reason) == ([1, 2, 3], None)


@pytest.mark.anyio
async def test_a_failure_on_the_third_page_ends_the_walk_with_its_word() -> None:
    pages = await walked(Source([some(1), some(2), Throttled("status_429")]), style="page")
    assert seen(pages) == [1, 2]
    assert pages[-1] == Page([], 2, last=True, reason="status_429")


@pytest.mark.anyio
@pytest.mark.parametrize("first", [0, 5])
async def test_a_failure_on_the_first_page_asked_is_raised(first: int) -> None:
    with fails(Unreachable, "timeout"):
        await walked(Source([Unreachable("timeout")]), first=first, style="page")


@pytest.mark.anyio
async def test_a_walk_may_begin_at_a_later_page() -> None:
    source = Source([Sheet(some(5, 6), 7), Sheet(some(7), 7)])
    pages = await walked(source, first=2, style="page", size=2)
    assert [(page.number, page.last, page.reason) for page in pages] == [(2, False, None), (3, True, None)]
    assert source.asked == [{"page": "3"}, {"page": "4"}]
    source = Source([some(5), []])
    await walked(source, first=2, style="offset", size=2)
    assert source.asked == [{"offset": "4"}, {"offset": "5"}]


@pytest.mark.anyio
async def test_an_offset_without_a_size_is_walked_from_its_start() -> None:
    source = Source([some(1, 2, 3), some(4), []])
    pages = await walked(source, first=1, style="offset")
    assert [(page.number, page.rows) for page in pages] == [(0, some(1, 2, 3)), (1, some(4)), (2, [])]
    assert source.asked == [{"offset": "0"}, {"offset": "3"}, {"offset": "4"}]


@pytest.mark.anyio
@pytest.mark.parametrize("total", [7, 9])
async def test_a_walk_begun_later_does_not_take_a_capped_page_for_proof_that_the_total_is_reached(total: int) -> None:
    source = Source([Sheet(some(3), total), Sheet(some(4), total), Sheet(some(5), total), Sheet([], total)])
    pages = await walked(source, first=2, style="page", size=4)
    assert seen(pages) == [3, 4, 5]
    assert pages[-1].reason is None


@pytest.mark.anyio
async def test_a_walk_begun_later_that_cannot_have_reached_the_total_says_so() -> None:
    pages = await walked(Source([Sheet(some(9), 12), Sheet([], 12)]), first=2, style="page", size=4)
    assert (seen(pages), pages[-1].reason) == ([9], "short_of_total")


@pytest.mark.anyio
@pytest.mark.parametrize("after", [BadAnswer("status_404"), Sheet(some(9), 9), Sheet([], 9)])
async def test_a_walk_begun_at_the_last_page_is_complete_however_the_source_says_that_nothing_follows(after: Any) -> None:
    source = Source([Sheet(some(9), 9), after])
    pages = await walked(source, first=2, style="page", size=4)
    assert (seen(pages), pages[-1].reason) == ([9], None)


@pytest.mark.anyio
async def test_the_next_page_is_asked_for_only_when_it_is_wanted() -> None:
    source = Source([some(1), some(2)])
    walker = walk(PageStyle.model_validate({"style": "page"}), source)
    await anext(walker)
    await walker.aclose()
    assert len(source.asked) == 1
