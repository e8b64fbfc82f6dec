"""What a source says the next page is asked with, and where it may lead."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapter.egress.path import composed
from app.adapter.paging import Below, Sheet, next_link, told
from app.adapter.rows import MISSING

BASE = "https://siks.example.go.id/api/v1"
HERE = "/warga?page=1"
PAGE = Sheet([{"id": 1}])


@pytest.mark.parametrize(
    ("found", "next_", "reason"),
    [
        (MISSING, None, None),
        (None, "", None),
        ("", "", None),
        (False, "", None),
        ("abc", "abc", None),
        (17, "17", None),
        (0, "0", None),
        (True, None, "bad_next"),
        (1.5, None, "bad_next"),
        ({"a": 1}, None, "bad_next"),
        ([], None, "bad_next"),
    ],
)
def test_what_a_body_says_of_the_next_page(found: Any, next_: str | None, reason: str | None) -> None:
    assert told(PAGE, found) == PAGE._replace(next=next_, reason=reason)


@pytest.mark.parametrize(
    ("header", "next_"),
    [
        (None, None),
        (" ", None),
        ('<https://h/a?page=2>; rel="next"', "https://h/a?page=2"),
        ("<?page=2>;rel=next", "?page=2"),
        ('</a>; rel="prev", </b>; rel="next", </c>; rel="last"', "/b"),
        ('</a,b;c>; rel="next"', "/a,b;c"),
        ('</a>; REL = "Last NEXT"', "/a"),
        ('</a>; title="x, y; \\"rel=next\\""; rel="first"', ""),
        ('</a>; title="; rel=next"; rel=prev, </b>; rel=next; title=x', "/b"),
        ("</a>; rel=prev; rel=next", ""),
        ('</a>; rel="next"; anchor="#x"', ""),
        ("</a>; rel=nextish", ""),
        ("</a>;;rel=next;", "/a"),
        ("</a>, , </b> ; rel = next", "/b"),
        ("< /a >; rel=next", "/a"),
    ],
)
def test_the_next_link_of_a_header(header: str | None, next_: str | None) -> None:
    assert next_link(PAGE, header) == PAGE._replace(next=next_)


@pytest.mark.parametrize(
    "header", ["/a; rel=next", '</a; rel="next"', "</a>; rel=prev | </b>; rel=next", "<>; rel=next", '</a>; title="x, </b>; rel=next']
)
def test_a_header_that_cannot_be_read_is_never_an_end(header: str) -> None:
    assert next_link(PAGE, header) == PAGE._replace(reason="bad_next")


@given(st.text(alphabet=' ,;=<>"\\relnxt/a', max_size=60))
def test_a_header_that_names_a_next_link_at_its_end_is_read_or_refused(noise: str) -> None:
    found = next_link(PAGE, noise + ', </z>; rel="next"')
    assert found.reason == "bad_next" or found.next is not None


def test_a_long_header_is_read_in_one_pass() -> None:
    for noise in ("<a>" + "; a" * 5000, " ," * 8000, "<a>" + " ;" * 8000 + "!", '<a>; b="' + "\\" * 16000, "<" * 16000):
        assert next_link(PAGE, noise).rows == PAGE.rows


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("https://siks.example.go.id/api/v1/warga?page=2", "/warga?page=2"),
        ("HTTPS://SIKS.example.go.id:443/api/v1/warga?page=2#top", "/warga?page=2"),
        ("//siks.example.go.id/api/v1/lain", "/lain"),
        ("/api/v1/warga?page=2", "/warga?page=2"),
        ("?page=2", "/warga?page=2"),
        ("warga/2", "/warga/2"),
        ("./warga/../kk?x=1", "/kk?x=1"),
        (" /api/v1/warga?nama=Siti Aminah&k=é ", "/warga?nama=Siti%20Aminah&k=%C3%A9"),
        ("/api/v1/warga?a=%2F&b=+", "/warga?a=%2F&b=+"),
        ("?page=2&api_key=kunci%201&x=1", "/warga?page=2&x=1"),
        ("?api_key=lain", "/warga"),
        ("?kunci=kunci+1&page=2", "/warga?page=2"),
    ],
)
def test_an_address_is_a_path_with_its_query_below_the_base(reference: str, address: str) -> None:
    below = Below(BASE, [("api_key", "kunci 1")])
    assert below.address(reference, HERE) == address
    assert below.placed(PAGE._replace(next=reference), HERE) == PAGE._replace(next=address)
    assert "kunci" not in repr(below)


FOREIGN = [
    "https://lain.example.go.id/api/v1/warga",
    "http://siks.example.go.id/api/v1/warga",
    "https://siks.example.go.id:8443/api/v1/warga",
    "https://siks.example.go.id@lain.example.go.id/api/v1/warga",
    "https://u:p@siks.example.go.id/api/v1/warga",
    "https://siks.example.go.id.lain.id/api/v1/warga",
    "https://siks.example.go.id\\@lain.id/api/v1/warga",
    "//lain.example.go.id/api/v1/warga",
    "/api/v2/warga",
    "/api/v1",
    "/api/v10/warga",
    "../../v2/warga",
    "/api/v1/../v2/warga",
    "/api/v1/%2e%2e/v2",
    "/api/v1/..;/v2",
    "/api/v1/a%2fb",
    "/api/v1//warga",
    "/api/v1/warga\r\nX: 1",
    "/api/v1/warga?x=\n1",
    "/api/v1/warga?x=%0a",
    "/api/v1/war\\ga",
    "ftp://siks.example.go.id/api/v1/warga",
    "javascript:alert(1)",
    "http://[::1/api/v1/warga",
    "https://siks.example.go.id:x/api/v1/warga",
    "https://siks.example.go.id:25/api/v1/warga",
]


@pytest.mark.parametrize("reference", FOREIGN)
def test_an_address_that_leads_elsewhere_ends_the_reading(reference: str) -> None:
    below = Below(BASE)
    assert below.address(reference, "/warga/a") is None
    assert below.placed(PAGE._replace(next=reference), "/warga/a") == PAGE._replace(reason="foreign_next")


@given(st.text(max_size=40) | st.from_regex(r"(https?:)?(//)?[a-z.:@\\/%0-9?#;]{0,30}", fullmatch=True))
def test_whatever_an_address_says_it_stays_below_the_base(reference: str) -> None:
    address = Below(BASE).address(reference, HERE)
    assert address is None or composed(BASE, address).startswith(BASE + "/")


def test_a_page_that_says_nothing_or_cannot_go_on_is_left_as_it_is() -> None:
    for sheet in (PAGE, PAGE._replace(next=""), PAGE._replace(next="/x", reason="bad_next")):
        assert Below(BASE).placed(sheet, HERE) == sheet
