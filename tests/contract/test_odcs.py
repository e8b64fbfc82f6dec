"""What may be written in a contract stands in its reference page."""

import re

import pytest

from app.contract import odcs
from app.contract.options import FORMATS
from app.contract.promise import SECONDS
from app.contract.property_reading import TAKEN
from app.contract.quality_rule import RULES
from tests.fixtures.lists import ROOT
from tests.fixtures.odcs import contract

PAGE = (ROOT / "docs" / "reference" / "contracts.md").read_text()
WORDS = set(re.findall(r"[A-Za-z_.]+", PAGE))


@pytest.mark.parametrize(
    "words",
    [odcs.SEMANTICS, odcs.ON_PROPERTY, odcs.OPTIONS, *odcs.OPTIONS.values(), odcs.CLASSES, odcs.CHECK_TYPES, RULES, FORMATS, TAKEN],
    ids=lambda words: next(iter(sorted(words))),
)
def test_every_word_stands_in_the_page(words: object) -> None:
    assert set(words) - WORDS == set()


def test_every_word_on_the_object_stands_in_the_page() -> None:
    assert {f"titian.spbe.{name}" for name in odcs.SPBE} < odcs.ON_OBJECT
    assert [name for name in odcs.ON_OBJECT if f"`{name}`" not in PAGE and f"`.{name.rpartition('.')[2]}`" not in PAGE] == []


def test_every_short_unit_of_time_stands_in_the_page() -> None:
    assert [unit for unit in SECONDS if len(unit) == 1 and f"`{unit}`" not in PAGE] == []


def test_the_example_of_the_page_is_a_contract(tmp_path) -> None:
    text = PAGE.split("```yaml\n")[1].split("```")[0]
    more = "".join(
        f"      - {{name: {name}, logicalType: {kind}}}\n"
        for name, kind in (("nilai", "integer"), ("tanggal_salur", "date"), ("diperbarui_pada", "date"))
    )
    found = contract(tmp_path, text.replace("    quality:\n", f"{more}    quality:\n"), name="bantuan")
    assert (found.key, found.relationships) == (("id",), (("bantuan.nik", "penduduk.nik"),))
