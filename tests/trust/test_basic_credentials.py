"""HTTP Basic as OAuth 2 uses it."""

import base64
from urllib.parse import quote_plus

import pytest
from fixtures.office import basic
from hypothesis import given
from hypothesis import strategies as st

from app.trust.basic import credentials


def test_id_and_secret_are_read():
    assert credentials(basic("satu-data", "rahasia")) == ("satu-data", "rahasia")


def test_scheme_is_read_without_regard_to_case():
    assert credentials(basic("a", "b").replace("Basic", "bAsIc")) == ("a", "b")


@given(st.text(max_size=40), st.text(max_size=40))
def test_form_urlencoded_credentials_come_back_as_they_were(identifier, secret):
    assert credentials(basic(quote_plus(identifier), quote_plus(secret))) == (identifier, secret)


@given(st.text(max_size=60))
def test_no_header_makes_it_stumble(header):
    assert credentials(header) is None or header.lower().startswith("basic ")
    assert credentials(f"Basic {header}") is None or ":" in base64.b64decode(header).decode()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Bearer abc",
        "Basic ***",
        basic("x", "y")[:-3],
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xfe").decode(),
        basic("%FF", "x"),
        basic("x", "y" * 2000),
    ],
)
def test_header_without_readable_credentials_gives_none(header):
    assert credentials(header) is None
