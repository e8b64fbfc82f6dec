from datetime import timedelta
from pathlib import Path

import pytest

from app.contract.reading import read
from app.errors import CityError
from tests.fixtures.lists import ROOT

GOOD = """\
apiVersion: v3.1.0
kind: DataContract
id: urn:uji
name: uji-coba
version: 2.1.0
status: active
description:
  purpose: Uji
schema:
  - name: uji_coba
    businessName: Uji coba
    customProperties:
      - {property: titian.classification, value: terbuka}
      - {property: titian.sources, value: [dinsos.a, dinsos.b]}
      - {property: titian.required, value: [dinsos.b]}
      - {property: titian.weights, value: {validity: 2}}
      - {property: titian.spbe.urusan, value: "1.06"}
    properties:
      - {name: wilayah, logicalType: string, primaryKey: true, primaryKeyPosition: 2}
      - {name: kode, logicalType: string, primaryKey: true, primaryKeyPosition: 1, classification: terbuka}
      - name: nilai
        logicalType: integer
        required: true
        logicalTypeOptions: {minimum: 0, maximum: 10, enum: [1, 2]}
        classification: tertutup
        examples: [1]
        customProperties:
          - {property: titian.semantic, value: "code:program"}
          - {property: titian.strict, value: true}
      - {name: mulai, logicalType: date, logicalTypeOptions: {minimum: "2020-01-01"}}
      - {name: daftar, logicalType: array, items: {logicalType: integer}}
    quality:
      - {type: library, metric: nullValues, mustBe: 0}
      - {type: custom, engine: titian, implementation: {rule: not_future, fields: [mulai]}}
slaProperties:
  - {property: freshness, value: 7, unit: d, element: uji_coba.mulai}
  - {property: completeness, value: 95, unit: percent, element: "uji_coba.mulai, uji_coba.nilai"}
"""


def problems(tmp_path: Path, text: str, name: str = "uji-coba") -> list[tuple[int, str]]:
    path = tmp_path / f"{name}.odcs.yaml"
    path.write_text(text)
    with pytest.raises(CityError) as raised:
        read(path)
    for problem in raised.value.problems:
        assert problem.file == path.name
        assert problem.meaning
        assert problem.remedy
    return [(problem.line, problem.code) for problem in raised.value.problems]


def test_a_contract_is_read_into_frozen_types(tmp_path: Path) -> None:
    path = tmp_path / "uji-coba.odcs.yaml"
    path.write_text(GOOD)
    found = read(path)
    assert (found.name, found.major, found.title, found.classification, found.open) == ("uji-coba", 2, "Uji coba", "terbuka", True)
    assert found.key == ("kode", "wilayah")
    assert found.required == ("wilayah", "kode", "nilai")
    assert found.sources == ("dinsos.a", "dinsos.b")
    assert found.required_systems == ("dinsos.b",)
    assert found.weights["validity"] == 2
    assert found.weights["completeness"] == 1
    assert found.freshness is not None
    assert (found.freshness.within, found.freshness.element) == (timedelta(days=7), "mulai")
    assert found.promised == ("mulai", "nilai")
    assert [rule.name for rule in found.rules] == ["not_future"]
    assert found.spbe == {"urusan": "1.06"}
    nilai = found.properties["nilai"]
    assert (nilai.semantic, nilai.strict, nilai.classification, nilai.options.enum) == ("code:program", True, "tertutup", (1, 2))
    assert found.properties["wilayah"].classification == "terbatas"
    items = found.properties["daftar"].items
    assert items is not None
    assert items.type == "integer"
    with pytest.raises(AttributeError):
        found.name = "lain"  # type: ignore[misc]


@pytest.mark.parametrize("path", sorted((ROOT / "cities").glob("*/contracts/*.yaml")), ids=lambda path: path.name)
def test_the_contracts_of_the_cities_are_whole(path: Path) -> None:
    found = read(path)
    assert found.description
    assert all(prop.description and prop.title and prop.examples for prop in found.properties.values())
    assert all(prop.classification != "terbatas" for prop in found.properties.values() if prop.semantic in ("nik", "no_kk"))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("name: uji-coba", "name: lain", "name"),
        ("apiVersion: v3.1.0", "apiVersion: v2.0.0", "apiVersion"),
        ("version: 2.1.0", "version: dua", "version"),
        ("status: active", "statsu: active", "unknown_key"),
        ("logicalType: integer\n        required", "logicalType: bilangan\n        required", "logical_type"),
        ("{name: mulai,", "{name: Mulai Tanggal,", "field_name"),
        ("primaryKeyPosition: 2", "primaryKeyPosition: 3", "primary_key"),
        ("classification: tertutup", "classification: rahasia", "classification"),
        ("required: true", "required: ya", "not_boolean"),
        ('"code:program"', '"nomor_induk"', "semantic"),
        ("titian.strict", "titian.strik", "unknown_key"),
        ("rule: not_future", "rule: not_past", "rule"),
        ("fields: [mulai]", "fields: [akhir]", "rule"),
        ("unit: d,", "unit: pekan,", "freshness"),
        ("element: uji_coba.mulai}", "element: uji_coba.akhir}", "element"),
        ("minimum: 0,", "minimum: nol,", "not_a_number"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, code: str) -> None:
    broken = GOOD.replace(old, new, 1)
    assert broken != GOOD
    line = broken[: broken.index(new)].count("\n") + 1
    # A key that is wrong as a whole is told at its table.
    assert (10 if code == "primary_key" else line, code) in problems(tmp_path, broken)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    broken = (
        GOOD.replace("version: 2.1.0", "version: x").replace("classification: tertutup", "classification: rahasia").replace("unit: d,", "unit: q,")
    )
    assert {code for _, code in problems(tmp_path, broken)} == {"version", "classification", "freshness"}


def test_an_unknown_key_suggests_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "uji-coba.odcs.yaml"
    path.write_text(GOOD.replace("slaProperties", "slaPropertie"))
    with pytest.raises(CityError, match="Did you mean 'slaProperties'"):
        read(path)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("a: [1, 2", "not_yaml"),
        ("a: 1\na: 2\n", "duplicate_key"),
        ("a: &x 1\nb: *x\n", "alias"),
        ("a: " + "[" * 50 + "]" * 50, "too_deep"),
        ("a: '" + "x" * 1_000_001 + "'", "too_large"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(tmp_path: Path, text: str, code: str) -> None:
    assert [found for _, found in problems(tmp_path, text)] == [code]


def test_codes_stay_the_text_they_are(tmp_path: Path) -> None:
    text = GOOD.replace("examples: [1]", "examples: [012, no, 12:30, 1_000, yes, 0x1F, 1e3, .5, 2020-01-01]")
    path = tmp_path / "uji-coba.odcs.yaml"
    path.write_text(text)
    assert read(path).properties["nilai"].examples == ("012", "no", "12:30", "1_000", "yes", "0x1F", "1e3", ".5", "2020-01-01")


def test_a_file_that_is_not_text_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "uji-coba.odcs.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CityError, match="unreadable"):
        read(path)
