"""Every rule by which a value can be found wrong has a sentence that a clerk understands."""

import re
from pathlib import Path

from app.quality.reason import OUTCOMES, REASONS, reason

APP = Path(__file__).resolve().parents[2] / "app"
TEXT = "\n".join(path.read_text() for room in ("contract", "exchange") for path in (APP / room).glob("*.py"))


def test_every_rule_that_the_code_can_name_is_explained() -> None:
    flaws = set(re.findall(r'Flaw\("(\w+)"', TEXT)) | set(re.findall(r'append\(\("(\w+)"', (APP / "contract" / "options.py").read_text()))
    flaws |= {"key_missing", "required_missing", "duplicate_key", "stored_as_number", "length", "number_not_text", "not_text"}
    assert flaws - set(REASONS) == set()


def test_every_outcome_is_explained() -> None:
    outcomes = set(re.findall(r'"(rejected|nulled|kept|duplicate)"', TEXT))
    assert outcomes == set(OUTCOMES)


def test_a_rule_that_nobody_knows_is_told_as_it_is() -> None:
    assert reason("baru").id == "baru"


def test_a_sentence_is_no_word_of_code() -> None:
    for text in REASONS.values():
        assert "_" not in text.id + text.en
        assert text.id != text.en
