from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.convert import Hints, canonical, reader, writer
from app.contract.flaw import Flaw
from tests.fixtures.lists import LISTS, prop

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def read(raw: object, kind: Any = "string", *, hints: Hints | None = None, **words: Any) -> object:
    return reader(prop(kind, **words), LISTS, hints or Hints())(raw)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("string", "  a  b ", "a b"),
        ("string", "007", "007"),
        ("string", 7, "7"),
        ("string", 7.0, "7"),
        ("string", "", None),
        ("string", None, None),
        ("integer", "12", 12),
        ("integer", 12.0, 12),
        ("integer", " 12 ", 12),
        ("integer", -3, -3),
        ("number", "1.5", 1.5),
        ("number", 2, 2),
        ("boolean", True, True),
        ("boolean", "false", False),
        ("array", ["a", " b "], ["a", " b "]),
        ("array", "a", ["a"]),
    ],
)
def test_a_value_is_read_by_its_type(kind: str, raw: object, value: object) -> None:
    assert read(raw, kind) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("string", 1.5),
        ("string", True),
        ("string", {"a": 1}),
        ("string", ["a"]),
        ("integer", "1.5"),
        ("integer", 1.5),
        ("integer", True),
        ("integer", "1.000"),
        ("integer", 2**70),
        ("number", "1,5"),
        ("number", float("nan")),
        ("number", float("inf")),
        ("number", "1e5"),
        ("boolean", 1),
        ("boolean", "YA"),
        ("object", "teks"),
    ],
)
def test_what_cannot_be_read_is_invalid_and_never_guessed(kind: str, raw: object) -> None:
    read_value = read(raw, kind)
    assert isinstance(read_value, Flaw)
    assert not read_value.suspicious


def test_what_a_source_writes_for_nothing_is_null() -> None:
    hints = Hints(empty=("-", "NULL", "01-01-0001", "Tidak  Ada"))
    assert [read(raw, hints=hints) for raw in ("-", " - ", "NULL", "Tidak Ada", "ada")] == [None, None, None, None, "ada"]
    assert read("01-01-0001", "date", hints=Hints(format="%d-%m-%Y", empty=("01-01-0001",))) is None


def test_codes_of_the_file_map_text_numbers_and_booleans() -> None:
    hints = Hints(codes={"1": "L", "2": "P", "true": "L"})
    assert [read(raw, hints=hints) for raw in ("1", 1, 1.0, 2, True, " 2 ")] == ["L", "L", Flaw("unknown_code"), "P", "L", "P"]
    assert read("3", hints=hints) == Flaw("unknown_code")
    assert read("YA", "boolean", hints=Hints(codes={"YA": True, "TIDAK": False})) is True
    assert read("TIDAK", "boolean", hints=Hints(codes={"YA": True, "TIDAK": False})) is False


def test_digits_are_padded_to_the_declared_width() -> None:
    assert [read(raw, hints=Hints(pad=3)) for raw in (1, "11", "011", "A1")] == ["001", "011", "011", "A1"]


@pytest.mark.parametrize(
    ("options", "raw", "rule"),
    [
        ({"pattern": "^[0-9]{3}$"}, "12", "pattern"),
        ({"max_length": 3}, "1234", "length"),
        ({"min_length": 3}, "12", "length"),
        ({"enum": ("a", "b")}, "c", "not_in_enum"),
        ({"format": "uuid"}, "bukan", "format"),
        ({"format": "email"}, "a@b", "format"),
    ],
)
def test_options_of_text_are_checked(options: dict[str, Any], raw: str, rule: str) -> None:
    assert read(raw, options=options) == Flaw(rule)


@pytest.mark.parametrize(
    ("options", "raw", "rule"),
    [
        ({"minimum": 1}, 0, "out_of_range"),
        ({"maximum": 12}, "13", "out_of_range"),
        ({"exclusive_minimum": 0}, 0, "out_of_range"),
        ({"exclusive_maximum": 10}, 10, "out_of_range"),
        ({"multiple_of": 5}, 12, "not_a_multiple"),
    ],
)
def test_options_of_numbers_are_checked(options: dict[str, Any], raw: object, rule: str) -> None:
    assert read(raw, "integer", options=options) == Flaw(rule)


def test_options_of_lists_and_dates_are_checked() -> None:
    assert read([1, 2, 3], "array", options={"max_items": 2}) == Flaw("items")
    assert read(["a", "a"], "array", options={"unique_items": True}) == Flaw("items_not_unique")
    assert read("2019-12-31", "date", options={"minimum_text": "2020-01-01"}) == Flaw("out_of_range")


def test_items_and_members_are_read_by_their_own_types() -> None:
    assert read(["1", 2], "array", items=prop("integer")) == [1, 2]
    assert read(["1", "x"], "array", items=prop("integer")) == Flaw("not_a_number")
    inner = prop("integer", required=True)
    assert read({"field": "7", "lain": 1}, "object", properties=(inner,)) == {"field": 7}
    assert read({"lain": 1}, "object", properties=(inner,)) == Flaw("required_missing")


def test_a_suspicious_value_must_still_pass_the_options() -> None:
    assert read("9999010101909001", semantic="nik") == Flaw("unknown_region", "9999010101909001")
    assert read("9999010101909001", semantic="nik", options={"pattern": "^12"}) == Flaw("pattern")


def test_semantics_decide_before_types() -> None:
    assert read(1276010101909001, semantic="nik") == "1276010101909001"
    assert read("1274010001", semantic="region", hints=Hints(scheme="bps")) == "12.76.01.1001"
    assert read("BPNT", semantic="code:program") == "SEMBAKO"
    assert read("Rp 600.000,00", "integer", semantic="money", hints=Hints(how="rupiah")) == 600000
    assert read("Rp 600.000,50", "integer", semantic="money", hints=Hints(how="rupiah")) == Flaw("not_whole")
    assert read("1.500", "integer", semantic="money") == Flaw("ambiguous_amount")
    assert read("081234567890", semantic="phone") == "+6281234567890"


KINDS: list[tuple[Any, dict[str, Any], Hints]] = [
    ("string", {}, Hints()),
    ("string", {"semantic": "nik"}, Hints()),
    ("string", {"semantic": "region"}, Hints(scheme="bps")),
    ("string", {"semantic": "code:agama"}, Hints()),
    ("string", {}, Hints(codes={"1": "L"}, empty=("-",))),
    ("integer", {"semantic": "money"}, Hints(how="rupiah")),
    ("number", {}, Hints()),
    ("boolean", {}, Hints()),
    ("date", {}, Hints(format="%d/%m/%Y")),
    ("timestamp", {}, Hints()),
    ("array", {"items": prop("integer")}, Hints()),
    ("object", {"properties": (prop("integer"),)}, Hints()),
]


@given(JUNK, st.sampled_from(KINDS))
def test_reading_never_raises_whatever_a_source_says(raw: object, made: tuple[Any, dict[str, Any], Hints]) -> None:
    kind, words, hints = made
    reader(prop(kind, **words), LISTS, hints)(raw)


BACK: list[tuple[Any, dict[str, Any], Hints, list[Any]]] = [
    ("string", {}, Hints(), ["a", "007"]),
    ("string", {}, Hints(codes={"1": "L", "2": "P"}), ["L", "P"]),
    ("boolean", {}, Hints(codes={"YA": True, "TIDAK": False}), [True, False]),
    ("boolean", {}, Hints(), [True, False]),
    ("integer", {}, Hints(), [0, 12]),
    ("date", {}, Hints(format="%d-%m-%Y"), ["2026-08-17"]),
    ("timestamp", {}, Hints(format="%Y-%m-%d %H:%M:%S"), ["2026-08-17T10:11:12+07:00"]),
    ("string", {"semantic": "region"}, Hints(scheme="bps"), ["12.76.01.1001", "12.76"]),
    ("string", {"semantic": "nik"}, Hints(), ["1276010101909001"]),
]


@pytest.mark.parametrize(("kind", "words", "hints", "values"), BACK)
def test_what_goes_back_to_the_source_is_read_the_same(kind: Any, words: dict[str, Any], hints: Hints, values: list[Any]) -> None:
    field = prop(kind, **words)
    write = writer(field, LISTS, hints)
    assert write is not None
    assert [reader(field, LISTS, hints)(write(value)) for value in values] == values


@pytest.mark.parametrize("hints", [Hints(how="rupiah"), Hints(pad=3), Hints(code="program"), Hints(codes={"1": "L", "L": "L"})])
def test_where_there_is_no_way_back_nothing_is_written(hints: Hints) -> None:
    assert writer(prop(), LISTS, hints) is None


def test_a_question_is_read_canonically() -> None:
    assert canonical(prop("integer"), LISTS)("12") == 12
    assert canonical(prop("date"), LISTS)("2026-08-17") == "2026-08-17"
    assert isinstance(canonical(prop("date"), LISTS)("17/08/2026"), Flaw)
