"""Bytes that mean one thing to the gateway and another to whatever stands behind it."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httptools
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.fixtures.aid import Aid, answers, row
from tests.fixtures.case import case
from tests.fixtures.far_side import FarSide, Said
from tests.fixtures.live import CLOSE, HOST, Here, ask, bearer, good, lines, listening, say
from tests.fixtures.raw_side import Say, ok, raw_side, saying

TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BANSOS = """
[connection.auth]
type = "header"
name = "X-Kunci"
value = "$SOURCE_PASSWORD"
"""


class Open(NamedTuple):
    live: Here
    side: FarSide
    token: bytes


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with ExitStack() as stack:
        aid = Aid(tmp_path_factory.mktemp("door"), stack)
        side = aid.source("dinsos.orang", [row(number) for number in range(1, 4)], connection=BANSOS)
        aid.town.client("bappeda-app", "bappeda")
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang", more='actions = ["read", "verify"]')
        live = stack.enter_context(listening(aid.town))
        yield Open(live, side, bearer(live))


CLIMBING = [
    *(b"/v1/orang/..%2f..%2fadmin", b"/v1/orang/..%2F..%2Fadmin", b"/v1/orang/../../admin", b"/v1/orang/..", b"/v1/orang/%2e%2e", b"/v1/orang/.%2E"),
    *(b"/v1/orang/%252e%252e", b"/v1/orang/%252e%252e%252fadmin", b"/v1/orang/%25252e%25252e", b"/v1/orang/..%252fadmin", b"/v1/orang/0001%2500"),
    *(b"/v1/orang/..;/admin", b"/v1/orang/..;", b"/v1/orang/.;x", b"/v1/orang/..\\admin", b"/v1/orang/..%5cadmin", b"/v1/orang/..%255cadmin"),
    *(b"/v1/orang/0001%00", b"/v1/orang/0001%00.json", b"/v1/orang/0001%0d%0aX-Y:%20z", b"/v1/orang/0001%7f", b"/v1//orang/0001", b"//v1/orang/0001"),
    *(b"/v1/orang/%c0%ae%c0%ae", b"/v1/orang/%c0%af", b"/v1/orang/%e0%80%af", b"/v1/orang/%f0%80%80%af", b"/v1/orang/%ff%fe", b"/v1/orang/%ed%a0%80"),
    *(b"/v1/orang/%", b"/v1/orang/%2", b"/v1/orang/%u002e", b"/v1/orang/%%32%65", b"http://titian.test/v1/orang/../admin", b"*"),
]
KEYS = ["..", ".", "../admin", "..\\\\admin", "a/b", "%2e%2e", "%252e%252e", "%2e%2e%2fadmin", "..;", "..;/admin", "%00"]


@case(
    "H9",
    sent="`..%2f`, `%252e%252e`, `..;/`, `\\`, `%00`, overlong UTF-8 in a path; the same as a key in the body of `:verify`",
    must="400 and a closed connection; in a body 400 or 502. The source sees nothing",
)
def test_no_path_leads_out_of_its_folder(door: Open) -> None:
    for path in CLIMBING:
        heard = ask(door.live, lines(path, HOST, door.token))
        assert (heard.status, heard.headers["connection"], heard.json["code"]) == (400, "close", "bad_question"), path
    for key in KEYS:
        body = b'{"key": "%s", "claims": {"umur": 1}}' % key.encode()
        told = (HOST, CLOSE, door.token, b"Content-Type: application/json", b"Content-Length: %d" % len(body))
        assert ask(door.live, lines(b"/v1/orang:verify", *told, method=b"POST", body=body)).status in (400, 502), key
    assert door.side.asked == []
    good(door.live)


OWN = {"host", "user-agent", "accept", "accept-encoding", "x-kunci"}
STRANGE = [
    *(b"Connection: close, X-Kunci, Titian-Purpose, Authorization", b"Proxy: http://evil.test", b"Proxy-Authorization: Basic eA==", b"Keep-Alive: 9"),
    *(b"X-Forwarded-For: 10.0.0.1", b"X-Forwarded-Host: evil.test", b"X-Forwarded-Proto: https", b"Forwarded: for=10.0.0.1", b"X-Real-IP: 10.0.0.1"),
    *(b"X-Kunci: palsu", b"Titian-Exchange: palsu", b"X-HTTP-Method-Override: DELETE", b"X-Original-URL: /admin", b"X-Rewrite-URL: /admin"),
    *(
        b"Cookie: sid=1",
        b"TE: trailers",
        b"Upgrade: h2c",
        b"HTTP2-Settings: AAA",
        b"Accept-Encoding: gzip",
        b"User-Agent: () { :; }; id",
        b"Via: 1.1 evil",
    ),
    *(b"tracestate: evil=1", b"baggage: nik=1276010101909001", b"X-Bytes: \xff\xfe"),
]


@case(
    "H10",
    sent="Headers nominated by `Connection`, `Proxy`, `Forwarded`, `X-Forwarded-*`, our own names, a name with `_`, a trace that is none",
    must="The source receives our own headers only (and a trace of the W3C form); `_` is 400",
)
def test_no_header_of_a_caller_reaches_a_source(door: Open) -> None:
    for trace in (b"1276010101909001", TRACE + b"-\xff", TRACE[:-1], b"ff" + TRACE[2:], TRACE.upper()):
        heard = ask(door.live, lines(b"/v1/orang/0001", HOST, door.token, *STRANGE, b"traceparent: " + trace))
        assert (heard.status, b"evil" in heard.body, "set-cookie" in heard.headers) == (200, False, False)
        seen = door.side.asked.pop()
        assert (seen.method, seen.path, set(seen.headers)) == ("GET", "/orang/0001", OWN)
        assert (seen.headers["x-kunci"], seen.headers["user-agent"], seen.headers["accept-encoding"]) == ("rahasia-sumber", "Titian/1", "identity")
    assert ask(door.live, lines(b"/v1/orang/0001", HOST, CLOSE, door.token, b"traceparent: " + TRACE)).status == 200
    assert set(door.side.asked[-1].headers) == {*OWN, "traceparent"}
    door.side.asked.clear()
    for name in (b"X_Kunci", b"Titian_Purpose", b"Content_Length", b"Transfer_Encoding"):
        assert ask(door.live, lines(b"/v1/orang/0001", HOST, door.token, name + b": 1")).status == 400
    assert door.side.asked == []


TOKEN = b"/oauth/token"
SMUGGLED = b"GET /v1/orang HTTP/1.1\r\nHost: titian.test\r\n\r\n"


def posted(*more: bytes, body: bytes = b"") -> bytes:
    return lines(TOKEN, HOST, *more, method=b"POST", body=body + SMUGGLED)


BYTES = {
    "TE and CL": posted(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"),
    "CL and TE": posted(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "two CLs": posted(b"Content-Length: 5", b"Content-Length: 6", body=b"a=bcd"),
    "the same CL twice": posted(b"Content-Length: 5", b"Content-Length: 5", body=b"a=bcd"),
    "a list of CLs": posted(b"Content-Length: 5, 5", body=b"a=bcd"),
    "CL with a sign": posted(b"Content-Length: +5", body=b"a=bcd"),
    "CL below zero": posted(b"Content-Length: -5", body=b"a=bcd"),
    "CL in hex": posted(b"Content-Length: 0x5", body=b"a=bcd"),
    "another TE": posted(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "TE that ends otherwise": posted(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"),
    "blank before the colon": posted(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
    "bad chunk size": posted(b"Transfer-Encoding: chunked", body=b"zz\r\n\r\n"),
    "chunk size with a sign": posted(b"Transfer-Encoding: chunked", body=b"+1\r\na\r\n0\r\n\r\n"),
    "LF in a chunk extension": posted(b"Transfer-Encoding: chunked", body=b"1;a\nb\r\na\r\n0\r\n\r\n"),
    "bare LF": b"GET /v1/orang HTTP/1.1\nHost: titian.test\n\n",
    "bare LF in the headers": b"GET /v1/orang HTTP/1.1\r\nHost: titian.test\nX: 1\r\n\r\n",
    "bare CR in a value": lines(b"/v1/orang", HOST, b"X-Y: a\rb"),
    "NUL in a value": lines(b"/v1/orang", HOST, b"X-Y: a\x00b"),
    "obs-fold": lines(b"/v1/orang", HOST, b"X-Y: a", b" b"),
    "no Host": lines(b"/v1/orang"),
    "two Hosts": lines(b"/v1/orang", HOST, b"Host: evil.test"),
    "the same Host twice": lines(b"/v1/orang", HOST, HOST),
    "header of 70 KB": lines(b"/v1/orang", HOST, b"X-Y: " + b"a" * 70_000),
    "5000 headers": lines(b"/v1/orang", HOST, *[b"X-Y: 1"] * 5000),
    "name with _": lines(b"/v1/orang", HOST, b"Content_Length: 5"),
    "..": lines(b"/v1/../status", HOST),
    "%2f": lines(b"/v1%2forang", HOST),
    "%2e": lines(b"/v1/%2e%2e/status", HOST),
    "%5c": lines(b"/v1%5corang", HOST),
    "%00": lines(b"/v1/orang%00", HOST),
    "%ff%fe": lines(b"/v1/orang%ff%fe", HOST),
    "CONNECT": lines(b"titian.test:80", HOST, method=b"CONNECT"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}
PARSER = {
    *("two CLs", "the same CL twice", "a list of CLs", "CL with a sign", "CL below zero", "CL in hex", "TE and CL", "CL and TE", "another TE"),
    *("TE that ends otherwise", "blank before the colon", "bad chunk size", "chunk size with a sign", "LF in a chunk extension", "bare LF"),
    *("bare LF in the headers", "bare CR in a value", "NUL in a value", "obs-fold", "CONNECT", "TLS", "HTTP/2"),
}
"""What httptools itself refuses: everything else of the table is refused by the guard, as a problem."""


@pytest.mark.parametrize("name", BYTES)
@case(
    "H11",
    sent="TE with CL, two CLs, `TE :`, bare LF, obs-fold, two Hosts, no Host, huge headers: each with a second request hidden behind it",
    must="400 or 413 and a closed connection: by httptools, or where it lets them pass by the guard",
)
def test_what_two_parsers_read_differently_is_the_end_of_the_connection(door: Open, name: str) -> None:
    assert issubclass(door.live.config.http_protocol_class, HttpToolsProtocol)
    assert httptools.HttpRequestParser
    said = say(door.live, BYTES[name])
    assert said.count(b"HTTP/1.1 ") == 1
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))
    assert b"connection: close\r\n" in said
    assert (b"application/problem+json" not in said) == (name in PARSER)
    assert door.side.asked == []


@case(
    "H11",
    sent="A foreign host in an absolute-form target, in Host and in X-Forwarded-Host",
    must="Nothing changes: no link, no token and no route depends on it",
)
def test_a_foreign_host_is_believed_by_nobody(door: Open) -> None:
    plain = ask(door.live, lines(b"/contracts", HOST, CLOSE)).body
    for target, host in (
        (b"http://evil.test/contracts", HOST),
        (b"/contracts", b"Host: evil.test"),
        (b"http://evil.test:81/contracts", b"Host: evil.test"),
    ):
        assert ask(door.live, lines(target, host, CLOSE, b"X-Forwarded-Host: evil.test")).body == plain
    assert ask(door.live, lines(b"http://evil.test", HOST)).status == 400


GOOD = b'{"data": [%s], "total": 1}' % b'{"id": "0001", "nm": "Orang"}'
LEAKING = [
    *("set-cookie: sid=1; path=/", "server: Apache/2.2", "x-powered-by: PHP/5.3", "strict-transport-security: max-age=1", "etag: palsu"),
    *("access-control-allow-origin: *", "location: http://evil.test", "cache-control: public, max-age=99", "titian-exchange: palsu"),
]


def flood(times: int, rest: bytes) -> Say:
    async def say_(_number: int, writer: asyncio.StreamWriter) -> bool:
        for sent in range(0, times, 1000):
            writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * min(1000, times - sent))
            await writer.drain()
        writer.write(rest)
        await writer.drain()
        return False

    return say_


@pytest.mark.parametrize(
    ("lies", "status"),
    [
        (saying(ok(GOOD, *LEAKING)), 200),
        (saying(ok(GOOD, "x-a: a\rset-cookie: b=1")), 502),
        (saying(ok(GOOD, "x-a: a\x00b")), 502),
        (saying(b"HTTP/1.1 200 OK\r\nset-cookie : a=1\r\n\r\n" + GOOD), 502),
        (saying(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n" + GOOD), 502),
        (saying(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n" + GOOD), 502),
        (saying(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"), 502),
        (saying(ok(GOOD, *(f"x-{number}: {'a' * 4000}" for number in range(5000)))), 502),
        (saying(ok(GOOD, "x-a: " + "a" * 70_000)), 502),
        (flood(5, ok(GOOD)), 200),
        (flood(10**9, b""), 502),
    ],
    ids=["headers", "CR", "NUL", "blank", "two lengths", "both lengths", "101", "5000 headers", "long header", "some 1xx", "endless 1xx"],
)
@case(
    "H12",
    sent="A source with Set-Cookie, Server, HSTS, CORS, CR in a value, two lengths, 5000 headers, 101, a flood of 1xx",
    must="Dropped, or 502 and 504: no header of a source ever reaches a caller",
)
def test_no_header_of_a_source_reaches_a_caller(tmp_path: Path, lies: Say, status: int) -> None:
    async def journey() -> None:
        with ExitStack() as stack:
            aid = Aid(tmp_path, stack)
            async with raw_side(lies) as side:
                aid.system("dinsos.orang", side.address)
                aid.town.client("dinsos-app", "dinsos")
                async with aid.town.open() as asking:
                    reply = await asking.get("/v1/orang", "dinsos-app")
        assert reply.status_code == status, reply.text
        assert not {"set-cookie", "server", "strict-transport-security", "x-powered-by", "access-control-allow-origin", "location"} & set(
            reply.headers
        )
        assert "palsu" not in str(reply.headers)
        assert "public" not in reply.headers.get("cache-control", "")

    asyncio.run(journey())


@case(
    "H13",
    sent="`?a=1&a=2`, `limit` twice, 1000 parameters, `;` between them, `a[]=1`",
    must="A filter twice means either value, at the gateway and at the source; anything else twice is 400, and so are the others",
)
def test_a_parameter_that_stands_twice_means_one_thing(door: Open) -> None:
    def status(query: bytes) -> tuple[int, list[str]]:
        heard = ask(door.live, lines(b"/v1/orang?" + query, HOST, CLOSE, door.token))
        return heard.status, [one["id"] for one in heard.json.get("data", [])]

    door.side.answer = answers([row(number) for number in range(1, 4)], "id")
    assert status(b"id=0001&id=0002") == (200, ["0001", "0002"])
    assert status(b"id=0001,0002") == (200, [])
    door.side.asked.clear()
    wrong = [
        b"limit=1&limit=2",
        b"fields=id&fields=nama",
        b"sort=id&sort=-id",
        b"count=none&count=exact",
        b"cursor=a&cursor=b",
        b"umur__gt=1&umur__gt=2",
    ]
    wrong += [b"limit=1;limit=2", b"id=0001;umur=1&x", b"id[]=0001", b"id%00=1", b"limit=1&limit%00=1"]
    wrong += [b"&".join([b"id=0001"] * 1000), b"&".join(b"a%d=1" % one for one in range(1000))]
    for query in wrong:
        assert status(query) == (400, []), query[:40]
    assert door.side.asked == []


@case("H13", sent="A value that holds `&`, `=`, `#`, `%26` or a line break", must="It stays one value on its way to the source")
def test_a_value_adds_no_parameter_at_the_source(tmp_path: Path) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        side = aid.source("dinsos.orang", [row(1)], push='nama = { param = "cari" }')
        aid.town.client("dinsos-app", "dinsos")
        live = stack.enter_context(listening(aid.town))
        token = bearer(live, "dinsos-app")
        for value in (b"a%26admin=1", b"a%23", b"a%3D1%26halaman%3D9", b"a%2526b", b"a;admin=1", b"a%0d%0aX: 1", b"a+b"):
            side.answer = lambda _asked: Said({"data": [], "total": 0})
            assert ask(live, lines(b"/v1/orang?nama=" + value.replace(b" ", b"%20"), HOST, CLOSE, token)).status == 200
            assert set(side.asked[-1].params) == {"cari", "halaman", "per"}
            assert "x" not in side.asked[-1].headers
