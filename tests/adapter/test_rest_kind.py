"""The kind `rest`."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.rest import Connection, Read, Rest, build, opened
from app.adapter.manifest import Resource, ResponseRule
from app.adapter.protocol import Page, Pushed, Question
from app.errors import BadAnswer, Refused, Throttled, Unreachable
from tests.fixtures.far_side import Asked, FarSide, Said, far_side
from tests.fixtures.raw_side import HERE, fails

ALL = {"list": "/warga", "get": "/warga/{id}", "rows": "$.data[*]", "row": "$"}
HTML = Said(b"<!DOCTYPE html><form>Masuk</form>", headers={"content-type": "text/html"})


@asynccontextmanager
async def asking(answer: Callable[[Asked], Said], *rules: dict[str, Any], page: Any = None, **values: Any) -> AsyncIterator[tuple[Rest, FarSide]]:
    with far_side(answer) as side:
        connection = Connection.model_validate({"base": side.address + "/api", "networks": HERE, "headers": {"X-Instansi": "dukcapil"}})
        resource = Resource.model_validate({"contract": "warga", "map": {}, "page": page or {}})
        responses = tuple(ResponseRule.model_validate(rule) for rule in rules)
        read = Read.model_validate({**ALL, **values})
        rest = build(opened("dukcapil.warga", connection, ceiling=(), folder=Path()), read, resource=resource, responses=responses)
        try:
            yield rest, side
        finally:
            await rest.close()


async def listed(rest: Rest, **question: Any) -> list[Page]:
    return [page async for page in rest.pages(Question(**question))]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("32 01", "32%2001"),
        ("é", "%C3%A9"),
        ("a?b=c&d#e", "a%3Fb%3Dc%26d%23e"),
        ("a+b", "a%2Bb"),
        ("50%", "50%25"),
        ("{id}", "%7Bid%7D"),
    ],
)
async def test_a_key_is_percent_encoded(key: str, path: str) -> None:
    async with asking(lambda _asked: Said({"id": 1})) as (rest, side):
        assert (await rest.one(Question(key={"id": key}))).rows == [{"id": 1}]
        assert side.asked[0].path == "/api/warga/" + path


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["..", ".", "../admin", "a/b", "a\\b", "a\x00b", "%2e%2e", "..;", "a%2fb"])
async def test_a_key_cannot_climb_out_of_its_path(key: str) -> None:
    async with asking(lambda _asked: Said({"id": 1})) as (rest, side):
        with fails(BadAnswer, "bad_path"):
            await rest.one(Question(key={"id": key}))
        assert side.asked == []


@pytest.mark.anyio
async def test_no_such_record_is_no_row() -> None:
    for said in (Said({}, 404), Said(HTML.body, 404)):
        async with asking(lambda _asked, said=said: said) as (rest, _side):
            assert await rest.one(Question(key={"id": "1"})) == Page([])


@pytest.mark.anyio
async def test_a_list_that_is_not_found_is_a_bad_answer() -> None:
    async with asking(lambda _asked: Said({}, 404)) as (rest, _side):
        with fails(BadAnswer, "status_404"):
            await listed(rest)


@pytest.mark.anyio
async def test_params_pushed_params_and_headers_are_sent() -> None:
    async with asking(lambda _asked: Said({"data": [{"id": 1}]}), params={"jenis": "a b&c"}) as (rest, side):
        (page,) = await listed(rest, pushed=(Pushed("kec", ("3201/é",)), Pushed("tgl", ("2026-01-01",))), traceparent="00-1-2-01")
        assert page.rows == [{"id": 1}]
        (asked,) = side.asked
    assert (asked.method, asked.path, asked.body) == ("GET", "/api/warga", b"")
    assert asked.params == {"jenis": "a b&c", "kec": "3201/é", "tgl": "2026-01-01"}
    assert (asked.headers["x-instansi"], asked.headers["traceparent"]) == ("dukcapil", "00-1-2-01")


@pytest.mark.anyio
async def test_a_list_may_be_asked_with_a_body() -> None:
    async with asking(lambda _asked: Said({"data": []}), method="POST", body={"aksi": "semua"}) as (rest, side):
        await listed(rest)
        (asked,) = side.asked
    assert (asked.method, asked.body, asked.headers["content-type"]) == ("POST", b'{"aksi": "semua"}', "application/json")


@pytest.mark.anyio
async def test_pages_are_walked_to_the_total_that_the_body_tells() -> None:
    def answer(asked: Asked) -> Said:
        number = int(asked.params["page"])
        return Said({"data": [{"id": number * 2 + one} for one in range(2)], "total": "6"})

    async with asking(answer, page={"style": "page", "size": 2, "size_param": "limit", "start": 0, "total": "$.total"}) as (rest, side):
        pages = await listed(rest)
        assert [row["id"] for page in pages for row in page.rows] == [0, 1, 2, 3, 4, 5]
        assert [(page.total, page.reason) for page in pages] == [(6, None)] * 3
        assert [page.number for page in await listed(rest, page=1)] == [1, 2]
        assert [asked.params for asked in side.asked] == [{"page": page, "limit": "2"} for page in "01212"]


@pytest.mark.anyio
@pytest.mark.parametrize("total", ["²", "banyak", None, True, 1.5, "-1", "9" * 5000])
async def test_a_total_that_is_no_number_is_none(total: Any) -> None:
    async with asking(lambda _asked: Said({"data": [], "total": total}), page={"total": "$.total"}) as (rest, _side):
        assert await listed(rest) == [Page([])]


@pytest.mark.anyio
async def test_a_failure_on_a_later_page_ends_the_list_with_its_word() -> None:
    def answer(asked: Asked) -> Said:
        return Said({"data": [{"id": asked.params["page"]}]}) if asked.params["page"] != "3" else HTML

    async with asking(answer, page={"style": "page"}) as (rest, _side):
        pages = await listed(rest)
        assert [(len(page.rows), page.reason) for page in pages] == [(1, None), (1, None), (0, "html_not_json")]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("then", "kind"),
    [("refused", Refused), ("throttled", Throttled), ("unreachable", Unreachable), ("bad_answer", BadAnswer), ("login_again", Refused)],
)
async def test_an_error_that_comes_with_200_is_what_the_rule_says(then: str, kind: type) -> None:
    rule = {"when": {"$.status": "error"}, "then": then}
    async with asking(lambda _asked: Said({"status": "error", "data": []}), rule) as (rest, side):
        with fails(kind, "response_rule"):
            await listed(rest)
        with fails(kind, "response_rule"):
            await rest.one(Question(key={"id": "1"}))
        assert len(side.asked) == 2


@pytest.mark.anyio
async def test_a_rule_may_call_an_answer_empty_or_good() -> None:
    empty, good = {"when": {"$.pesan": {"contains": "kosong"}}, "then": "empty"}, {"when": {"status": 500}, "then": "ok"}
    async with asking(lambda _asked: Said({"pesan": "data kosong"}, 500), empty, good) as (rest, side):
        assert await listed(rest) == [Page([])]
        side.answer = lambda _asked: Said({"data": [{"id": 1}]}, 500)
        assert (await listed(rest))[0].rows == [{"id": 1}]


@pytest.mark.anyio
async def test_a_login_page_that_comes_with_200_is_never_rows() -> None:
    async with asking(lambda _asked: HTML) as (rest, _side):
        with fails(BadAnswer, "html_not_json"):
            await listed(rest)
        with fails(BadAnswer, "html_not_json"):
            await rest.one(Question(key={"id": "1"}))


@pytest.mark.anyio
async def test_a_login_page_may_be_named_by_a_rule() -> None:
    async with asking(lambda _asked: HTML, {"when": {"content_type": "text/html"}, "then": "refused"}) as (rest, _side):
        with fails(Refused, "response_rule"):
            await listed(rest)


@pytest.mark.anyio
async def test_a_busy_source_says_when_to_come_back() -> None:
    async with asking(lambda _asked: Said({}, 429, {"retry-after": "17"})) as (rest, side):
        with fails(Throttled, "status_429") as caught:
            await listed(rest)
        assert caught.value.retry_after == 17
        side.answer = lambda _asked: Said({}, 503)
        with fails(Unreachable, "status_503"):
            await listed(rest)


@pytest.mark.anyio
async def test_rows_that_are_not_where_the_file_says_are_a_bad_answer() -> None:
    async with asking(lambda _asked: Said({"hasil": []})) as (rest, _side):
        with fails(BadAnswer, "rows_missing"):
            await listed(rest)


@pytest.mark.anyio
async def test_a_source_without_a_list_is_asked_for_no_list() -> None:
    async with asking(lambda _asked: Said([{"id": 1}]), list=None) as (rest, side):
        with fails(BadAnswer, "no_list"):
            await listed(rest)
        assert side.asked == []


@pytest.mark.anyio
async def test_one_record_and_a_list_in_the_same_bytes_are_each_read_as_what_they_are() -> None:
    body = {"data": [{"id": 1, "isi": "x" * 10_000}]}
    async with asking(lambda _asked: Said(body), row="$.data[0]", page={"total": "$.total"}) as (rest, _side):
        for _ in range(2):
            assert (await rest.one(Question(key={"id": "1"}))).rows == body["data"]
            assert [page.rows for page in await listed(rest)] == [body["data"]]


@pytest.mark.anyio
async def test_a_resource_may_be_closed_twice() -> None:
    async with asking(lambda _asked: Said({"id": 1})) as (rest, _side):
        await rest.one(Question(key={"id": "1"}))
        await rest.close()
        await rest.close()


def test_a_resource_knows_its_key_fields() -> None:
    assert Read.model_validate({"get": "/a/{kode}/{id}"}).key_fields == ("kode", "id")
    assert Read.model_validate({"list": "/a"}).key_fields == ()


@pytest.mark.parametrize(
    "values",
    [
        {"list": "/a", "rows": "data"},
        {"get": "/a", "row": "$["},
        {"list": "warga"},
        {"get": "http://h/a"},
        {"list": "/a", "unknown": "x"},
        {"list": "/a", "method": "DELETE"},
        {},
    ],
)
def test_what_cannot_be_read_is_refused_with_the_file(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Read.model_validate(values)


@pytest.mark.parametrize(
    "base",
    [
        "ftp://h",
        "http://u:p@h",
        "http://h?x=1",
        "http://h#x",
        "/api",
        "http://",
        "http://h:99999",
        "http://[::1",
        "http://h/a b",
        "http://h\n",
        "http://é.test",
    ],
)
def test_a_base_is_a_plain_address(base: str) -> None:
    with pytest.raises(ValidationError):
        Connection.model_validate({"base": base})
