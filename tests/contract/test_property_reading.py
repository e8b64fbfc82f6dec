from pathlib import Path

import pytest

from tests.fixtures.odcs import GOOD, broken, contract, problems, told

MULAI = "{name: mulai, logicalType: date,"
DAFTAR = "{name: daftar, logicalType: array, items: {logicalType: integer}}"


def test_a_field_is_read_with_all_it_says(tmp_path: Path) -> None:
    found = contract(tmp_path, GOOD).properties
    nilai = found["nilai"]
    assert (nilai.type, nilai.semantic, nilai.strict, nilai.classification, nilai.required) == ("integer", "money", True, "tertutup", True)
    assert nilai.examples == (1,)
    assert (found["kode"].key, found["wilayah"].key, nilai.key) == (1, 2, None)
    assert found["kode"].classification == "terbuka"
    assert found["nik"].semantic == "nik"


def test_what_is_not_said_is_terbatas(tmp_path: Path) -> None:
    assert contract(tmp_path, GOOD).properties["wilayah"].classification == "terbatas"


def test_fields_hold_items_and_inner_fields(tmp_path: Path) -> None:
    found = contract(tmp_path, GOOD).properties
    items = found["daftar"].items
    assert items is not None
    assert items.type == "integer"
    assert [(inner.name, inner.required) for inner in found["rinci"].properties] == [("isi", True)]


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("name: daftar", "name: Daftar", ["field_name"]),
        ("name: daftar", "name: tanggal__daftar", ["field_name"]),
        ("name: daftar", "name: limit", ["field_name"]),
        ("name: daftar", "name: [daftar]", ["field_name"]),
        ("name: daftar", "name: rinci2, nama: x", ["unknown_key"]),
        ("logicalType: integer}", "logicalType: bilangan}", ["logical_type"]),
        ("logicalType: integer}", "logicalType: [integer]}", ["logical_type"]),
        ("classification: tertutup", "classification: rahasia", ["classification"]),
        ("classification: tertutup", "classification: Tertutup", ["classification"]),
        ("required: true\n", "required: ya\n", ["not_boolean"]),
        ("required: true\n", 'required: "true"\n', ["not_boolean"]),
        ("titian.strict, value: true", 'titian.strict, value: "false"', ["not_boolean"]),
        ("value: money", "value: uang", ["semantic"]),
        ("value: money", "value: nik", ["semantic"]),
        ("value: money", 'value: "code:program"', ["semantic"]),
        ("value: money", 'value: "code:"', ["semantic"]),
        ("examples: [1]", "examples: [satu]", ["example"]),
        ("examples: [1]", "examples: [1, 1.5]", ["example"]),
        ("examples: [1]", "examples: 1", ["not_a_list"]),
        (MULAI, MULAI + " primaryKeyPosition: 3,", ["primary_key"]),
        (MULAI, MULAI + " items: {logicalType: date},", ["unknown_key"]),
        (DAFTAR, "{name: daftar, logicalType: array, items: teks}", ["not_a_mapping", "logical_type"]),
        (DAFTAR, "{name: daftar, logicalType: array, items: {logicalType: array, items: {logicalType: strung}}}", ["logical_type"]),
        ("{name: isi, logicalType: string,", "{name: isi, logicalType: string, primaryKey: true,", ["primary_key"]),
        ("[{name: isi, ", "[{name: isi, logicalType: string}, {name: isi, ", ["duplicate_field"]),
    ],
)
def test_a_mistake_in_a_field_is_told_with_its_line(tmp_path: Path, old: str, new: str, codes: list[str]) -> None:
    assert told(tmp_path, old, new) == codes


def test_a_field_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """The second would silently take the first one's class away."""
    assert told(tmp_path, DAFTAR, "{name: nilai, logicalType: integer, classification: terbuka}") == ["duplicate_field"]


@pytest.mark.parametrize("kind", ["array", "object"])
def test_a_key_is_a_plain_value(tmp_path: Path, kind: str) -> None:
    assert told(tmp_path, "{name: wilayah, logicalType: string,", f"{{name: wilayah, logicalType: {kind},") == ["primary_key"]


@pytest.mark.parametrize("position", ["dua", "0", "1.5", '"2"'])
def test_a_position_is_a_whole_number(tmp_path: Path, position: str) -> None:
    found = problems(tmp_path, broken("primaryKeyPosition: 2", f"primaryKeyPosition: {position}")[0])
    assert {problem.code for problem in found} == {"primary_key"}


def test_the_standards_own_word_for_no_key_is_accepted(tmp_path: Path) -> None:
    text, _ = broken(MULAI, MULAI + " primaryKey: false, primaryKeyPosition: -1,")
    assert contract(tmp_path, text).properties["mulai"].key is None


def test_codes_without_quotes_stay_the_text_they_are(tmp_path: Path) -> None:
    text, _ = broken("{name: kode,", "{examples: [012, no, 12:30, 12.70, 1276010101909001, 2020-01-01], name: kode,")
    assert contract(tmp_path, text).properties["kode"].examples == ("012", "no", "12:30", "12.70", "1276010101909001", "2020-01-01")
