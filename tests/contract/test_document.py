from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.contract.document import parse
from app.errors import CityError
from tests.fixtures.odcs import problems


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "empty"),
        ("# hanya komentar\n", 1, "empty"),
        ("a: 1\nb: [1, 2", 2, "not_yaml"),
        ("a: 1\n\tb: 2\n", 2, "not_yaml"),
        ("a: 1\nb: \x00\n", 2, "not_yaml"),
        ("a: 1\n---\nb: 1\n", 2, "not_yaml"),
        ("? [a, b]\n: 1\n", 1, "not_yaml"),
        ("a: 1\nb: 2\na: 3\n", 3, "duplicate_key"),
        ("a: &x 1\nb: *x\n", 1, "alias"),
        ("a: 1\nb: *x\n", 2, "alias"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "tag"),
        ("a: !lain 1\n", 1, "tag"),
        ("a: " + "[" * 50 + "]" * 50, 1, "too_deep"),
        ("a: '" + "x" * 1_000_001 + "'", 1, "too_large"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_at_its_line(tmp_path: Path, text: str, line: int, code: str) -> None:
    assert [(problem.line, problem.code) for problem in problems(tmp_path, text)] == [(line, code)]


@pytest.mark.parametrize(
    "text", ["012", "no", "NO", "yes", "on", "12:30", "1_000", "0x1F", "0o17", "1e3", ".5", "+1", "2020-01-01", "1.", ".inf", "True"]
)
def test_a_word_that_yaml_would_reinterpret_stays_text(text: str) -> None:
    assert parse(f"- {text}", "x").plain() == [text]


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("-7", -7), ("0", 0), ("1.50", 1.5), ("true", True), ("false", False), ("null", None), ("~", None), ('"1"', "1")]
)
def test_plain_numbers_and_words_are_what_they_look_like(text: str, value: object) -> None:
    assert parse(f"- {text}", "x").plain() == [value]


def test_a_number_keeps_the_text_in_which_it_was_written() -> None:
    assert [node.written for node in parse("[12.70, 1276010101909001]", "x").value] == ["12.70", "1276010101909001"]


def test_every_value_knows_its_line() -> None:
    root = parse("a:\n  b: 1\n  c:\n    - 2\n    - 3\n", "x")
    inner = root.value["a"]
    assert (inner.line, inner.value["b"].line) == (2, 2)
    assert [node.line for node in inner.value["c"].value] == [4, 5]


def test_null_is_as_good_as_absent() -> None:
    root = parse("a: null\nb: 1\n", "x")
    assert root.get("a") is None
    assert root.get("c") is None
    assert root.get("b") is not None


@given(st.recursive(st.text(max_size=20) | st.booleans() | st.integers(-(10**17), 10**17), lambda inner: st.lists(inner, max_size=4), max_leaves=10))
def test_what_another_tool_writes_is_read_the_same(value: object) -> None:
    assert parse(yaml.safe_dump({"a": value}, default_flow_style=None), "x").plain() == {"a": value}


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = []
    try:
        parse(text, "x")
    except CityError as error:
        found = error.problems
    assert all(problem.line >= 1 for problem in found)
