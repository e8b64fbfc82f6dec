"""Which line a key of a TOML text stands on."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapter.toml_lines import error_line, line_of, lines_of

TEXT = '''\
title = "x"
[connection]
base = "http://x"   # [not.a.table]
networks = [
  "10.0.0.0/8",
  [1, 2]
]
note = """
kind = "inner"
[inner]
"""
after.dotted = 1
"nik " = 2
'b.c' = { d = 1 }
brackets = "[["
closing = 'a]'   # ]]]
raw = \'\'\'one [ \'\'\'
last = true

[[responses]]
then = "ok"
[[responses]] # second
then = "empty"

[[resource]]
contract = "a"
[resource.read]
list = "/a"
[[resource]]
contract = "b"
  [resource.read]
  list = "/b"
[resource.map."x.y"]
from = "z"
'''


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("title",), 1),
        (("connection",), 2),
        (("connection", "base"), 3),
        (("connection", "networks"), 4),
        (("connection", "networks", 1), 4),
        (("connection", "note"), 8),
        (("connection", "after", "dotted"), 12),
        (("connection", "nik "), 13),
        (("connection", "b.c"), 14),
        (("connection", "b.c", "d"), 14),
        (("connection", "brackets"), 15),
        (("connection", "closing"), 16),
        (("connection", "raw"), 17),
        (("connection", "last"), 18),
        (("responses", 0, "then"), 21),
        (("responses", 1), 22),
        (("responses", 1, "then"), 23),
        (("resource", 0, "read", "list"), 28),
        (("resource", 1), 29),
        (("resource", 1, "read", "list"), 32),
        (("resource", 1, "map", "x.y", "from"), 34),
        (("resource", 1, "missing"), 29),
        (("nowhere", "at", "all"), 1),
    ],
)
def test_a_key_stands_on_its_line(where: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert line_of(lines_of(TEXT), where) == line


def test_nothing_within_a_text_or_a_list_is_taken_for_a_key() -> None:
    lines = lines_of(TEXT)
    assert not {("connection", "kind"), ("inner",), ("1, 2",), ("1", "2")} & set(lines)


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb = \n", 2), ("a = 1\na = 2\n", 2), ('a = """\n', 1)])
def test_the_parsers_own_line_is_read_from_its_message(text: str, line: int) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as raised:
        tomllib.loads(text)
    assert error_line(raised.value) == line


NAMES = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=8, unique=True)


@given(NAMES, st.lists(st.sampled_from(["1", '"x"', "[1,\n2]", '"""\na = 1\n"""', "{ q = 1 }", "'''[\n]'''"]), min_size=8, max_size=8))
def test_every_plain_key_is_found_whatever_the_values_are(names: list[str], values: list[str]) -> None:
    text = "".join(f"{name} = {value}\n" for name, value in zip(names, values, strict=False))
    found = lines_of(text)
    for name in tomllib.loads(text):
        assert text.splitlines()[found[(name,)] - 1].startswith(f"{name} = ")
