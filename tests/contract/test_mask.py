"""What a masked value looks like, and which fields may be masked."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.mask import PARTIAL_PATTERN, TOKEN, maskable, partial, stricter
from app.contract.reading import read

ROOT = Path(__file__).resolve().parents[2]
PENDUDUK = read(ROOT / "cities" / "tebing-tinggi" / "contracts" / "penduduk.odcs.yaml")


def test_half_of_a_nik_is_shown() -> None:
    assert partial("1276010101909001") == "12760101********"


@given(st.text(min_size=1))
def test_at_most_half_of_a_text_is_shown_and_its_length(text: str) -> None:
    shown = partial(text)
    assert len(shown) == len(text)
    assert shown.endswith("*" * ((len(text) + 1) // 2))
    assert re.fullmatch(PARTIAL_PATTERN, shown, re.DOTALL)


@pytest.mark.parametrize(("one", "other", "wins"), [("none", "token", "token"), ("partial", "none", "partial"), ("partial", "token", "token")])
def test_of_two_masks_the_stricter_wins(one: str, other: str, wins: str) -> None:
    assert stricter(one, other) == stricter(other, one) == wins


def test_codes_regions_numbers_and_dates_are_not_masked() -> None:
    assert {name for name, prop in PENDUDUK.properties.items() if maskable(prop)} == {
        "nik", "no_kk", "nama", "tempat_lahir", "pekerjaan", "alamat", "rt", "rw", "status_rekam",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["t1_", "t0_" + "a" * 43, "T1_" + "a" * 43, "t1_" + "a" * 21, "t1_" + "=" * 43, "1276010101909001", "t1_" + "a" * 43 + "\n"]
)
def test_what_is_no_token_is_not_taken_for_one(text: str) -> None:
    assert TOKEN.fullmatch(text) is None
