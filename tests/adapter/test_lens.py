"""Lenses: paths, joins, constants, and the way back to the source."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapter.manifest import Resource
from app.adapter.mapping import MapLens, getter, joined, steps
from app.adapter.protocol import Condition, Pushed
from app.adapter.shaper import MEMO_MOST, Memo
from app.contract.contract import Contract
from app.contract.flaw import Flaw
from tests.fixtures.lists import LISTS, prop


def lens(fields: dict[str, Any], rules: dict[str, Any], *, push: dict[str, Any] | None = None, key: tuple[str, ...] = ("id",)) -> MapLens:
    made = {name: field for name, field in fields.items()}
    contract = Contract("uji", "1.0.0", "Uji", "", "terbatas", made, key)
    resource = Resource.model_validate({"contract": "uji", "map": rules, "push": push or {}})
    return MapLens(resource, contract, LISTS)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("a", ("a",)),
        ("a.b.c", ("a", "b", "c")),
        ("nik ", ("nik ",)),
        ("a. b", ("a", " b")),
        ("['a.b']", ("a.b",)),
        ("x['a.b'].c", ("x", "a.b", "c")),
        ("<7tahun", ("<7tahun",)),
    ],
)
def test_a_source_path_is_dotted_and_blanks_are_kept(path: str, names: tuple[str, ...]) -> None:
    assert steps(path) == names


def test_what_is_not_there_is_nothing() -> None:
    row = {"a": {"b": 1}, "nik ": "7", "a.b": 2, "n": None, "l": [1]}
    assert [getter(path)(row) for path in ("a.b", "nik ", "['a.b']", "a.c", "x.y.z", "n", "n.x", "l.x")] == [1, "7", 2, None, None, None, None, None]


def test_several_values_are_joined_and_gaps_left_out() -> None:
    get = joined(("jalan", "rt", "rw"), ", ")
    assert get({"jalan": " Jl. A ", "rt": 1, "rw": None}) == "Jl. A, 1"
    assert get({"jalan": "", "rt": None}) is None
    assert get({"jalan": {"a": 1}, "rt": [1]}) is None


def test_a_key_that_lacks_a_part_is_no_key() -> None:
    fields = {"id": prop(key=1), "nama": prop()}
    made = lens(fields, {"id": {"from": ["keluarga", "tahun"], "join": "-"}, "nama": {"from": ["a", "b"]}})
    assert made.shape({"keluarga": "7", "tahun": 2026, "a": "x"})[:2] == (("7-2026",), {"id": "7-2026", "nama": "x"})
    assert made.shape({"keluarga": " ", "tahun": 2026, "b": "y"})[:2] == (None, {"id": None, "nama": "y"})


def test_a_row_becomes_canonical_with_its_key_and_its_flaws() -> None:
    fields = {"id": prop(key=1), "jumlah": prop("integer"), "tahun": prop("integer"), "alamat": prop(), "kode": prop(semantic="region")}
    rules = {
        "id": "no",
        "jumlah": "jml",
        "tahun": {"const": 2026},
        "alamat": {"from": ["a", "b"], "join": ", "},
        "kode": {"from": "w.kel", "scheme": "bps"},
    }
    made = lens(fields, rules)
    key, values, flaws = made.shape({"no": "007", "jml": "x", "a": "Jl. A", "b": 3, "w": {"kel": "1274010001"}})
    assert key == ("007",)
    assert values == {"id": "007", "jumlah": None, "tahun": 2026, "alamat": "Jl. A, 3", "kode": "12.76.01.1001"}
    assert flaws == (("jumlah", Flaw("not_a_number")),)
    assert made.shape({"jml": 1}).key is None


def test_a_composite_key_needs_all_its_parts() -> None:
    made = lens({"a": prop(key=1), "b": prop("integer", key=2)}, {"a": "a", "b": "b"}, key=("a", "b"))
    assert made.shape({"a": "x", "b": "2"}).key == ("x", "2")
    assert made.shape({"a": "x", "b": "dua"}).key is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one), max_leaves=6
)


@given(st.dictionaries(st.sampled_from(["no", "jml", "tgl", "w"]), JSON))
def test_shaping_never_raises_whatever_a_source_says(row: dict[str, Any]) -> None:
    fields = {"id": prop(key=1), "jumlah": prop("integer"), "tanggal": prop("date"), "kode": prop(semantic="region")}
    made = lens(fields, {"id": "no", "jumlah": "jml", "tanggal": {"from": "tgl", "format": "%d/%m/%Y"}, "kode": {"from": ["w", "jml"], "join": "."}})
    key, values, _ = made.shape(row)
    assert (key is None) == (values["id"] is None)


def test_a_filter_travels_back_where_the_file_says_so() -> None:
    fields = {"id": prop(key=1), "jk": prop(), "tanggal": prop("date"), "kode": prop(semantic="region"), "nilai": prop("integer")}
    rules = {
        "id": "no",
        "jk": {"from": "jk", "codes": {"1": "L", "2": "P"}},
        "tanggal": {"from": "tgl", "format": "%d/%m/%Y"},
        "kode": {"from": "kel", "scheme": "bps"},
        "nilai": {"from": "n", "as": "rupiah"},
    }
    push = {
        "jk": {"param": "sex"},
        "tanggal": {"param": "sejak", "ops": ["gte"], "format": "%d-%m-%Y"},
        "kode": {"param": "k"},
        "nilai": {"param": "n"},
    }
    made = lens(fields, rules, push=push)
    assert made.pushed(Condition("jk", "eq", ("P",))) == (Pushed("sex", ("2",)),)
    assert made.pushed(Condition("tanggal", "gte", ("2026-08-17",))) == (Pushed("sejak", ("17-08-2026",), "gte"),)
    assert made.pushed(Condition("kode", "eq", ("12.76.01.1001",))) == (Pushed("k", ("1274010001",)),)
    assert made.pushed(Condition("jk", "eq", ("L", "P"))) == (Pushed("sex", ("1",)), Pushed("sex", ("2",)))
    for condition in (
        Condition("jk", "eq", ("X",)),
        Condition("tanggal", "lte", ("2026-08-17",)),
        Condition("kode", "eq", ("12.76.01.9999",)),
        Condition("kode", "within", ("12.76",)),
        Condition("nilai", "eq", (1,)),
        Condition("id", "eq", ("1",)),
    ):
        assert made.pushed(condition) == (), condition
    assert made.pushable == ("jk", "tanggal", "kode")
    assert made.write("id", "007") == "007"
    assert made.write("nilai", 1) is None


def test_a_field_may_be_filtered_by_another_parameter_for_each_operator() -> None:
    fields = {"id": prop(key=1), "tanggal": prop("date")}
    push = [
        {"param": "sejak", "ops": ["gte"]},
        {"param": "sampai", "ops": ["lte"], "format": "%d-%m-%Y"},
        {"param": "tgl", "most": 2, "separator": ","},
    ]
    made = lens(fields, {"id": "no", "tanggal": "tgl"}, push={"tanggal": push})
    assert made.pushed(Condition("tanggal", "gte", ("2026-08-17",))) == (Pushed("sejak", ("2026-08-17",), "gte"),)
    assert made.pushed(Condition("tanggal", "lte", ("2026-08-17",))) == (Pushed("sampai", ("17-08-2026",), "lte"),)
    three = tuple(f"2026-08-1{number}" for number in (7, 8, 9))
    assert made.pushed(Condition("tanggal", "eq", three)) == (Pushed("tgl", ("2026-08-17,2026-08-18",)), Pushed("tgl", ("2026-08-19",)))
    assert made.pushed(Condition("tanggal", "lt", ("2026-08-17",))) == ()
    assert made.pushable == ("tanggal",)


def test_what_is_remembered_is_bounded_and_never_mixes_types() -> None:
    asked: list[str] = []
    memo = Memo(lambda raw: asked.append(raw) or raw.upper())
    assert [memo["a"], memo["a"], memo["b"]] == ["A", "A", "B"]
    assert asked == ["a", "b"]
    for number in range(MEMO_MOST + 10):
        memo[str(number)]
    assert len(memo) <= MEMO_MOST
    memo["x" * 500]
    assert "x" * 500 not in memo
    made = lens({"id": prop(key=1), "n": prop("integer")}, {"id": "id", "n": "n"})
    assert made.shape({"id": "1", "n": "1"}).values["n"] == 1
    assert made.shape({"id": "1", "n": True}).flaws == (("n", Flaw("not_a_number")),)
