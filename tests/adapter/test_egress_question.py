"""One question as the bytes that leave."""

import pytest

from app.adapter.egress.question import FRAMING, Writer
from app.errors import BadAnswer
from tests.fixtures.raw_side import fails

WRITER = Writer("http://layanan.test:8080/api/")
OWN = b"Host: layanan.test:8080\r\nUser-Agent: Titian/1\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"


def test_a_question_holds_what_every_server_needs() -> None:
    assert WRITER.written("GET", WRITER.target("/a"), {}, None) == b"GET /api/a HTTP/1.1\r\n" + OWN + b"\r\n"


def test_a_body_has_its_length_and_a_type() -> None:
    assert WRITER.written("POST", "/a", {}, b"xy").endswith(b"Content-Type: application/octet-stream\r\nContent-Length: 2\r\n\r\nxy")
    assert WRITER.written("POST", "/a", {"content-type": "a/b"}, b"xy").endswith(b"content-type: a/b\r\nContent-Length: 2\r\n\r\nxy")
    assert WRITER.written("POST", "/a", {}, None).endswith(b"identity\r\nContent-Length: 0\r\n\r\n")


def test_a_header_of_the_file_stands_in_place_of_our_own() -> None:
    lines = WRITER.written("GET", "/a", {"user-agent": "lama", "X-Key": "a b"}, None).split(b"\r\n")
    assert [line for line in lines if b"gent" in line] == [b"user-agent: lama"]
    assert b"X-Key: a b" in lines


@pytest.mark.parametrize("headers", [{"a b": "c"}, {"": "c"}, {"a:": "b"}, {"a\r\nb": "c"}, {"a": "b\r\n c"}, {"a": "\x7f"}, {"é": "a"}])
def test_what_could_end_a_line_early_is_refused(headers: dict[str, str]) -> None:
    with fails(BadAnswer, "bad_header"):
        WRITER.written("GET", "/a", headers, None)


@pytest.mark.parametrize("name", sorted(FRAMING))
def test_the_framing_is_ours_to_say(name: str) -> None:
    with fails(BadAnswer, "bad_header"):
        WRITER.written("GET", "/a", {name.title(): "1"}, None)


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("/a", [("nama", "Siti & Co/é")], "/api/a?nama=Siti+%26+Co%2F%C3%A9"),
        ("/a?x=1", [("y", "2")], "/api/a?x=1&y=2"),
        ("/a%20b", [], "/api/a%20b"),
    ],
)
def test_a_target_is_written_once(path: str, query: list[tuple[str, str]], target: str) -> None:
    assert WRITER.target(path, query) == target


def test_a_target_that_cannot_be_written_is_a_bad_path() -> None:
    with fails(BadAnswer, "bad_path"):
        WRITER.target("/a", [("x", "\udc80")])
    with fails(BadAnswer, "bad_path"):
        Writer("http://h/é").target("/a")


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("http://h.test", "h.test"),
        ("http://h.test:80", "h.test"),
        ("https://h.test:443/x", "h.test"),
        ("https://h.test:80", "h.test:80"),
        ("http://h.test.", "h.test"),
        ("http://[2001:db8::1]:8080", "[2001:db8::1]:8080"),
        ("http://[2001:db8::80]", "[2001:db8::80]"),
    ],
)
def test_the_host_is_told_as_a_browser_would(base: str, host: str) -> None:
    assert f"\r\nHost: {host}\r\n".encode() in Writer(base).written("GET", "/", {}, None)
