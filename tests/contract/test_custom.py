from pathlib import Path

import pytest

from tests.fixtures.odcs import GOOD, broken, contract, told


def test_our_words_are_read(tmp_path: Path) -> None:
    found = contract(tmp_path, GOOD)
    assert found.classification == "terbuka"
    assert found.sources == ("dinsos.a", "dinsos.b")
    assert found.required_systems == ("dinsos.b",)
    assert found.weights == {"completeness": 1, "validity": 2, "uniqueness": 1, "timeliness": 1, "consistency": 1}
    assert found.spbe == {"urusan": "2.10"}
    assert found.dimension is None


def test_what_the_object_says_goes_before_what_the_file_says(tmp_path: Path) -> None:
    more = "customProperties:\n  - {property: titian.classification, value: tertutup}\n  - {property: titian.dimension, value: ECO2}\n"
    found = contract(tmp_path, GOOD + more)
    assert (found.classification, found.dimension) == ("terbuka", "ECO2")


def test_a_contract_that_says_nothing_is_terbatas(tmp_path: Path) -> None:
    assert contract(tmp_path, broken("      - {property: titian.classification, value: terbuka}\n", "")[0]).classification == "terbatas"


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("titian.strict", "titian.strik", ["unknown_key"]),
        ("titian.classification", "titian.clasification", ["unknown_key"]),
        ("titian.classification, value: terbuka", "titian.classification, value: umum", ["classification"]),
        ("titian.classification, value: terbuka", "titian.semantic, value: nik", ["unknown_key"]),
        ("titian.spbe.urusan", "titian.spbe.urasan", ["unknown_key"]),
        ("value: 2.10", "value: [2.10]", ["not_text"]),
        ("value: [dinsos.a, dinsos.b]", "value: dinsos.a", ["not_a_list"]),
        ("value: [dinsos.a, dinsos.b]", "value: [{a: b}]", ["not_text"]),
        ("value: [dinsos.a, dinsos.b]", "value: [dinsos]", ["system"]),
        ("{validity: 2}", "{validity: berat}", ["not_a_number"]),
        ("{validity: 2}", "{validity: -1}", ["weight"]),
        ("{validity: 2}", "{validitas: 2}", ["unknown_key"]),
        ("{validity: 2}", "[2]", ["not_a_mapping"]),
        ("{validity: 2}", "{completeness: 0, validity: 0, uniqueness: 0, timeliness: 0, consistency: 0}", ["weight"]),
        (", value: terbuka}", "}", ["missing_value"]),
        (", value: terbuka}", ", value: null}", ["missing_value"]),
        (", value: terbuka}", ", nilai: terbuka, value: terbuka}", ["unknown_key"]),
        ("property: other.tool", "property: titian.strict", ["duplicate_key"]),
        ("[{property: titian.semantic, value: nik}]", "{titian.semantic: nik}", ["not_a_list"]),
    ],
)
def test_a_word_of_ours_that_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, codes: list[str]) -> None:
    assert told(tmp_path, old, new) == codes
