import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.text import normal


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  Siti   Contoh ", "Siti Contoh"),
        ("Siti\u00a0Contoh", "Siti Contoh"),
        ("Si\u200bti", "Siti"),
        ("Si\u2066ti\u2069", "Siti"),
        ("Si\x00ti", "Siti"),
        ("Si\ud800ti", "Siti"),
        ("baris\u2028kedua", "baris kedua"),
        ("\ufeffSiti", "Siti"),
        ("e\u0301", "\u00e9"),
        ("baris\nkedua\ttab", "baris kedua tab"),
        ("007", "007"),
        (12, "12"),
        ("", None),
        ("   ", None),
        ("\u200b", None),
    ],
)
def test_text_is_trimmed_collapsed_and_composed(raw: str, kept: str | None) -> None:
    assert normal(raw) == kept


@given(st.text())
def test_normal_text_is_stable_and_in_nfc(raw: str) -> None:
    once = normal(raw)
    if once is not None:
        assert unicodedata.is_normalized("NFC", once)
        assert normal(once) == once
        assert "  " not in once
        assert once == once.strip()
        assert once.encode()
