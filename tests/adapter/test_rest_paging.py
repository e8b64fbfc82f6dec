"""The kind `rest` over real sockets: every style of page, what is asked of the source, and what must not leak."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.rest import Connection, Read, Rest, build, opened
from app.adapter.manifest import Resource
from app.adapter.protocol import Page, Pushed, Question
from app.errors import BadAnswer
from tests.fixtures.far_side import Asked, FarSide, Said, far_side
from tests.fixtures.pages import STYLES, ids, rows_of
from tests.fixtures.raw_side import HERE, fails

pytestmark = pytest.mark.anyio
KEY = "kunci-9f"
ROWS = rows_of(7)
HTML = Said(b"<!DOCTYPE html>", headers={"content-type": "text/html"})


@asynccontextmanager
async def asking(answer: Callable[[Asked], Said], page: dict[str, Any], **words: Any) -> AsyncIterator[tuple[Rest, FarSide]]:
    auth = words.pop("auth", [{"type": "query", "name": "api_key", "value": KEY}])
    with far_side(answer) as side:
        connection = Connection.model_validate({"base": side.address + "/api", "networks": HERE, "auth": auth})
        resource = Resource.model_validate({"contract": "warga", "map": {}, "page": page, **words})
        read = Read.model_validate({"list": "/warga", "rows": "$.data", "params": {"jenis": "x"}})
        rest = build(opened("dukcapil.warga", connection, ceiling=(), folder=Path()), read, resource=resource, responses=())
        try:
            yield rest, side
        finally:
            await rest.close()


async def listed(rest: Rest, **question: Any) -> list[Page]:
    return [page async for page in rest.pages(Question(**question))]


def office(style: str, *, at: int = -1, wrong: Said = HTML) -> Callable[[Asked], Said]:
    """Seven rows in the style; it answers `wrong` to the question that begins at row `at`, and repeats our key in its addresses."""

    def answer(asked: Asked) -> Said:
        size = int(asked.params["per"])
        start = _start(style, asked.params)
        if start == at:
            return wrong
        following = start + size if start + size < len(ROWS) else None
        body: dict[str, Any] = {"data": ROWS[start : start + size]}
        headers = {"content-type": "application/json"}
        address = f"/api/warga?api_key={asked.params['api_key']}&per={size}&c={following}"
        if style == "cursor":
            body["next"] = following
        if style == "next_url":
            body["next"] = following and f"http://{asked.headers['host']}{address}"
        if style == "link_header":
            headers["link"] = "</api/warga>; rel=first" + (f', <{address}>; rel="next"' if following else "")
        return Said(body, headers=headers)

    return answer


def _start(style: str, params: dict[str, str]) -> int:
    if style == "keyset":
        return int(params.get("i", -1)) + 1
    if style == "page":
        return (int(params["page"]) - 1) * int(params["per"])
    return int(params.get("offset") or params.get("c") or 0)


def page_of(style: str, **words: Any) -> dict[str, Any]:
    return {"style": style, **STYLES[style], "size": 3, **words}


@pytest.mark.parametrize("style", list(STYLES))
async def test_every_style_brings_every_row_and_keeps_no_secret(style: str) -> None:
    async with asking(office(style), page_of(style)) as (rest, side):
        pages = await listed(rest)
        assert (ids(pages), pages[-1].reason) == (list(range(7)), None)
        assert [asked.query.count(KEY) for asked in side.asked] == [1] * len(side.asked)
        assert KEY not in f"{pages!r} {rest!r} {rest.way!r}"
        again = await listed(rest, page=pages[1].number, token=pages[1].token)
        assert (ids(again), again[0].number) == ([3, 4, 5, 6], 1)


@pytest.mark.parametrize("style", list(STYLES))
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [(HTML, "html_not_json"), (Said({"data": []}, 500), "status_500"), (Said({"galat": 1}), "rows_missing"), (Said({}, 429), "status_429")],
)
async def test_what_goes_wrong_on_a_later_page_is_told_and_never_the_end(style: str, wrong: Said, reason: str) -> None:
    async with asking(office(style, at=3, wrong=wrong), page_of(style)) as (rest, side):
        pages = await listed(rest)
        assert (ids(pages), pages[-1].reason) == ([0, 1, 2], reason)
        side.answer = office(style)
        assert ids(await listed(rest, page=pages[-1].number, token=pages[-1].token)) == [3, 4, 5, 6]


@pytest.mark.parametrize("style", ["next_url", "link_header"])
@pytest.mark.parametrize("address", ["http://127.0.0.1:1/api/warga?c=3", "/lain/warga?c=3", "//h/api/warga"])
async def test_an_address_that_leads_elsewhere_is_not_asked(style: str, address: str) -> None:
    said = Said({"data": ROWS[:3], "next": address}, headers={"link": f"<{address}>; rel=next"})
    async with asking(lambda _asked: said, page_of(style)) as (rest, side):
        (page,) = await listed(rest)
        assert (ids([page]), page.reason, len(side.asked)) == ([0, 1, 2], "foreign_next", 1)


async def test_one_body_with_another_header_leads_on_where_its_own_header_says() -> None:
    same = {"data": [{"id": 1, "isi": "x" * 9000}]}

    def answer(asked: Asked) -> Said:
        following = {"": "2", "2": "3"}.get(asked.params.get("c", ""))
        return Said(same if not asked.params.get("c") else {"data": [{"id": asked.params["c"]}]}, headers={"link": f"<?c={following}>; rel=next"})

    async with asking(answer, page_of("link_header", max_pages=2)) as (rest, side):
        await listed(rest)
        side.answer = lambda _asked: Said(same, headers={"link": "</api/warga>; rel=first"})
        (page,) = await listed(rest)
        assert (page.rows, page.last, page.reason) == (same["data"], True, None)
        side.answer = lambda _asked: Said(same, headers={"link": "<http://lain/>; rel=next"})
        (page,) = await listed(rest)
        assert page.reason == "foreign_next"


async def test_a_relative_address_is_taken_from_the_page_that_told_it() -> None:
    told = {"/api/warga": "bagian/1", "/api/bagian/1": "2", "/api/bagian/2": "", "/api/warga/": ""}
    async with asking(lambda asked: Said({"data": [{"id": asked.path}], "next": told[asked.path]}), page_of("next_url", size=None)) as (rest, _side):
        pages = await listed(rest)
    assert [page.rows[0]["id"] for page in pages] == ["/api/warga", "/api/bagian/1", "/api/bagian/2"]
    assert [page.token for page in pages] == [None, "/bagian/1", "/bagian/2"]


@pytest.mark.parametrize(("body", "reason"), [({}, "no_next"), ({"next": None}, None), ({"next": ""}, None), ({"next": [1]}, "bad_next")])
async def test_a_full_first_page_is_all_only_where_the_source_says_that_nothing_follows(body: dict[str, Any], reason: str | None) -> None:
    for style in ("cursor", "next_url"):
        async with asking(lambda _asked: Said({"data": ROWS[:3], **body}), page_of(style)) as (rest, _side):
            (page,) = await listed(rest)
            assert (len(page.rows), page.reason) == (3, reason)


async def test_the_same_bytes_again_are_the_same_place_again() -> None:
    body = {"data": [{"id": 1, "isi": "x" * 9000}], "next": "b"}
    async with asking(lambda _asked: Said(body), page_of("cursor")) as (rest, _side):
        for _ in range(2):
            pages = await listed(rest)
            assert [(len(page.rows), page.reason) for page in pages] == [(1, None), (0, "repeated_page")]


async def test_a_place_that_the_source_no_longer_knows_is_a_failure() -> None:
    async with asking(lambda _asked: Said({}, 410), page_of("cursor")) as (rest, _side):
        with fails(BadAnswer, "status_410"):
            await listed(rest, page=3, token="lama")


async def test_filters_order_columns_and_size_are_asked_in_the_words_of_the_source() -> None:
    words = {
        "sort": {"fields": ["id"], "param": "urut", "asc": "{field}:asc", "desc": "{field}:desc", "separator": ";"},
        "fields": {"param": "kolom", "separator": "|"},
    }
    question = {
        "pushed": (Pushed("nik", ("1", "2")), Pushed("kec", ("a,b",)), Pushed("sejak", ("01-02-2026",), "gte"), Pushed("sampai", ("3",), "lte")),
        "sort": (("tgl", True), ("no", False)),
        "fields": ("no", "nama"),
        "limit": 2,
    }
    async with asking(lambda _asked: Said({"data": [], "next": None}), page_of("cursor"), **words) as (rest, side):
        await listed(rest, **question)
        await listed(rest)
    asked = side.asked[0].query
    assert asked.startswith("jenis=x&nik=1&nik=2&kec=a%2Cb&sejak=01-02-2026&sampai=3&")
    assert {name: side.asked[0].params[name] for name in ("urut", "kolom", "per")} == {"urut": "tgl:desc;no:asc", "kolom": "no|nama", "per": "2"}
    assert set(side.asked[1].params) == {"jenis", "per", "api_key"}
    assert side.asked[1].params["per"] == "3"


async def test_the_columns_of_a_keyset_are_asked_for_too() -> None:
    page = page_of("keyset", by=["a.tgl", "id"], param="t,i")
    async with asking(lambda _asked: Said({"data": []}), page, fields={"param": "kolom"}) as (rest, side):
        await listed(rest, fields=("nama", "id"))
        assert side.asked[0].params["kolom"] == "nama,id,a"


async def test_a_source_to_which_nothing_is_told_of_order_and_columns_is_asked_without() -> None:
    async with asking(lambda _asked: Said({"data": []}), {}, sort={"fields": ["id"], "by_key": True}) as (rest, side):
        await listed(rest, sort=(("id", False),), fields=("id",), limit=1)
        assert set(side.asked[0].params) == {"jenis", "api_key"}


async def test_a_followed_address_gets_the_logins_of_the_system_and_nothing_else() -> None:
    auth = [{"type": "header", "name": "X-Key", "value": KEY}]
    bodies = {"": {"data": ROWS[:1], "next": "/api/warga?c=%41+b"}, "%41+b": {"data": ROWS[1:2], "next": None}}
    answer: Callable[[Asked], Said] = lambda asked: Said(bodies[asked.query.partition("c=")[2]])  # noqa: E731
    async with asking(answer, {"style": "next_url", "next": "$.next"}, auth=auth) as (rest, side):
        assert ids(await listed(rest, traceparent="00-1")) == [0, 1]
    assert [asked.query for asked in side.asked] == ["jenis=x", "c=%41+b"]
    assert [(asked.headers["x-key"], asked.headers["traceparent"]) for asked in side.asked] == [(KEY, "00-1")] * 2


async def test_a_keyset_goes_on_behind_any_row() -> None:
    async with asking(office("keyset"), page_of("keyset")) as (rest, _side):
        first = (await listed(rest))[0]
        assert first.after is not None
        assert json.loads(first.after(1)) == [0, 1]
        assert ids(await listed(rest, token=first.after(1))) == [2, 3, 4, 5, 6]
