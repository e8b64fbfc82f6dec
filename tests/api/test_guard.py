"""What no honest client sends, byte by byte, over a real uvicorn with httptools."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httptools
import httpx2
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api.guard import BODY
from tests.fixtures.aid import Aid, row
from tests.fixtures.far_side import FarSide
from tests.fixtures.live import HOST, Heard, Here, Live, ask, bearer, good, lines, listening, say

SEARCH = b"/v1/orang:search"


@pytest.fixture(scope="module")
def sides() -> dict[str, FarSide]:
    return {}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, sides: dict[str, FarSide]) -> Iterator[Here]:
    with ExitStack() as stack:
        made = Aid(tmp_path_factory.mktemp("guard"), stack)
        sides["orang"] = made.source("dinsos.orang", [row(1)])
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        yield stack.enter_context(listening(made.town))


def refused(live: Live, sent: bytes, status: int) -> Heard:
    """A refusal of ours, after which the gateway is as well as before."""
    heard = ask(live, sent)
    assert heard.status == status
    assert heard.headers["content-type"] == "application/problem+json"
    assert heard.headers["connection"] == "close"
    assert "server" not in heard.headers
    assert heard.json["code"] == {400: "bad_question", 413: "too_large"}[status]
    assert heard.json["type"] == f"http://titian.test/problems/{heard.json['code']}"
    assert heard.rest == b""
    good(live)
    return heard


def test_httptools_is_there_and_is_the_parser(live: Here) -> None:
    assert httptools.HttpRequestParser
    assert issubclass(live.config.http_protocol_class, HttpToolsProtocol)


@pytest.mark.parametrize("hosts", [(), (HOST, HOST), (HOST, b"Host: evil.test")], ids=["none", "twice", "another"])
def test_there_is_exactly_one_host(live: Live, hosts: tuple[bytes, ...]) -> None:
    assert "tepat satu Host" in refused(live, lines(b"/healthz", *hosts), 400).json["detail"]


def test_a_header_name_with_an_underscore_is_refused(live: Live) -> None:
    assert "nama header memuat _" in refused(live, lines(b"/healthz", HOST, b"Content_Length: 5"), 400).json["detail"]


def test_a_refusal_speaks_the_language_of_the_caller(live: Live) -> None:
    assert "nama header memuat _" in refused(live, lines(b"/healthz", HOST, b"x_y: 1", b"Accept-Language: id"), 400).json["detail"]


def test_a_hundred_headers_pass_and_one_more_does_not(live: Live) -> None:
    more = [b"X-%d: 1" % number for number in range(98)]
    assert ask(live, lines(b"/healthz", HOST, b"Connection: close", *more)).status == 200
    refused(live, lines(b"/healthz", HOST, b"Connection: close", *more, b"X-Last: 1"), 413)


def test_headers_of_33_kilobytes_are_too_large(live: Live) -> None:
    refused(live, lines(b"/healthz", HOST, b"X-Large: " + b"a" * 33 * 1024), 413)


def test_a_query_of_20_kilobytes_is_too_large(live: Live) -> None:
    refused(live, lines(b"/contracts?x=" + b"a" * 20 * 1024, HOST), 413)


PATHS = [
    b"/../status",
    b"/contracts/..",
    b"/contracts/./orang",
    b"/contracts/%2e%2e/status",
    b"/contracts/%2E./status",
    b"/v1%2forang",
    b"/v1%2Forang",
    b"/v1%5corang",
    b"/v1\\orang",
    b"/v1/orang%00",
    b"/v1/orang%0a",
    b"/v1/orang%0D%0Ax:1",
    b"/v1/orang%1f",
    b"/v1/orang%7f",
    b"//healthz",
    b"/v1//orang",
    b"/v1/orang%",
    b"/v1/orang%2",
    b"/v1/orang%zz",
    b"/v1/orang%ff",
    b"http://titian.test/../status",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_with_a_trick_is_refused(live: Live, path: bytes) -> None:
    assert "alamat memuat tipuan" in refused(live, lines(path, HOST), 400).json["detail"]


def test_a_refused_head_has_no_body(live: Live) -> None:
    heard = ask(live, lines(b"//healthz", HOST, method=b"HEAD"))
    assert (heard.status, heard.body, heard.rest) == (400, b"", b"")


@pytest.mark.parametrize(
    "sent",
    [
        lines(b"/oauth/token", HOST, b"Transfer-Encoding: chunked", b"Content-Length: 5", method=b"POST", body=b"0\r\n\r\n"),
        lines(b"/oauth/token", HOST, b"Content-Length: 5", b"Transfer-Encoding: chunked", method=b"POST", body=b"0\r\n\r\n"),
        lines(b"/oauth/token", HOST, b"Content-Length: +5", method=b"POST", body=b"a=bcd"),
        lines(b"/oauth/token", HOST, b"Content-Length: 5, 5", method=b"POST", body=b"a=bcd"),
        lines(b"/oauth/token", HOST, b"Content-Length: 5", b"Content-Length: 6", method=b"POST", body=b"a=bcd"),
        lines(b"/oauth/token", HOST, b"Content-Length: " + b"9" * 5000, method=b"POST"),
        lines(b"/oauth/token", HOST, b"Transfer-Encoding: chunked, identity", method=b"POST", body=b"0\r\n\r\n"),
        lines(b"/oauth/token", HOST, b"Transfer-Encoding: chunked", method=b"POST", body=b"zz\r\n\r\n"),
        lines(b"/healthz\xff", HOST),
        lines(b"titian.test:80", HOST, method=b"CONNECT"),
        lines(b"http://titian.test", HOST),
        b"GET /healthz HTTP/1.1\nHost: titian.test\n\n",
        b"GET /healthz HTTP/1.1\r\nHost: titian.test\nX: 1\r\n\r\n",
        lines(b"/healthz", HOST, b"X-Folded: a", b" b"),
        lines(b"/healthz", HOST, b"X-Space : a"),
        lines(b"/healthz", HOST, b"X-Nul: a\x00b"),
        lines(b"/healthz", HOST, b"X-Return: a\rb"),
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_what_the_parser_cannot_take_is_400_and_the_end_of_the_connection(live: Live, sent: bytes) -> None:
    heard = ask(live, sent)
    assert (heard.status, heard.headers["connection"]) == (400, "close")
    assert "server" not in heard.headers
    assert heard.rest == b""
    good(live)


@pytest.mark.parametrize(
    "sent",
    [
        lines(b"http://evil.example/contracts", HOST, b"Connection: close"),
        lines(b"/contracts", b"Host: evil.example", b"X-Forwarded-Host: evil.example", b"Connection: close"),
    ],
)
def test_a_foreign_host_changes_nothing(live: Live, sent: bytes) -> None:
    heard = ask(live, sent)
    assert heard.json["data"][0]["links"]["records"] == "http://titian.test/v1/orang"
    assert b"evil" not in heard.body


def test_a_declared_body_of_more_than_a_mebibyte_is_refused_unread(live: Live) -> None:
    length = b"Content-Length: %d" % (BODY + 1)
    refused(live, lines(SEARCH, HOST, length, method=b"POST"), 413)
    heard = ask(live, lines(SEARCH, HOST, length, b"Expect: 100-continue", method=b"POST"))
    assert heard.status == 413


def test_a_chunked_body_is_refused_once_it_is_more_than_a_mebibyte(live: Live) -> None:
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    refused(live, lines(SEARCH, HOST, b"Transfer-Encoding: chunked", method=b"POST", body=chunk * 16 + b"1\r\n \r\n"), 413)
    below = ask(live, lines(SEARCH, HOST, b"Connection: close", b"Transfer-Encoding: chunked", method=b"POST", body=chunk * 16 + b"0\r\n\r\n"))
    assert below.status == 401


def test_the_limit_of_a_body_holds_for_a_token_too(live: Live) -> None:
    pair = httpx2.BasicAuth("bappeda-app", live.town.secrets["bappeda-app"])._auth_header.encode()
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    more = (b"Authorization: " + pair, b"Content-Type: application/x-www-form-urlencoded", b"Transfer-Encoding: chunked")
    refused(live, lines(b"/oauth/token", HOST, *more, method=b"POST", body=chunk * 16 + b"1\r\na\r\n"), 413)


def test_what_follows_a_lying_content_length_is_no_second_question(live: Live) -> None:
    heard = ask(live, lines(b"/oauth/token", HOST, b"Content-Length: 2", method=b"POST", body=b"a=bcd"))
    assert (heard.status, heard.rest) == (400, b"")
    good(live)


def test_half_a_body_is_not_taken_for_a_whole_question(live: Live, sides: dict[str, FarSide]) -> None:
    mine, side = bearer(live), sides["orang"]
    asked = len(side.asked)
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", live.port), timeout=10) as line:
            line.sendall(lines(SEARCH, HOST, mine, b"Content-Type: application/json", b"Content-Length: 100", method=b"POST", body=b"{}"))
        good(live)
    heard = ask(live, lines(b"/v1/orang", HOST, mine, b"Connection: close"))
    assert (heard.status, heard.json["meta"]["count"]) == (200, 1)
    assert len(side.asked) == asked + 1


def test_an_upgrade_to_websocket_opens_nothing(live: Live) -> None:
    more = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    heard = say(live, lines(b"/nothing", HOST, b"X_Y: 1", *more))
    assert not heard.startswith(b"HTTP/1.1 101")
    assert b"\r\nserver:" not in heard.lower()
    good(live)
