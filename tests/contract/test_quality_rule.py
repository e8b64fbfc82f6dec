from datetime import date
from pathlib import Path

import pytest

from app.contract.contract import Rule
from app.quality.rule import Rules
from tests.fixtures.lists import LISTS
from tests.fixtures.odcs import GOOD, broken, contract, told

FUTURE = "implementation: {rule: not_future, fields: [mulai]}"


def test_our_rules_are_read_and_those_of_other_tools_left_to_them(tmp_path: Path) -> None:
    text = GOOD.replace(
        "      - {type: library",
        "      - {type: custom, engine: soda, implementation: abc}\n      - {type: text, description: x}\n      - {type: library",
    )
    assert contract(tmp_path, text).rules == (
        Rule("not_future", ("mulai",)),
        Rule("not_after", ("mulai", "selesai"), description="Urut"),
        Rule("within_region", ("asal",), {"area": "12.70"}),
    )


@pytest.mark.parametrize("rule", ["{rule: nik_birth_date, fields: [nik, mulai]}", "{rule: nik_sex, fields: [nik, kode]}"])
def test_every_rule_that_is_read_can_be_run(tmp_path: Path, rule: str) -> None:
    found = contract(tmp_path, broken(FUTURE, f"implementation: {rule}")[0])
    record = {"nik": "1276010101909001", "mulai": "1990-01-01", "kode": "L", "selesai": "1989-12-31", "asal": "12.71"}
    rules = Rules(found, LISTS.regions, lambda: date(2026, 1, 1))
    assert rules.broken([record], frozenset(found.properties)) == 2
    assert rules.broken([dict.fromkeys(found.properties)], frozenset(found.properties)) == 0


@pytest.mark.parametrize(
    ("new", "codes"),
    [
        ("implementation: {rule: not_past, fields: [mulai]}", ["rule"]),
        ("implementation: {rule: [not_future], fields: [mulai]}", ["not_text", "rule"]),
        ("implementation: {rule: not_future, fields: [akhir]}", ["rule"]),
        ("implementation: {rule: not_future, fields: [nilai]}", ["rule"]),
        ("implementation: {rule: not_future, fields: [mulai, selesai]}", ["rule"]),
        ("implementation: {rule: not_future, fields: mulai}", ["not_a_list", "rule"]),
        ("implementation: {rule: not_future, fields: [{a: 1}]}", ["not_text", "rule"]),
        ("implementation: {rule: not_future, fields: [mulai], area: x}", ["unknown_key"]),
        ("implementation: {rule: not_future}", ["rule"]),
        ("implementation: {rule: not_after, fields: [mulai, nilai]}", ["rule"]),
        ("implementation: {rule: not_after, fields: [kode, wilayah]}", ["rule"]),
        ("implementation: {rule: nik_birth_date, fields: [mulai, nik]}", ["rule"]),
        ("implementation: {rule: nik_sex, fields: [nik, nilai]}", ["rule"]),
        ("implementation: {rule: within_region, fields: [asal]}", ["rule"]),
        ("implementation: {rule: within_region, fields: [asal], area: 127}", ["rule"]),
        ("implementation: {rule: within_region, fields: [kode], area: '12.76'}", ["rule"]),
        ("implementation: not_future", ["rule"]),
        ("description: x", ["rule"]),
    ],
)
def test_a_rule_that_does_not_fit_is_told_with_its_line(tmp_path: Path, new: str, codes: list[str]) -> None:
    assert told(tmp_path, FUTURE, new) == codes


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("type: library", "type: libary", ["quality_type"]),
        ("custom, engine: titian", "custom, engine: titain", ["engine"]),
        ("custom, engine: titian", "custom, engine: Titian", ["engine"]),
        ("custom, engine: titian", "sql, engine: titian", ["quality_type"]),
    ],
)
def test_a_slip_of_the_pen_does_not_switch_a_rule_off(tmp_path: Path, old: str, new: str, codes: list[str]) -> None:
    assert told(tmp_path, old, new) == codes
