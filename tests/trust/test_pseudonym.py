"""Tokens of masked values: AES-SIV with a key for each consumer."""

import base64
import re

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from app.contract.mask import TOKEN_PATTERN
from app.trust.pseudonym import Desk

DESK = Desk(b"k" * 32)
NIK = "1276010101909001"


@given(st.text(min_size=1, max_size=200))
def test_a_token_leads_back_to_its_value_and_to_no_other(value: str) -> None:
    token = DESK.of("bappeda").hide(value)
    assert re.fullmatch(TOKEN_PATTERN[1:-1], token)
    assert DESK.of("bappeda").reveal(token) == value


def test_the_same_value_is_the_same_token_for_one_consumer_and_on_every_day() -> None:
    assert DESK.of("bappeda").hide(NIK) == Desk(b"k" * 32).of("bappeda").hide(NIK)


def test_tokens_of_two_consumers_never_join() -> None:
    token = DESK.of("bappeda").hide(NIK)
    assert token != DESK.of("dinsos").hide(NIK)
    assert DESK.of("dinsos").reveal(token) is None
    assert Desk(b"l" * 32).of("bappeda").reveal(token) is None


@pytest.mark.parametrize("text", ["", "t1_", "t2_" + "a" * 43, "t1_" + "a" * 43, "t1_" + "é" * 43, "t1_a", NIK])
def test_what_is_no_token_stands_for_nothing(text: str) -> None:
    assert DESK.of("bappeda").reveal(text) is None


def test_a_token_has_one_spelling_only() -> None:
    token = DESK.of("bappeda").hide(NIK + "9")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [token[:-1] + letter for letter in letters if letter != token[-1]]
    assert [one for one in others if DESK.of("bappeda").reveal(one) is not None] == []


def test_it_is_aes_siv_as_the_rfc_has_it() -> None:
    """RFC 5297 A.1: the library beneath answers the published vector."""
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    data, plain = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627"), bytes.fromhex("112233445566778899aabbccddee")
    sealed = AESSIV(key).encrypt(plain, [data])
    assert sealed.hex() == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"
    assert len(base64.urlsafe_b64decode(DESK.of("bappeda").hide(NIK)[3:] + "=")) == 32
