from pathlib import Path

import pytest

from app.contract.contract import Options
from tests.fixtures.odcs import GOOD, broken, contract, told

NILAI = "{minimum: 0, maximum: 10, enum: [1, 2]}"
KODE = "{name: kode, logicalType: string,"
MULAI = '{minimum: "2020-01-01"}'
DAFTAR = "{name: daftar, logicalType: array,"


def test_options_are_read_by_type(tmp_path: Path) -> None:
    text, _ = broken(DAFTAR, f"{DAFTAR} logicalTypeOptions: {{minItems: 1, maxItems: 3, uniqueItems: true}},")
    found = contract(tmp_path, text).properties
    assert found["nilai"].options == Options(minimum=0, maximum=10, enum=(1, 2))
    assert found["mulai"].options == Options(minimum_text="2020-01-01")
    assert found["daftar"].options == Options(min_items=1, max_items=3, unique_items=True)


def test_the_allowed_codes_of_a_text_stay_text(tmp_path: Path) -> None:
    text, _ = broken(KODE, f"{KODE} logicalTypeOptions: {{enum: [01, 2, no], pattern: '^.', format: uuid, maxLength: 9}},")
    assert contract(tmp_path, text).properties["kode"].options == Options(enum=("01", "2", "no"), pattern="^.", format="uuid", max_length=9)


@pytest.mark.parametrize(
    ("new", "codes"),
    [
        ("{minimum: nol}", ["not_a_number"]),
        ("{minimum: true}", ["not_a_number"]),
        ('{minimum: "0"}', ["not_a_number"]),
        ("{exclusiveMaximum: [1]}", ["not_a_number"]),
        ("{multipleOf: 0}", ["not_a_number"]),
        ("{minimum: 20, maximum: 10}", ["empty_range"]),
        ("{maxLength: 3}", ["unknown_key"]),
        ("{pattern: '^1'}", ["unknown_key"]),
        ("{enum: [satu]}", ["enum"]),
        ("{enum: [1.5]}", ["enum"]),
        ("{enum: [{a: 1}]}", ["enum"]),
        ("{enum: 5}", ["not_a_list"]),
        ("teks", ["not_a_mapping"]),
        ("{format: [i64]}", ["not_text"]),
    ],
)
def test_an_option_of_a_number_is_a_number(tmp_path: Path, new: str, codes: list[str]) -> None:
    assert told(tmp_path, NILAI, new) == codes


@pytest.mark.parametrize(
    ("new", "codes"),
    [
        ("{maxLength: 1.5}", ["not_a_number"]),
        ("{minLength: -1}", ["not_a_number"]),
        ("{minLength: 5, maxLength: 3}", ["empty_range"]),
        ("{pattern: '['}", ["pattern"]),
        ("{pattern: [a]}", ["not_text"]),
        ("{minimum: 1}", ["unknown_key"]),
        ("{maxLenght: 3}", ["unknown_key"]),
    ],
)
def test_an_option_of_a_text_is_of_its_kind(tmp_path: Path, new: str, codes: list[str]) -> None:
    assert told(tmp_path, KODE, f"{KODE} logicalTypeOptions: {new},") == codes


@pytest.mark.parametrize(
    ("new", "codes"),
    [
        ('{minimum: "01/01/2020"}', ["not_a_date"]),
        ('{minimum: "20200101"}', ["not_a_date"]),
        ("{maximum: 2020-02-31}", ["not_a_date"]),
        ("{maximum: 2020}", ["not_a_date"]),
        ('{minimum: "2020-01-02", maximum: "2020-01-01"}', ["empty_range"]),
        ('{exclusiveMinimum: "2020-01-01"}', ["option"]),
        ("{enum: [kemarin]}", ["enum"]),
    ],
)
def test_an_option_of_a_date_is_a_date(tmp_path: Path, new: str, codes: list[str]) -> None:
    assert told(tmp_path, MULAI, new) == codes


@pytest.mark.parametrize("new", ["{maxItems: x}", "{minItems: 3, maxItems: 1}", "{uniqueItems: ya}"])
def test_an_option_of_a_list_is_of_its_kind(tmp_path: Path, new: str) -> None:
    assert len(told(tmp_path, DAFTAR, f"{DAFTAR} logicalTypeOptions: {new},")) == 1


def test_a_date_without_quotes_is_a_date(tmp_path: Path) -> None:
    assert contract(tmp_path, GOOD.replace('"2020-01-01"', "2020-01-01")).properties["mulai"].options.minimum_text == "2020-01-01"
