import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from app.contract.convert import canonical
from app.contract.flaw import Flaw
from app.contract.mask import TOKEN_PATTERN
from app.contract.reading import read
from app.contract.schema import answer_schema, json_schema, parameters, search_schema, validator
from tests.fixtures.lists import LISTS, ROOT
from tests.fixtures.odcs import GOOD, contract

PATHS = sorted((ROOT / "cities").glob("*/contracts/*.yaml"))
BANTUAN = read(ROOT / "cities/tebing-tinggi/contracts/bantuan.odcs.yaml")
PENDUDUK = read(ROOT / "cities/tebing-tinggi/contracts/penduduk.odcs.yaml")


def example(path: Path) -> dict[str, Any]:
    return {prop.name: prop.examples[0] for prop in read(path).properties.values()}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_the_examples_of_a_contract_meet_its_strict_form(path: Path) -> None:
    codes = {name: list(found.codes) for name, found in LISTS.codes.items()}
    assert validator(read(path), codes)(example(path)) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_every_field_but_the_key_may_be_null_in_an_answer(path: Path) -> None:
    found = read(path)
    schema = answer_schema(found)
    jsonschema_rs.meta.validate(schema)
    check = jsonschema_rs.Draft202012Validator(schema)
    empty = {name: None for name in found.properties if name not in found.key}
    assert check.is_valid({**empty, **{name: example(path)[name] for name in found.key}})
    assert check.is_valid({})
    assert not check.is_valid(dict.fromkeys(found.key))
    assert not check.is_valid({"field_lain": 1})


def test_what_breaks_the_strict_form_is_told_by_pointer() -> None:
    good = example(ROOT / "cities/tebing-tinggi/contracts/bantuan.odcs.yaml")
    broken = {**good, "nilai": -1, "tanggal_salur": "kemarin", "field_lain": 1}
    del broken["program"]
    assert {pointer for pointer, _ in validator(BANTUAN)(broken)} >= {"/nilai", "/tanggal_salur", "/"}


def test_a_schema_is_plain_json_and_bounded() -> None:
    text = json.dumps(json_schema(BANTUAN))
    assert '"additionalProperties": false' in text
    for prop in json_schema(BANTUAN)["properties"].values():
        if prop["type"] == "string":
            assert prop["maxLength"] <= 10_000
        if prop["type"] == "integer":
            assert {"minimum", "maximum", "format"} <= set(prop)


def test_of_a_closed_field_only_tokens_may_stand_in_an_address() -> None:
    found = {parameter["name"]: parameter for parameter in parameters(BANTUAN)}
    names = set(found)
    assert found["nik"]["schema"]["items"]["pattern"] == TOKEN_PATTERN
    assert "nik__contains" not in names
    assert {"program", "program__in", "tanggal_salur__gte", "nilai__lte", "kode_wilayah__within"} <= names
    assert "program__gte" not in names
    assert "nik" in search_schema(BANTUAN)["properties"]


PROGRAM = {"program", "program__in", "program__ne", "program__contains", "program__startswith"}


def test_only_granted_fields_are_shown() -> None:
    assert set(answer_schema(BANTUAN, {"id", "program"})["properties"]) == {"id", "program"}
    assert {parameter["name"] for parameter in parameters(BANTUAN, {"program"})} == PROGRAM
    assert set(search_schema(BANTUAN, {"program"})["properties"]) == PROGRAM


@pytest.mark.parametrize(
    ("name", "good", "bad"), [("nilai__gte", "100", "banyak"), ("tanggal_salur__lte", "2026-08-17", "17/08/2026"), ("tahap", "1", "13")]
)
def test_a_parameters_schema_is_what_the_parser_accepts(name: str, good: str, bad: str) -> None:
    field = name.partition("__")[0]
    schema = next(parameter["schema"] for parameter in parameters(BANTUAN) if parameter["name"] == name)
    one = jsonschema_rs.Draft202012Validator(schema.get("items", schema), validate_formats=True)
    parse = canonical(BANTUAN.properties[field], LISTS)
    for text in (good, bad):
        value = int(text) if text.isdigit() else text
        assert one.is_valid(value) == (not isinstance(parse(text), Flaw))


def test_a_field_that_may_be_masked_is_one_text_in_an_answer() -> None:
    schema = answer_schema(PENDUDUK)["properties"]["nik"]
    assert schema["type"] in ("string", ["string", "null"])
    assert "anyOf" not in schema
    shown = jsonschema_rs.Draft202012Validator(schema)
    for good in ("1276010101909001", "t1_" + "a" * 43, "12760101********"):
        assert shown.is_valid(good)
    for bad in ("12760101", "t1_short", 1276010101909001):
        assert not shown.is_valid(bad)


def asked(name: str) -> jsonschema_rs.Draft202012Validator:
    """One value of a filter, as `:search` promises to read it."""
    schema = search_schema(PENDUDUK)["properties"][name]["anyOf"][0]
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("nik", ["1276010101909001", "1276017112009001"], ["1276010101900000", "1276013201909001", "1200010101909001", "1276010113909001", "127601"]),
        ("no_kk", ["1276010203159001"], ["1276014203159001", "1276010213159001"]),
        ("kode_wilayah__within", ["12", "12.76", "12.76.01", "12.76.01.1001", "1276", "1276011001"], ["12.", "12.76.01.1", "127", "kota"]),
        ("jenis_kelamin", ["L", "perempuan", "sandi-lain"], ["", " ", "\u200b"]),
        ("pekerjaan", ["Wiraswasta", "a b"], ["", "  ", "\t\n", "\x1f", "\u200b", "\u3000", "x" * 81]),
        ("rt", ["001"], ["1", "0001", "abc"]),
        ("tanggal_lahir", ["1990-01-01"], ["1990-02-30", "01/01/1990", ""]),
    ],
)
def test_a_filter_promises_what_can_be_read(name: str, good: list[str], bad: list[str]) -> None:
    parse = canonical(PENDUDUK.properties[name.partition("__")[0]], LISTS)
    for text in good:
        assert asked(name).is_valid(text)
        read = parse(text)
        assert not isinstance(read, Flaw) or read.suspicious or read.rule == "unknown_code"
    for text in bad:
        assert not asked(name).is_valid(text)
        read = parse(text)
        assert read is None or isinstance(read, Flaw)


def test_options_of_a_contract_stand_in_its_schemas(tmp_path: Path) -> None:
    options = "{minItems: 1, maxItems: 3, uniqueItems: true}"
    text = GOOD.replace("{name: daftar, logicalType: array,", f"{{name: daftar, logicalType: array, logicalTypeOptions: {options},")
    made = contract(tmp_path, text)
    strict, shown = json_schema(made)["properties"], answer_schema(made)["properties"]
    assert (strict["daftar"]["minItems"], strict["daftar"]["maxItems"], strict["daftar"]["uniqueItems"]) == (1, 3, True)
    assert strict["nilai"]["enum"] == [1, 2]
    assert shown["nilai"]["enum"] == [1, 2, None]
    assert strict["rinci"]["required"] == ["isi"]
    assert search_schema(made)["properties"]["nilai"]["anyOf"][0]["enum"] == [1, 2]
    assert "daftar" not in search_schema(made)["properties"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_no_example_holds_a_real_person(path: Path) -> None:
    for prop in read(path).properties.values():
        if prop.semantic in ("nik", "no_kk"):
            assert [example for example in prop.examples if example[12] != "9"] == []
