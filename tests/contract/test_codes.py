from datetime import date
from pathlib import Path

import pytest

from app.contract.codes import Code, CodeList, read_list
from app.contract.flaw import Flaw
from app.contract.lists import city_lists
from app.errors import CityError
from tests.fixtures.lists import LISTS, WIB

LIST = CodeList.read(
    "uji", [Code("SEMBAKO", "Bantuan Sembako", ("BPNT", "BPNT/Sembako")), Code("LAMA", "Program lama", (), date(2010, 1, 1), date(2020, 12, 31))]
)


@pytest.mark.parametrize("raw", ["SEMBAKO", "sembako", " BPNT ", "bpnt", "Bantuan  Sembako", "Bantuan Sembako.", "bpnt/sembako"])
def test_a_code_is_found_by_code_label_and_synonym(raw: str) -> None:
    assert LIST.parse(raw) == "SEMBAKO"


@pytest.mark.parametrize("raw", ["BPN", "SEMBAK", "0", 7, 1.5, [], {}])
def test_what_no_list_knows_is_never_guessed(raw: object) -> None:
    assert LIST.parse(raw) == Flaw("unknown_code")


def test_nothing_is_nothing() -> None:
    assert LIST.parse(None) is None
    assert LIST.parse("  ") is None


def test_a_word_that_two_codes_share_names_neither_but_a_code_is_its_own() -> None:
    shared = CodeList.read("uji", [Code("A", "Satu", ("sama", "B")), Code("B", "Dua", ("Sama.",))])
    assert shared.parse("sama") == Flaw("unknown_code")
    assert shared.parse("b") == "B"


def test_a_number_is_the_code_of_its_digits_as_a_sheet_has_only_floats() -> None:
    numbered = CodeList.read("uji", [Code("1", "Satu")])
    assert [numbered.parse(raw) for raw in ("1", 1, 1.0)] == ["1", "1", "1"]
    assert numbered.parse(True) == Flaw("unknown_code")


def test_a_code_holds_within_its_time() -> None:
    assert LIST.valid_on("LAMA", date(2015, 6, 1))
    assert not LIST.valid_on("LAMA", date(2021, 1, 1))
    assert LIST.valid_on("SEMBAKO", date(2026, 1, 1))
    assert not LIST.valid_on("TIDAK-ADA", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("jenis_kelamin", "Laki-Laki", "L"),
        ("jenis_kelamin", "PEREMPUAN", "P"),
        ("jenis_kelamin", "Pria", "L"),
        ("jenis_kelamin", "Wanita", "P"),
        ("status_kawin", "BELUM KAWIN", "belum_kawin"),
        ("status_kawin", "KAWIN TERCATAT", "kawin"),
        ("agama", "KATHOLIK", "katolik"),
        ("program", "BPNT", "SEMBAKO"),
        ("program", "RTLH", "RUTILAHU-D"),
    ],
)
def test_shipped_lists_know_what_sources_write(name: str, raw: str, code: str) -> None:
    assert LISTS.codes[name].parse(raw) == code


@pytest.mark.parametrize("raw", ["1", "2", "W", "M"])
def test_single_letters_and_digits_for_sex_need_a_declaration(raw: str) -> None:
    assert LISTS.codes["jenis_kelamin"].parse(raw) == Flaw("unknown_code")


def test_a_citys_list_wins_over_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "agama.csv").write_text("kode,label\nsatu,Satu\n")
    lists = city_lists(tmp_path, WIB)
    assert list(lists.codes["agama"].codes) == ["satu"]
    assert "jenis_kelamin" in lists.codes


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("nama,label\na,b\n", 1, "missing_column"),
        ("kode,label\n,kosong\n", 2, "missing_value"),
        ("kode,label\nA,\n", 2, "missing_value"),
        ("kode,label\nA,Satu\nA,Dua\n", 3, "duplicate_code"),
        ('kode,label\nA,Satu\nB,"Dua\n', 3, "unreadable"),
        ("kode,label,sinonim,berlaku_dari,berlaku_sampai\na,b,,31/01/2020,\n", 2, "bad_date"),
        (b"kode,label\n\xff\xfe\n", 1, "unreadable"),
    ],
)
def test_a_broken_list_is_told_with_its_line(tmp_path: Path, text: str | bytes, line: int, code: str) -> None:
    path = tmp_path / "rusak.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CityError) as raised:
        read_list(path, "codes/rusak.csv")
    assert [(problem.file, problem.line, problem.code) for problem in raised.value.problems] == [("codes/rusak.csv", line, code)]


def test_a_byte_order_mark_and_short_rows_are_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "baik.csv"
    path.write_bytes(b"\xef\xbb\xbfkode,label,sinonim\nA,Satu\n")
    assert read_list(path, "codes/baik.csv").parse("satu") == "A"


def test_a_label_in_quotes_may_hold_a_comma_and_a_line_break(tmp_path: Path) -> None:
    path = tmp_path / "baik.csv"
    path.write_text('kode,label\nA,"Satu, dua\ntiga"\nB,Empat\n')
    assert read_list(path, "codes/baik.csv").parse("satu, dua tiga") == "A"
