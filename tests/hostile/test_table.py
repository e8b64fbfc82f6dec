"""The pages list what is tested, and nothing else."""

import pytest

from tests.fixtures.case import TABLES, Table
from tests.fixtures.town import ROOT


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.folder)
def test_a_page_lists_every_case(table: Table) -> None:
    text = (ROOT / "docs" / table.page).read_text()
    assert text.partition("<!-- cases -->\n")[2].partition("<!-- end -->")[0] == table.text(), f"run: python -m tests.{table.folder}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.folder)
def test_every_test_that_a_page_names_is_there(table: Table) -> None:
    for line in table.text().splitlines()[2:]:
        file, _, name = line.rsplit("`", 2)[1].partition("::")
        assert f"def {name}(" in (table.here / file).read_text()
