"""What is withheld cannot be learnt: two cities that differ only in it answer every question with the same bytes.

Each question is asked of both; whatever may differ by itself (numbers of exchanges, times, the cipher of a cursor) is struck out."""

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aid import Aid, row
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
CHANGING = re.compile(r'"(?:exchange|ms|as_of)":(?:"[^"]*"|\d+)|cursor=[A-Za-z0-9_-]+')
HEADERS = ("etag", "titian-complete", "ratelimit", "content-type", "cache-control", "vary")
ADDRESSES = [
    "",
    "?count=exact",
    "?limit=1",
    "?limit=2&count=exact",
    "?fields=id",
    "?sort=nama",
    "?sort=-nama&limit=1",
    "?nama=Orang+1",
    "?nama__startswith=Orang",
    "?nama__ne=Orang+1&count=exact",
    "?kode_wilayah__within=12.76.02",
    "?kode_wilayah=12.76.02.1004&count=exact",
    "?id__in=0001,0002,0003,0099",
    "/0001",
    "/0002",
    "/0099",
    # These must be refused, and alike.
    "?umur=40",
    "?umur__gte=40",
    "?sort=umur",
    "?fields=id,umur",
    "?telepon__contains=99",
]
BODIES = [
    {"filter": {"umur": 40}},
    {"filter": {"telepon": "+6281234567890"}},
    {"sort": ["-umur"]},
    {"fields": ["lahir"]},
    {"filter": {"id": ["0001", "0099"]}},
]
FIELDS = 'fields = ["id", "nama", "kode_wilayah"]'
INSIDE = {"kel": "12.76.01.1001"}
SECRET = [
    [row(1, **INSIDE), row(2, **INSIDE), row(3, **INSIDE)],
    [
        row(1, umur=88, **INSIDE),
        row(2, hp="rusak", lahir="31/31/2000", **INSIDE),
        row(3, umur=None, diubah="1970-01-01", hp=None, **INSIDE),
    ],
]
"""Only fields that the agreement does not name differ: their values, whether they can be read, whether they are there."""
ROWS = [
    [row(1, **INSIDE), row(2, **INSIDE)],
    [
        row(1, **INSIDE),
        row(2, **INSIDE),
        row(99, nm="Orang 99", kel="12.76.02.1004"),
        row(98, nm=None, kel="12.76.02.1004"),
        row(99, kel="12.76.02.1004"),
    ],
]
"""Only rows that the agreement does not open differ: there are some, one is rejected, one stands twice."""


async def answers(tmp_path: Path, rows: list[dict[str, Any]], more: str, *, several: bool) -> list[tuple[str, int, str, Any]]:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", rows, size=2)
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "nama", "kode_wilayah"]', more=more)
        if several:
            made.source("disdukcapil.orang", [row(1, **INSIDE)])
            made.town.agreement("PKS-2", "bappeda", "disdukcapil", "orang", fields='["id", "nama"]')
        async with made.town.open() as asking:
            found = [await walked(asking, address) for address in ADDRESSES]
            return found + [said(str(body), await asking.search("orang", body, "bappeda-app")) for body in BODIES]


async def walked(asking: Asking, address: str) -> tuple[str, int, str, Any]:
    """The whole of a list: every page counts."""
    reply = await asking.get("/v1/orang" + address, "bappeda-app")
    found = said(address, reply)
    while reply.status_code == 200 and (following := reply.json()["links"]["next"]):
        reply = await asking.get(following.removeprefix("http://titian.test"), "bappeda-app")
        found = (*found[:2], found[2] + said(address, reply)[2], found[3])
    return found


def said(address: str, reply: Any) -> tuple[str, int, str, Any]:
    return address, reply.status_code, CHANGING.sub("~", reply.text), {name: reply.headers.get(name) for name in HEADERS}


@pytest.mark.parametrize("several", [False, True])
async def test_fields_that_are_withheld_change_nothing(tmp_path: Path, several: bool) -> None:
    one = await answers(tmp_path / "a", SECRET[0], "", several=several)
    other = await answers(tmp_path / "b", SECRET[1], "", several=several)
    assert one == other
    assert {status for _, status, _, _ in one} == {200, 403, 404}


@pytest.mark.parametrize("several", [False, True])
async def test_rows_that_are_withheld_change_nothing(tmp_path: Path, several: bool) -> None:
    more = 'rows = { kode_wilayah__within = "12.76.01" }'
    one = await answers(tmp_path / "a", ROWS[0], more, several=several)
    other = await answers(tmp_path / "b", ROWS[1], more, several=several)
    assert one == other


async def test_a_withheld_field_and_an_unknown_record_are_refused_alike_for_every_record(tmp_path: Path) -> None:
    """404 against 403: which of the two comes does not depend on what there is."""
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1, **INSIDE), row(2, kel="12.76.02.1004")])
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "nama"]', more='rows = { kode_wilayah__within = "12.76.01" }')
        async with made.town.open() as asking:
            for key in ("0001", "0002", "0099"):
                assert (await asking.get(f"/v1/orang/{key}?fields=umur", "bappeda-app")).status_code == 403
            statuses = [(await asking.get(f"/v1/orang/{key}", "bappeda-app")).status_code for key in ("0001", "0002", "0099")]
            assert statuses == [200, 404, 404]


async def test_findings_hold_no_value_of_a_person(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1, hp="0812-RAHASIA", lahir="99/99/9999")])
        made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            await asking.get("/v1/orang", "dinsos-app")
            asking.gateway.findings.flush()
            with asking.gateway.database.engine.connect() as connection:
                found = [dict(one._mapping) for one in connection.exec_driver_sql("SELECT * FROM quarantine")]
            assert {one["field"] for one in found} == {"telepon", "lahir"}
            assert "RAHASIA" not in str(found)
