from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.convert import Hints, canonical, reader, writer
from app.contract.flaw import Flaw
from app.contract.text import normal
from tests.fixtures.lists import LISTS, WIB, prop

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
    assert read(0.0, "number", hints=Hints(empty=("0",))) is None
    assert read("01-01-0001", "date", hints=Hints(format="%d-%m-%Y", empty=("01-01-0001",))) is None


def test_codes_of_the_file_map_text_numbers_and_booleans() -> None:
    hints = Hints(codes={"1": "L", "2": "P", "true": "L"})
    assert [read(raw, hints=hints) for raw in ("1", 1, 1.0, 2, True, " 2 ")] == ["L", "L", "L", "P", "L", "P"]
    assert [read(raw, hints=hints) for raw in ("3", 1.5, [1], {"1": 1})] == [Flaw("unknown_code")] * 4
    assert read("YA", "boolean", hints=Hints(codes={"YA": True, "TIDAK": False})) is True
    assert read("TIDAK", "boolean", hints=Hints(codes={"YA": True, "TIDAK": False})) is False


def test_digits_are_padded_to_the_declared_width() -> None:
    assert [read(raw, hints=Hints(pad=3)) for raw in (1, "11", "011", "A1")] == ["001", "011", "011", "A1"]


def test_items_and_members_are_read_by_their_own_types() -> None:
    assert read(["1", 2], "array", items=prop("integer")) == [1, 2]
    assert read(["1", "x"], "array", items=prop("integer")) == Flaw("not_a_number")
    inner = prop("integer", required=True)
    assert read(["17/08/2026", ""], "array", items=prop("date"), hints=Hints(format="%d/%m/%Y")) == ["2026-08-17", None]
    assert read([1, "2"], "array", hints=Hints(codes={"1": "L", "2": "P"})) == ["L", "P"]
    assert read({"field": "7", "lain": 1}, "object", properties=(inner,)) == {"field": 7}
    assert read({"lain": 1}, "object", properties=(inner,)) == Flaw("required_missing")


def test_a_suspicious_value_must_still_pass_the_options() -> None:
    assert read("9999010101909001", semantic="nik") == Flaw("unknown_region", "9999010101909001")
    assert read("9999010101909001", semantic="nik", options={"pattern": "^12"}) == Flaw("pattern")
    assert read(["9999010101909001"], "array", items=prop(semantic="nik")) == ["9999010101909001"]


def test_a_number_of_identity_that_was_kept_as_a_float_is_refused() -> None:
    assert read(12345678.0, semantic="npsn") == Flaw("number_not_text")
    assert read(12345678, semantic="npsn") == "12345678"
    assert read(123456789012345.0, semantic="npwp") == Flaw("scientific")
    assert read(123456789012346, semantic="npwp") == "0123456789012346"
    assert read(1.5) == Flaw("number_not_text")


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
    ("string", {"semantic": "region"}, Hints(), ["12.76.01.1001", "12.76"]),
    ("integer", {"semantic": "money"}, Hints(), [1500, -1]),
    ("number", {}, Hints(), [0.0000001, 1500.0, -2.5]),
    ("string", {}, Hints(codes={"1": "1", "true": "ya"}), ["1", "ya"]),
]


@pytest.mark.parametrize(("kind", "words", "hints", "values"), BACK)
def test_what_goes_back_to_the_source_is_read_the_same(kind: Any, words: dict[str, Any], hints: Hints, values: list[Any]) -> None:
    field = prop(kind, **words)
    write = writer(field, LISTS, hints)
    assert write is not None
    assert [reader(field, LISTS, hints)(write(value)) for value in values] == values


TEXT = st.text().map(normal).filter(lambda text: text is not None)
DAYS = st.dates().map(str)
MOMENTS = st.integers(-1_100_000_000, 4_100_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, WIB).isoformat())
WRITTEN = [("string", None, TEXT), ("date", "%d %B %Y", DAYS), ("date", None, DAYS), ("timestamp", "%d/%m/%Y %H:%M:%S", MOMENTS)]


@given(
    st.data(),
    st.sampled_from(WRITTEN),
)
def test_whatever_goes_back_to_the_source_is_read_the_same(data: st.DataObject, made: tuple[Any, str | None, st.SearchStrategy[str]]) -> None:
    kind, form, values = made
    value, field, hints = data.draw(values), prop(kind), Hints(format=form)
    write = writer(field, LISTS, hints)
    assert write is not None
    assert reader(field, LISTS, hints)(write(value)) == value


@pytest.mark.parametrize(("kind", "words"), [("string", {"semantic": "phone"}), ("number", {"semantic": "percent"}), ("array", {}), ("object", {})])
def test_what_is_read_in_many_spellings_has_no_way_back(kind: Any, words: dict[str, Any]) -> None:
    assert writer(prop(kind, **words), LISTS) is None


def test_a_year_of_two_digits_has_no_way_back() -> None:
    assert writer(prop("date"), LISTS, Hints(format="%d-%m-%y")) is None


@pytest.mark.parametrize("hints", [Hints(how="rupiah"), Hints(pad=3), Hints(code="program"), Hints(codes={"1": "L", "L": "L"})])
def test_where_there_is_no_way_back_nothing_is_written(hints: Hints) -> None:
    assert writer(prop(), LISTS, hints) is None


def test_a_question_is_read_canonically() -> None:
    assert canonical(prop("integer"), LISTS)("12") == 12
    assert canonical(prop("date"), LISTS)("2026-08-17") == "2026-08-17"
    assert isinstance(canonical(prop("date"), LISTS)("17/08/2026"), Flaw)
