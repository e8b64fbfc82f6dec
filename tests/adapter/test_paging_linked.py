"""Pages that say what the next is asked with."""

from typing import Any

import pytest

from app.adapter.paging import Sheet, walk
from app.adapter.protocol import Page
from app.errors import BadAnswer, Unreachable
from tests.fixtures.pages import style_of
from tests.fixtures.raw_side import fails

pytestmark = pytest.mark.anyio


def some(*numbers: int) -> list[dict[str, int]]:
    return [{"id": number} for number in numbers]


async def walked(sheets: list[Any], *, style: str = "cursor", first: int = 0, token: str | None = None, **words: Any) -> tuple[list[Page], list[Any]]:
    asked: list[Any] = []

    async def ask(wanted: Any) -> Sheet:
        asked.append(dict(wanted) if isinstance(wanted, list) else wanted)
        sheet = sheets[len(asked) - 1]
        if isinstance(sheet, Exception):
            raise sheet
        return sheet

    return [page async for page in walk(style_of(style, **words), ask, follow=ask, first=first, token=token)], asked


async def test_a_cursor_goes_back_as_it_came() -> None:
    pages, asked = await walked([Sheet(some(1), next="a&b=é"), Sheet(some(2), next="")], size=1)
    assert asked == [{"per": "1"}, {"c": "a&b=é", "per": "1"}]
    assert [(page.number, page.token, page.last, page.reason) for page in pages] == [(0, None, False, None), (1, "a&b=é", True, None)]


async def test_an_address_is_asked_as_it_was_told() -> None:
    pages, asked = await walked([Sheet(some(1), next="/warga?s=2"), Sheet(some(2), next="")], style="next_url", size=1)
    assert asked == [{"per": "1"}, "/warga?s=2"]
    assert [page.token for page in pages] == [None, "/warga?s=2"]


async def test_an_empty_page_that_says_what_follows_is_not_the_end() -> None:
    pages, _ = await walked([Sheet([], next="a"), Sheet([], next="b"), Sheet(some(1), next="c"), Sheet([], next="")])
    assert [len(page.rows) for page in pages] == [0, 0, 1, 0]
    assert pages[-1].reason is None


async def test_empty_pages_without_end_end_at_max_pages() -> None:
    pages, asked = await walked([Sheet([], next=f"c{number}") for number in range(99)], max_pages=5)
    assert (pages[-1].reason, len(asked)) == ("max_pages", 5)


@pytest.mark.parametrize("following", [["a", "a"], ["a", "b", "a"]])
async def test_a_cursor_that_comes_again_keeps_the_rows_and_ends_the_reading(following: list[str]) -> None:
    pages, asked = await walked([Sheet(some(number), next=one) for number, one in enumerate(following)])
    assert [row["id"] for page in pages for row in page.rows] == list(range(len(following)))
    assert (pages[-1].last, pages[-1].reason, len(asked)) == (True, "repeated_next", len(following))


async def test_rows_that_came_before_under_a_new_cursor_are_a_repeated_page() -> None:
    pages, _ = await walked([Sheet(some(1), next="a"), Sheet(some(2), next="b"), Sheet(some(1), next="c")])
    assert (len(pages), pages[-1].rows, pages[-1].reason, pages[-1].token) == (3, [], "repeated_page", "b")


async def test_an_end_before_the_total_of_the_first_page_says_so() -> None:
    pages, _ = await walked([Sheet(some(1, 2), 4, "a"), Sheet(some(3), 1, "")])
    assert [page.total for page in pages] == [4, 4]
    assert pages[-1].reason == "short_of_total"


async def test_a_page_that_says_what_follows_is_not_the_last_whatever_the_total_says() -> None:
    pages, _ = await walked([Sheet(some(1, 2), 2, "a"), Sheet(some(3), 2, "")])
    assert [len(page.rows) for page in pages] == [2, 1]
    assert pages[-1].reason is None


@pytest.mark.parametrize(
    ("sheet", "reason"),
    [
        (Sheet(some(1, 2)), "no_next"),
        (Sheet(some(1, 2, 3)), "no_next"),
        (Sheet(some(1)), None),
        (Sheet([]), None),
        (Sheet(some(1, 2), next=""), None),
        (Sheet(some(1, 2), 2), None),
        (Sheet(some(1, 2), 3), "short_of_total"),
    ],
)
async def test_a_full_first_page_that_does_not_say_whether_anything_follows_is_not_taken_for_all(sheet: Sheet, reason: str | None) -> None:
    (page,), _ = await walked([sheet], size=2)
    assert (page.rows, page.last, page.reason) == (sheet.rows, True, reason)


async def test_a_later_page_that_says_nothing_is_the_last() -> None:
    pages, _ = await walked([Sheet(some(1, 2), next="a"), Sheet(some(3, 4))], size=2)
    assert pages[-1].reason is None
    (page,), _ = await walked([Sheet(some(3, 4))], size=2, first=1, token="a")
    assert (page.number, page.reason) == (1, None)


@pytest.mark.parametrize("reason", ["foreign_next", "bad_next"])
async def test_a_page_behind_which_the_reading_cannot_go_on_is_kept_and_says_why(reason: str) -> None:
    (page,), _ = await walked([Sheet(some(1), reason=reason)], style="next_url")
    assert (page.rows, page.last, page.reason) == (some(1), True, reason)


async def test_a_cursor_of_endless_length_is_none() -> None:
    (page,), _ = await walked([Sheet(some(1), next="a" * 5000)])
    assert (page.rows, page.reason) == (some(1), "bad_next")


async def test_a_failure_of_the_page_that_was_begun_at_is_raised() -> None:
    with fails(Unreachable, "timeout"):
        await walked([Unreachable("timeout")], first=4, token="a")


async def test_without_a_token_a_chain_is_walked_from_its_start() -> None:
    (page,), asked = await walked([Sheet(some(1), next="")], first=3)
    assert (page.number, asked) == (0, [{"per": "100"}])


async def test_a_kind_that_follows_no_addresses_says_so() -> None:
    async def ask(_params: Any) -> Sheet:
        return Sheet(some(1), next="/a")

    pages = [page async for page in walk(style_of("next_url"), ask)]
    assert [(len(page.rows), page.reason) for page in pages] == [(1, None), (0, "no_next")]
    with fails(BadAnswer, "no_next"):
        await anext(walk(style_of("next_url"), ask, token="/a"))
