"""Addresses are composed, and what could climb out is refused before anything leaves."""

from urllib.parse import parse_qsl

import pytest

from app.adapter.egress.path import composed, origin
from app.errors import BadAnswer
from tests.fixtures.far_side import Said, far_side
from tests.fixtures.raw_side import fails, ok, raw_side, saying, way_to

TRICKS = [
    *("/a/../b", "/..", "/../", "/.", "/./a", "/%2e%2e/b", "/%2E%2e", "/.%2e/b", "/a/%2e", "/..?x=1", "/a%2Fb", "/a%5cb", "/a%00"),
    *("//evil.test/a", "/a//b", "/\\evil.test", "/a\\..\\b", "/a\x00", "/a\x1f", "/a\x7f", "/a b", "/a\nb", "/a\rb", "/a\tb", "/a\r\nX-Y: z"),
    *(
        "http://evil.test/",
        "https:/evil.test",
        "evil.test",
        "@evil.test/",
        "",
        "?a=1",
        " /a",
        "/a#b",
        "/é",
        "/\U0001f600",
        "/a?b=\n",
        "/a?b=\t",
        "/a?b#c",
    ),
]


@pytest.mark.anyio
@pytest.mark.parametrize("path", TRICKS)
async def test_a_trick_in_a_path_reaches_nobody(path: str) -> None:
    with far_side(lambda _asked: Said({})) as side:
        async with way_to(side.address + "/api") as egress:
            with fails(BadAnswer, "bad_path"):
                await egress.ask("GET", path)
            with fails(BadAnswer, "bad_path"):
                await egress.login("POST", path, headers={}, form=None, json={})
        assert side.asked == []


@pytest.mark.anyio
async def test_base_and_path_are_put_together_by_their_encoded_text() -> None:
    async with raw_side(saying(ok())) as side, way_to(side.address + "/api/v1/") as egress:
        await egress.ask("GET", "/warga/a%20b%3Fc?x=1", query=[("nama", "Siti & Co/é"), ("x", "2")])
        path, _, query = side.asked[0].split()[1].decode().partition("?")
    assert path == "/api/v1/warga/a%20b%3Fc"
    assert parse_qsl(query) == [("x", "1"), ("nama", "Siti & Co/é"), ("x", "2")]


@pytest.mark.parametrize("path", ["/a", "/a/b.c", "/a..b", "/...", "/a/..b", "/a?u=http://b/c", "/a?x=%20", "/"])
def test_a_plain_path_is_left_as_it_is(path: str) -> None:
    assert composed("http://h/api/", path) == "http://h/api" + path


def test_the_origin_of_a_base_has_its_port() -> None:
    assert origin("https://h.test/api") == ("https", "h.test", 443)
    assert origin("http://h.test") == ("http", "h.test", 80)
    assert origin("http://h.test:81") == ("http", "h.test", 81)


@pytest.mark.parametrize("base", ["ftp://h", "file:///etc/passwd", "http://", "http://u:p@h", "http://h?a=1", "http://h#a", "h"])
def test_a_base_is_a_plain_address(base: str) -> None:
    with pytest.raises(ValueError, match="base is an http or https address"):
        origin(base)
