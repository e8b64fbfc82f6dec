"""The body of a request is read as one parser reads it, or not at all."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.strict_json import loads
from app.errors import BadQuestion

REFUSED = {
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "minus Infinity": b"-Infinity",
    "1e999": b'{"a": 1e999}',
    "-1e999": b"-1e999",
    "a name twice": b'{"a": 1, "a": 1}',
    "a name twice, escaped": b'{"a": 1, "\\u0061": 2}',
    "a name twice, deep": b'[{"x": [{"b": 1, "b": 2}]}]',
    "a lone high surrogate": b'{"a": "\\ud800"}',
    "a lone low surrogate": b'["x\\udc00y"]',
    "surrogates in the wrong order": b'"\\udc00\\ud800"',
    "a lone surrogate in a name": b'{"\\ud800": 1}',
    "an escaped NUL": b'{"a": ["\\u0000"]}',
    "an escaped NUL in a name": b'{"\\u0000": 1}',
    "NUL": b'{"a": "\x00"}',
    "NUL after the end": b"{}\x00",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16 with a mark": '{"a": 1}'.encode("utf-16"),
    "UTF-16 LE": '{"a": 1}'.encode("utf-16-le"),
    "UTF-16 BE": '{"a": 1}'.encode("utf-16-be"),
    "Latin-1": '{"a": "é"}'.encode("latin-1"),
    "overlong UTF-8": b'"\xc0\xaf"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "depth 65": b"[" * 65 + b"]" * 65,
    "depth 65 of objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "depth without an end": b"[" * 100_000,
    "depth behind a string that does not end": b'"\\\n' + b"[" * 100_000,
    "5000 digits": b"1" * 5000,
    "5000 digits below zero": b"[-" + b"1" * 5000 + b"]",
    "nothing": b"",
    "blanks": b" \n",
    "a trailing comma": b"[1,]",
    "a trailing comma in an object": b'{"a": 1,}',
    "two values": b"{}{}",
    "single quotes": b"{'a': 1}",
    "a comment": b"{} // x",
    "a leading zero": b"01",
    "a leading plus": b"+1",
    "hexadecimal": b"0x10",
    "a raw newline in a string": b'"a\nb"',
    "a raw tab in a string": b'"a\tb"',
    "no-break space between": b"[1,\xc2\xa02]",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_two_parsers_may_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(BadQuestion) as caught:
        loads(body)
    assert caught.value.detail.en.startswith("The body cannot be read: ")
    assert caught.value.detail.id.startswith("Isi tidak dapat dibaca: ")


def test_a_refusal_holds_nothing_of_the_body() -> None:
    with pytest.raises(BadQuestion) as caught:
        loads(b'{"nik": "1276010101900001", "nik": "1276010101900001"}')
    assert "1276" not in str(caught.value.detail)


@pytest.mark.parametrize(
    ("body", "made"),
    [
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        ('"\U0001f600é"'.encode(), "\U0001f600é"),
        (b"[" * 64 + b"]" * 64, 64),
        (b'"' + b"[" * 100 + b'"', "[" * 100),
        (b'["\\"[[[", "\\\\", "]"]', ['"[[[', "\\", "]"]),
        (b"[" + b",".join([b"[]"] * 100) + b"]", [[]] * 100),
        (b"1" * 300, int("1" * 300)),
        (b"-0", 0),
        (b"1e308", 1e308),
        (b" {} ", {}),
        (b"null", None),
        (b'{"a": 1, "A": 2}', {"a": 1, "A": 2}),
        (b'"\\\\u0000"', "\\u0000"),
    ],
)
def test_what_is_plain_is_read(body: bytes, made: Any) -> None:
    found = loads(body)
    if made == 64:
        made = []
        for _ in range(63):
            made = [made]
    assert found == made


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
PLAIN = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5), max_leaves=25)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_everything_that_is_written_is_read_back(value: Any, ascii_only: bool, indent: int | None) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        made = loads(body)
    except BadQuestion:
        return
    assert json.loads(body) == made


@pytest.mark.parametrize("body", [b'"' + b'\\"' * 200_000, b"[" * 10 + b'"\\' * 200_000], ids=["escaped quotes", "open strings"])
def test_a_string_that_never_ends_is_read_once(body: bytes) -> None:
    """Begun again at every quote, it would take many minutes of the whole gateway."""
    with pytest.raises(BadQuestion):
        loads(body)


def test_a_refusal_points_to_the_place_where_it_can_name_it() -> None:
    with pytest.raises(BadQuestion) as caught:
        loads(b'{"filter": {"na/ma": ["a", "\\u0000"]}}')
    assert [fault.where for fault in caught.value.faults] == ["/filter/na~1ma/1"]
