import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.contract.document import Node, parse
from app.contract.reading import read
from app.errors import CityError
from tests.fixtures.lists import ROOT
from tests.fixtures.odcs import GOOD, broken, contract, problems, told

PATHS = sorted((ROOT / "cities").glob("*/contracts/*.yaml"))


def test_a_contract_is_read_into_frozen_types(tmp_path: Path) -> None:
    found = contract(tmp_path, GOOD)
    assert (found.name, found.major, found.title, found.classification, found.open) == ("uji-coba", 2, "Uji coba", "terbuka", True)
    assert found.key == ("kode", "wilayah")
    assert found.required == ("wilayah", "kode", "nilai")
    assert found.description == "Uji"
    assert found.file == "uji-coba.odcs.yaml"
    with pytest.raises(AttributeError):
        found.name = "lain"  # type: ignore[misc]


def test_relationships_lead_from_field_to_field(tmp_path: Path) -> None:
    more = "    relationships:\n      - {from: uji_coba.kode, to: usaha.id}\n      - {from: [uji_coba.kode, uji_coba.asal], to: [w.a, w.b]}\n"
    found = contract(tmp_path, GOOD.replace("    quality:", f"{more}    quality:", 1))
    assert found.relationships == (
        ("uji_coba.kode", "usaha.id"),
        ("uji_coba.kode", "w.a"),
        ("uji_coba.asal", "w.b"),
        ("uji_coba.nik", "penduduk.nik"),
    )


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_the_contracts_of_the_cities_are_whole(path: Path) -> None:
    found = read(path)
    assert found.description
    assert all(prop.description and prop.title and prop.examples for prop in found.properties.values())
    assert all(prop.classification != "terbatas" for prop in found.properties.values() if prop.semantic in ("nik", "no_kk"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_the_contracts_of_the_cities_read_alike_in_tools_of_yaml_1_1(path: Path) -> None:
    """Whatever YAML 1.1 would reinterpret is quoted in our own files."""
    text = path.read_text()
    assert yaml.safe_load(text) == parse(text, "x").plain()


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("name: uji-coba", "name: lain", ["name", "schema_name"]),
        ("apiVersion: v3.1.0", "apiVersion: v2.0.0", ["apiVersion"]),
        ("kind: DataContract", "kind: DataProduct", ["kind"]),
        ("version: 2.1.0", "version: dua", ["version"]),
        ("version: 2.1.0", "version: 0.9.0", ["version"]),
        ("version: 2.1.0", "version: 1.0", ["version"]),
        ("status: active", "statsu: active", ["unknown_key"]),
        ("status: active", "<<: {status: active}", ["unknown_key"]),
        ("purpose: Uji", "prupose: Uji", ["unknown_key"]),
        ("businessName: Uji", "bisnisName: Uji", ["unknown_key"]),
        ("- name: uji_coba", "- name: lain", ["schema_name"]),
        ("purpose: Uji", "purpose: [Uji]", ["not_text"]),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, codes: list[str]) -> None:
    text, line = broken(old, new)
    found = problems(tmp_path, text)
    assert line in {problem.line for problem in found}
    assert [problem.code for problem in found if problem.code != "element"] == codes


@pytest.mark.parametrize("new", ["", "  - {name: uji_coba, properties: []}\n", "  teks\n"])
def test_there_is_exactly_one_schema_object(tmp_path: Path, new: str) -> None:
    head, rest = GOOD.split("schema:\n", 1)
    if not new.startswith("  -"):
        rest = rest[rest.index("slaProperties") :]
    assert "one_schema" in [problem.code for problem in problems(tmp_path, f"{head}schema:\n{new}{rest}")]


@pytest.mark.parametrize("text", ["- a\n- b\n", "halo\n", "12\n"])
def test_a_file_that_is_no_mapping_is_said_so(tmp_path: Path, text: str) -> None:
    assert {"not_a_mapping", "one_schema"} <= {problem.code for problem in problems(tmp_path, text)}


def test_every_mistake_is_told_at_once_and_in_the_order_of_lines(tmp_path: Path) -> None:
    text = GOOD.replace("version: 2.1.0", "version: x").replace("classification: tertutup", "classification: rahasia").replace("unit: d,", "unit: q,")
    found = problems(tmp_path, text)
    assert [problem.code for problem in found] == ["version", "classification", "freshness"]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


def test_an_unknown_key_suggests_the_nearest(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, GOOD.replace("slaProperties", "slaPropertie"))
    assert problem.remedy == "Did you mean 'slaProperties'?"


def test_keys_of_the_standard_that_are_not_used_are_accepted(tmp_path: Path) -> None:
    more = (
        "tags: [uji]\nteam: {name: x, members: [{username: a}]}\nroles: [{role: baca}]\nprice: {priceAmount: 0}\n"
        "support: [{channel: x}]\nservers: [{server: s, type: api, location: x}]\ndomain: sosial\ntenant: kota\ndataProduct: x\n"
        "authoritativeDefinitions: [{type: a, url: b}]\ncontractCreatedTs: 2026-01-01T00:00:00Z\n"
    )
    assert contract(tmp_path, GOOD + more) == contract(tmp_path, GOOD)


@pytest.mark.parametrize("position", ["primaryKeyPosition: 3", "primaryKeyPosition: 1"])
def test_positions_of_a_key_are_one_two_three(tmp_path: Path, position: str) -> None:
    found = problems(tmp_path, broken("primaryKeyPosition: 2", position)[0])
    assert [(problem.line, problem.code) for problem in found] == [(10, "primary_key")]


def test_a_contract_has_a_key(tmp_path: Path) -> None:
    text = (
        GOOD.replace("primaryKey: true", "primaryKey: false").replace("primaryKeyPosition: 2", "unique: true").replace("primaryKeyPosition: 1, ", "")
    )
    assert [problem.code for problem in problems(tmp_path, text)] == ["primary_key"]


def test_a_rule_of_ours_below_a_field_is_refused(tmp_path: Path) -> None:
    check = "{type: custom, engine: titian, implementation: {rule: not_future, fields: [selesai]}}"
    assert told(tmp_path, "{name: selesai, logicalType: date}", f"{{name: selesai, logicalType: date, quality: [{check}]}}") == ["rule"]


def test_a_file_that_is_not_text_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "uji-coba.odcs.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CityError, match="unreadable"):
        read(path)
    with pytest.raises(CityError, match=r"contracts/lain.odcs.yaml:1: unreadable"):
        read(tmp_path / "lain.odcs.yaml", shown="contracts/lain.odcs.yaml")


def test_a_mark_of_byte_order_is_no_mistake(tmp_path: Path) -> None:
    assert contract(tmp_path, "\ufeff" + GOOD).name == "uji-coba"


def places(node: Node, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document where something stands."""
    inside = node.value.items() if isinstance(node.value, dict) else enumerate(node.value) if isinstance(node.value, list) else ()
    return [path, *(place for name, inner in inside for place in places(inner, (*path, name)))]


WHOLE = parse(GOOD.replace("area: 12.70", 'area: "12.70"'), "x")
PLAIN = WHOLE.plain()
PLACES = places(WHOLE)[1:]
STRANGE = st.sampled_from([None, True, 0, -1, 1.5, 10**17, "", "x", "12.76", [], ["x"], [None], [[1]], {}, {"x": 1}, {"name": ["x"]}, [{"a": {}}]])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(place=st.sampled_from(PLACES), value=STRANGE)
def test_anything_anywhere_is_read_or_refused(tmp_path: Path, place: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(PLAIN)
    inner = document
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    path = tmp_path / "uji-coba.odcs.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    found = []
    try:
        read(path)
    except CityError as error:
        found = error.problems
    assert all(problem.meaning and problem.remedy and problem.line for problem in found)
