import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import phone
from app.contract.flaw import Flaw


@pytest.mark.parametrize("raw", ["081234567890", "6281234567890", "+6281234567890", "0812-3456-7890", "0812 3456 7890", 81234567890])
def test_every_spelling_of_a_mobile_becomes_e164(raw: object) -> None:
    assert phone.parse(raw) == "+6281234567890"


def test_a_land_line_of_the_city_is_read() -> None:
    assert phone.parse("(0621) 21234") == "+6262121234"


@pytest.mark.parametrize(
    "raw", ["-", "tidak ada", "123", "0000000000", "0812-FLOWERS1", "081234567890 ext 5", "081234567890/081345678901", 1.5, True, []]
)
def test_what_is_not_a_number_is_invalid(raw: object) -> None:
    assert phone.parse(raw) == Flaw("not_a_phone")


@given(st.text())
def test_reading_a_phone_never_raises(raw: str) -> None:
    read = phone.parse(raw)
    assert read is None or isinstance(read, Flaw) or read.startswith("+")
