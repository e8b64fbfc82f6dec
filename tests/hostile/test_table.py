"""The page lists what is tested, and nothing else."""

from tests.fixtures.town import ROOT
from tests.hostile.__main__ import table


def test_the_page_on_security_lists_every_hostile_case() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    assert text.partition("<!-- cases -->\n")[2].partition("<!-- end -->")[0] == table(), "run: python -m tests.hostile"


def test_every_test_that_a_page_names_is_there() -> None:
    for line in table().splitlines()[2:]:
        file, _, name = line.rsplit("`", 2)[1].partition("::")
        assert f"def {name}(" in (ROOT / "tests" / "hostile" / file).read_text()
