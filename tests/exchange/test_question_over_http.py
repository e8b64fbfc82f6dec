"""What may be asked, and what a typo, a trick or a personal value in an address gets."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aid import Aid, row
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Asking]:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        rows = [row(number, kel="12.76.02.1004" if number % 2 else "12.76.01.1001") for number in range(1, 26)]
        aid.source("dinsos.orang", rows, push='umur = { param = "umur_min", ops = ["gte"] }')
        aid.town.client("bappeda-app", "bappeda")
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        async with aid.town.open() as made:
            yield made


async def ids(asking: Asking, query: str) -> list[str]:
    reply = await asking.get(f"/v1/orang?{query}", "bappeda-app")
    assert reply.status_code == 200, reply.text
    return [record["id"] for record in reply.json()["data"]]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("id=0003", ["0003"]),
        ("id=0003&id=0004", ["0003", "0004"]),
        ("id__in=0003,0004,9999", ["0003", "0004"]),
        ("umur__gte=24", ["0024", "0025"]),
        ("umur__lte=2", ["0001", "0002"]),
        ("umur__lt=2", ["0001"]),
        ("umur__gt=24", ["0025"]),
        ("umur__ne=1&umur__lt=4", ["0002", "0003"]),
        ("umur__ne=1&umur__ne=2&umur__lt=4", ["0003"]),
        ("nama__startswith=Orang+2&umur__lte=21", ["0002", "0020", "0021"]),
        ("nama__startswith=orang", []),
        ("nama__contains=ng+2&nama__contains=ng+3&umur__lt=5", ["0002", "0003"]),
        ("id__contains=02&limit=2", ["0002", "0020"]),
        ("kode_wilayah__ne=12.76.02.1004&limit=2", ["0002", "0004"]),
        ("lahir__gt=1989-12-31&lahir__lt=1990-01-02&limit=1", ["0001"]),
        ("sort=-umur&limit=2", ["0025", "0024"]),
        ("sort=kode_wilayah,-id&limit=2", ["0024", "0022"]),
        ("umur__gte=10&umur__lte=11", ["0010", "0011"]),
        ("nama=Orang+5", ["0005"]),
        ("kode_wilayah__within=12.76.02&umur__lte=3", ["0001", "0003"]),
        ("kode_wilayah__within=12.7", []),
        ("id=tidak-ada", []),
        ("lahir__gte=1990-01-01&limit=1", ["0001"]),
        ("lahir__gte=1990-01-02", []),
        ("limit=2", ["0001", "0002"]),
    ],
)
async def test_filters_find_what_they_say(asking: Asking, query: str, wanted: list[str]) -> None:
    assert await ids(asking, query) == wanted


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("umr=3", "umr"),
        ("nama__lt=3", "nama__lt"),
        ("umur__contains=3", "umur__contains"),
        ("umur__besar=3", "umur__besar"),
        ("sort=umr", "sort"),
        ("sort=umur,", "sort"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=9999999999", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e2", "limit"),
        ("count=ya", "count"),
        ("fields=id,nam", "fields"),
        ("umur=tua", "umur"),
        ("lahir__gte=01/01/1990", "lahir__gte"),
        ("nama__gte=A", "nama__gte"),
        ("nama__within=12.76", "nama__within"),
        ("umur__gte=1&umur__gte=2", "umur__gte"),
        ("id__in=" + ",".join(map(str, range(300))), "id__in"),
        ("umur=", "umur"),
    ],
)
async def test_what_is_wrong_is_a_400_that_names_it(asking: Asking, query: str, named: str) -> None:
    reply = await asking.get(f"/v1/orang?{query}", "bappeda-app")
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == "bad_question"
    assert [fault["parameter"] for fault in reply.json()["errors"]] == [named]


async def test_every_fault_is_told_at_once_and_a_value_is_never_echoed(asking: Asking) -> None:
    reply = await asking.get("/v1/orang?umr=rahasia-1&umur=rahasia-2&limit=0", "bappeda-app")
    assert {fault["parameter"] for fault in reply.json()["errors"]} == {"umr", "umur", "limit"}
    assert "rahasia" not in reply.text


@pytest.mark.parametrize("query", ["a=%ff", "&".join(f"id={number}" for number in range(1000)), "a=%zz"])
async def test_what_follows_the_question_mark_must_be_readable(asking: Asking, query: str) -> None:
    assert (await asking.get(f"/v1/orang?{query}", "bappeda-app")).status_code == 400


async def test_fields_cut_the_answer(asking: Asking) -> None:
    reply = await asking.get("/v1/orang/0003?fields=nama,umur", "bappeda-app")
    assert reply.json()["data"] == {"nama": "Orang 3", "umur": 3}
    assert (await asking.get("/v1/orang/0003?limit=3", "bappeda-app")).status_code == 400
    assert (await asking.get("/v1/orang/0003~0004", "bappeda-app")).status_code == 400


async def test_a_count_is_exact_whatever_the_limit(asking: Asking) -> None:
    reply = await asking.get("/v1/orang?limit=3&count=exact&kode_wilayah__within=12.76.02", "bappeda-app")
    assert (reply.json()["meta"]["count"], reply.json()["meta"]["total"]) == (3, 13)
    second = await asking.get(reply.json()["links"]["next"].removeprefix("http://titian.test"), "bappeda-app")
    assert second.json()["meta"]["total"] == 13


async def walked(asking: Asking, url: str | None) -> list[str]:
    seen: list[str] = []
    while url:
        reply = await asking.get(url.removeprefix("http://titian.test"), "bappeda-app")
        assert reply.status_code == 200, reply.text
        seen += [record["id"] for record in reply.json()["data"]]
        url = reply.json()["links"]["next"]
    return seen


@pytest.mark.parametrize("limit", [1, 3, 7, 10, 25, 26])
async def test_a_list_is_walked_whole_by_its_links_whatever_the_limit(asking: Asking, limit: int) -> None:
    assert await walked(asking, f"/v1/orang?limit={limit}") == [f"{number:04}" for number in range(1, 26)]
    assert await walked(asking, f"/v1/orang?limit={limit}&kode_wilayah=12.76.01.1001") == [f"{number:04}" for number in range(2, 26, 2)]


async def test_a_cursor_is_bound_to_its_question_and_its_caller(asking: Asking) -> None:
    first = (await asking.get("/v1/orang?limit=2", "bappeda-app")).json()["links"]["next"]
    cursor = first.partition("cursor=")[2]
    assert (await asking.get(f"/v1/orang?umur__gte=1&cursor={cursor}", "bappeda-app")).status_code == 400
    assert (await asking.get(f"/v1/orang?fields=id&cursor={cursor}", "bappeda-app")).status_code == 400
    tampered = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    for wrong in (tampered, "x", "%2B%2B", "A" * 5000):
        reply = await asking.get(f"/v1/orang?cursor={wrong}", "bappeda-app")
        assert reply.status_code == 400
        assert reply.json()["errors"][0]["parameter"] == "cursor"
    asking.town.client("dinsos-app", "dinsos")
    asking.gateway.registry.refresh()
    assert (await asking.get(f"/v1/orang?limit=2&cursor={cursor}", "dinsos-app")).status_code == 400
    assert b"0002" not in cursor.encode()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, 25),
        ({"filter": {"id": "0003"}}, 1),
        ({"filter": {"id": ["0003", "0004"]}}, 2),
        ({"filter": {"umur__gte": 24}}, 2),
        ({"filter": {"kode_wilayah__within": "12.76.02"}, "count": "exact"}, 13),
        ({"limit": 5, "fields": ["id"]}, 5),
    ],
)
async def test_a_search_asks_the_same_in_a_body(asking: Asking, body: Any, wanted: int) -> None:
    reply = await asking.search("orang", body, "bappeda-app")
    assert reply.status_code == 200, reply.text
    assert reply.json()["meta"]["count"] == wanted


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"filtr": {}}, "/filtr"),
        ({"filter": {"umr": 1}}, "/filter/umr"),
        ({"filter": {"umur": {"a": 1}}}, "/filter/umur"),
        ({"filter": {"umur": []}}, "/filter/umur"),
        ({"filter": []}, "/filter"),
        ({"sort": "umr"}, "/sort"),
        ({"sort": []}, "/sort"),
        ({"sort": {"umur": 1}}, "/sort"),
        ({"filter": {"umur__gt": [1]}}, "/filter/umur__gt"),
        ({"limit": "3"}, "/limit"),
        ({"limit": True}, "/limit"),
        ({"fields": 3}, "/fields"),
        ({"fields": ["nam"]}, "/fields"),
        ({"count": "all"}, "/count"),
        ({"cursor": 7}, "/cursor"),
    ],
)
async def test_what_is_wrong_in_a_body_is_named_by_its_pointer(asking: Asking, body: Any, pointer: str) -> None:
    reply = await asking.search("orang", body, "bappeda-app")
    assert reply.status_code == 400
    assert [fault["pointer"] for fault in reply.json()["errors"]] == [pointer]


async def test_a_search_is_walked_by_its_links_too(asking: Asking) -> None:
    seen: list[str] = []
    headers = {"authorization": f"Bearer {await asking.token('bappeda-app')}"}
    url: str | None = "/v1/orang:search"
    while url:
        reply = await asking.http.post(url.removeprefix("http://titian.test"), json={"limit": 10}, headers=headers)
        assert reply.status_code == 200, reply.text
        seen += [record["id"] for record in reply.json()["data"]]
        url = reply.json()["links"]["next"]
    assert len(seen) == len(set(seen)) == 25


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"[]", "application/json", 400),
        (b"", "application/json", 400),
        (b'{"limit": NaN}', "application/json", 400),
        (b'{"limit": 1, "limit": 2}', "application/json", 400),
        (b'{"filter": {"id": "\\ud800"}}', "application/json", 400),
        (b"\xef\xbb\xbf{}", "application/json", 400),
        (b"{}", "application/json; charset=utf-8", 200),
    ],
)
async def test_a_body_is_read_strictly(asking: Asking, content: bytes, media: str, status: int) -> None:
    headers = {"authorization": f"Bearer {await asking.token('bappeda-app')}", "content-type": media}
    reply = await asking.http.post("/v1/orang:search", content=content, headers=headers)
    assert reply.status_code == status


async def test_methods_that_are_not_for_this_route_are_405_with_allow(asking: Asking) -> None:
    for method, path, allow in (
        ("DELETE", "/v1/orang", "GET, HEAD, OPTIONS"),
        ("PUT", "/v1/orang/1", "GET, HEAD, OPTIONS"),
        ("GET", "/v1/orang:search", "POST, OPTIONS"),
    ):
        reply = await asking.http.request(method, path)
        assert (reply.status_code, reply.headers["allow"]) == (405, allow)
        assert reply.json()["code"] == "method_not_allowed"
    options = await asking.http.request("OPTIONS", "/v1/orang")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    token = {"authorization": f"Bearer {await asking.token('bappeda-app')}"}
    head = await asking.http.request("HEAD", "/v1/orang/0001", headers=token)
    assert (head.status_code, head.content) == (200, b"")


async def test_a_problem_speaks_the_callers_language(asking: Asking) -> None:
    indonesian = await asking.get("/v1/orang?umr=1", "bappeda-app", **{"accept-language": "id-ID, en;q=0.5"})
    english = await asking.get("/v1/orang?umr=1", "bappeda-app", **{"accept-language": "en"})
    unsaid = await asking.get("/v1/orang?umr=1", "bappeda-app")
    assert unsaid.json()["title"] == indonesian.json()["title"]
    assert indonesian.json()["title"] == "Pertanyaan tidak dapat dibaca"
    assert english.json()["title"] == "The question cannot be read"
    assert indonesian.headers["content-language"] == "id"


async def test_ids_and_receipts_stand_in_the_headers(asking: Asking) -> None:
    reply = await asking.get("/v1/orang/0001", "bappeda-app", **{"x-request-id": "abc-1"})
    assert reply.headers["titian-exchange"] == reply.json()["meta"]["exchange"]
    assert reply.headers["x-request-id"] == "abc-1"
    assert reply.headers["titian-complete"] == "?1"
    assert reply.headers["cache-control"] == "private, no-cache"
    assert len(reply.headers["titian-receipt"]) == 43


async def test_a_trace_is_passed_on_to_the_source(tmp_path: Path) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        side = aid.source("dinsos.orang", [row(1)])
        aid.town.client("dinsos-app", "dinsos")
        async with aid.town.open() as asking:
            await asking.get("/v1/orang/0001", "dinsos-app", traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        assert side.asked[-1].headers["traceparent"].startswith("00-4bf92f")
        assert "authorization" not in side.asked[-1].headers
