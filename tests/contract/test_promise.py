from datetime import timedelta
from pathlib import Path

import pytest

from app.contract.contract import Freshness
from tests.fixtures.odcs import GOOD, broken, contract, told

ELEMENT = ", element: uji_coba.mulai}"


def test_what_is_measured_is_read_and_the_rest_is_kept(tmp_path: Path) -> None:
    found = contract(tmp_path, GOOD)
    assert found.freshness == Freshness(timedelta(days=7), "mulai")
    assert found.promised == ("mulai", "nilai")
    assert [promise["property"] for promise in found.sla] == ["freshness", "completeness", "retention"]


@pytest.mark.parametrize(
    ("value", "unit", "within"),
    [
        ("14", "d", timedelta(days=14)),
        ("1", "day", timedelta(days=1)),
        ("36", "hours", timedelta(hours=36)),
        ("90", "m", timedelta(minutes=90)),
        ("30", "s", timedelta(seconds=30)),
        ("2", "y", timedelta(days=730)),
        ("1.5", "h", timedelta(minutes=90)),
    ],
)
def test_freshness_is_a_number_and_a_unit(tmp_path: Path, value: str, unit: str, within: timedelta) -> None:
    found = contract(tmp_path, broken("value: 7, unit: d", f"value: {value}, unit: {unit}")[0])
    assert found.freshness == Freshness(within, "mulai")


@pytest.mark.parametrize("element", ["}", ", element: uji_coba}", ", element: uji-coba}"])
def test_freshness_without_a_field_is_told_by_the_moment_of_asking(tmp_path: Path, element: str) -> None:
    assert contract(tmp_path, broken(ELEMENT, element)[0]).freshness == Freshness(timedelta(days=7))


def test_completeness_without_fields_promises_all_of_them(tmp_path: Path) -> None:
    found = contract(tmp_path, broken(', element: "uji-coba.mulai, nilai"', "")[0])
    assert found.promised == tuple(found.properties)


def test_the_default_element_of_the_file_stands_in(tmp_path: Path) -> None:
    text = broken(', element: "uji-coba.mulai, nilai"', "")[0] + "slaDefaultElement: uji_coba.asal\n"
    assert contract(tmp_path, text).promised == ("asal",)


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("unit: d,", "unit: pekan,", ["freshness"]),
        ("unit: d,", "", ["freshness"]),
        ("value: 7", "value: -7", ["freshness"]),
        ("value: 7", "value: 0", ["freshness"]),
        ("value: 7", "value: 99999999999999", ["freshness"]),
        ("value: 7", "value: tujuh", ["not_a_number", "freshness"]),
        ("value: 7", "value: true", ["not_a_number", "freshness"]),
        (ELEMENT, ", element: uji_coba.akhir}", ["element"]),
        (ELEMENT, ", element: lain.mulai}", ["element"]),
        (ELEMENT, ", element: uji_coba.nilai}", ["element"]),
        (ELEMENT, ', element: "uji_coba.mulai, uji_coba.selesai"}', ["element"]),
        (ELEMENT, ", element: [uji_coba.mulai]}", ["not_text"]),
        ("property: retention", "properti: retention", ["unknown_key"]),
        ("property: retention, value: 5, unit: y", "property: freshness, value: 5, unit: y", ["freshness"]),
    ],
)
def test_a_promise_that_cannot_be_measured_is_told_with_its_line(tmp_path: Path, old: str, new: str, codes: list[str]) -> None:
    assert told(tmp_path, old, new) == codes
