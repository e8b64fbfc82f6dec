"""What a caller tries beyond its agreement."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from tests.fixtures.aid import Aid, row
from tests.fixtures.case import case
from tests.fixtures.far_side import FarSide
from tests.fixtures.live import CLOSE, HOST, Heard, Live, ask, bearer, lines, listening


class Open(NamedTuple):
    live: Live
    side: FarSide
    token: bytes


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with ExitStack() as stack:
        aid = Aid(tmp_path_factory.mktemp("door"), stack)
        side = aid.source("dinsos.orang", [row(number) for number in range(1, 4)])
        aid.town.client("bappeda-app", "bappeda")
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "nama"]', more='actions = ["read", "verify"]')
        live = stack.enter_context(listening(aid.town))
        yield Open(live, side, bearer(live))


def get(door: Open, query: str) -> Heard:
    return ask(door.live, lines(b"/v1/orang" + query.encode(), HOST, CLOSE, door.token))


def post(door: Open, action: str, body: Any) -> Heard:
    sent = json.dumps(body).encode()
    more = (HOST, CLOSE, door.token, b"Content-Type: application/json", b"Content-Length: %d" % len(sent))
    return ask(door.live, lines(f"/v1/orang:{action}".encode(), *more, method=b"POST", body=sent))


@case(
    "H27",
    sent="A field outside the agreement in `fields`, `sort`, a filter, the body of `:search`, the claims of `:verify`, one record",
    must="403 naming the field, before the source is asked; otherwise spelled it is 400. No answer holds it",
)
def test_a_field_outside_the_agreement_is_refused_by_its_name(door: Open) -> None:
    asked = [get(door, query) for query in ("?fields=umur", "?fields=id,umur,telepon", "?sort=umur", "?sort=-umur", "/0001?fields=umur")]
    asked += [get(door, f"?umur{suffix}=1") for suffix in ("", "__in", "__ne", "__gt", "__gte", "__lt", "__lte")]
    asked += [get(door, f"?telepon{suffix}=%2B628") for suffix in ("__contains", "__startswith")]
    asked += [
        post(door, "search", body)
        for body in ({"filter": {"umur": 1}}, {"filter": {"umur__gte": 1}}, {"fields": ["umur"]}, {"sort": ["umur"]}, {"fields": "umur"})
    ]
    asked += [
        post(door, "verify", {"key": "0001", "claims": {"umur": 1}}),
        post(door, "verify", {"key": "0001", "claims": {"nama": "Orang 1", "telepon": "+6281234567890"}}),
    ]
    for heard in asked:
        assert (heard.status, heard.json["code"]) == (403, "not_permitted"), heard.body
        assert {one.get("parameter") for one in heard.json["errors"]} & {"umur", "telepon"}
    for query in ("?fields=UMUR", "?fields=umur%20", "?fields=%20umur", "?fields=orang.umur", "?fields=*", "?fields=", "?Umur=1", "?umur__=1"):
        assert get(door, query).status == 400, query
    assert door.side.asked == []
    for heard in (get(door, ""), get(door, "/0001"), get(door, "?fields=id,nama"), post(door, "search", {})):
        assert heard.status == 200
        records = heard.json["data"]
        assert all(set(record) == {"id", "nama"} for record in (records if isinstance(records, list) else [records]))
        assert heard.headers.get("titian-complete") == "?1"
    door.side.asked.clear()
