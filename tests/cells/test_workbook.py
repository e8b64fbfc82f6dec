"""Spreadsheets, written by another library than the one that reads them."""

import io
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cells.limit import Unreadable
from app.cells.workbook import sheets
from tests.fixtures.workbook import workbook


def read(path: Path, pattern: str | None = None) -> list[list[list[Any]]]:
    return [list(rows) for rows in sheets(path.read_bytes(), pattern)]


def test_text_keeps_its_zeros_and_a_whole_number_is_whole(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"A": [["007", 7, 7.5, 1276010101909001, 9171010101909010, True, None, "  "]]})
    assert read(path) == [[["007", 7, 7.5, 1276010101909001, 9171010101909010.0, True, None, None]]]


def test_rows_and_columns_are_counted_from_the_corner_of_the_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"A": [[], [], [None, "nik"], [None, None, "x"]]})
    assert read(path) == [[[None, None, None], [None, None, None], [None, "nik", None], [None, None, "x"]]]


@pytest.mark.parametrize("mac", [False, True])
def test_a_date_is_the_same_day_in_both_systems_of_serials(tmp_path: Path, mac: bool) -> None:
    def times(book: Any) -> None:
        sheet = book.add_worksheet("B")
        sheet.write_datetime(0, 0, datetime.fromisoformat("2026-08-17T10:11"), book.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
        sheet.write_datetime(0, 1, time(7, 30), book.add_format({"num_format": "hh:mm"}))

    path = workbook(tmp_path / "a.xlsx", {"A": [[date(2026, 8, 17), date(1950, 1, 1)]]}, more=times, date_1904=mac)
    assert read(path, "A") == [[["2026-08-17", "1950-01-01"]]]
    assert read(path, "B") == [[["2026-08-17T10:11:00", "07:30:00"]]]


def test_a_formula_is_what_was_saved_and_an_error_is_nothing(tmp_path: Path) -> None:
    def formulas(book: Any) -> None:
        sheet = book.get_worksheet_by_name("A")
        sheet.write_formula(0, 0, '=WEBSERVICE("http://192.0.2.1/")', None, "disimpan")
        sheet.write_formula(0, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(0, 2, "='[lain.xlsx]A'!A1", None, 7)

    assert read(workbook(tmp_path / "a.xlsx", {"A": []}, more=formulas)) == [[["disimpan", None, 7]]]


def test_a_sheet_is_chosen_by_name_or_pattern(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Data 1": [["a"]], "Data 2": [["b"]], "Catatan": [["c"]]})
    assert read(path) == [[["a"]]]
    assert read(path, "Data 1") == [[["a"]]]
    assert read(path, "Data*") == [[["a"]], [["b"]]]
    with pytest.raises(Unreadable) as raised:
        read(path, "Peserta")
    assert raised.value.word == "no_such_sheet"


def test_the_first_sheet_is_the_first_that_can_be_seen(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book.get_worksheet_by_name("Lama").hide()
        book.get_worksheet_by_name("Baru").activate()

    assert read(workbook(tmp_path / "a.xlsx", {"Lama": [["a"]], "Baru": [["b"]]}, more=hide)) == [[["b"]]]


def test_an_empty_sheet_has_no_rows(tmp_path: Path) -> None:
    assert read(workbook(tmp_path / "a.xlsx", {"A": []})) == [[]]


def test_an_old_xls_is_read_in_the_same_way(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    for column, cell in enumerate(["007", 7, 1276010101909001]):
        sheet.write(1, column, cell)
    sheet.write(1, 3, date(2026, 8, 17), xlwt.easyxf(num_format_str="DD/MM/YYYY"))
    saved = io.BytesIO()
    book.save(saved)
    assert [list(rows) for rows in sheets(saved.getvalue(), None)] == [[[None] * 4, ["007", 7, 1276010101909001, "2026-08-17"]]]


def test_an_old_xls_with_a_password_is_told_as_such() -> None:
    book = xlwt.Workbook()
    book.add_sheet("Data").write(0, 0, "x")
    saved = io.BytesIO()
    book.save(saved)
    locked = re.sub(rb"(\x09\x08\x10\x00.{16})\xe1\x00", lambda found: found[1] + b"\x2f\x00", saved.getvalue(), count=1, flags=re.DOTALL)
    with pytest.raises(Unreadable) as raised:
        list(sheets(locked, None))
    assert raised.value.word == "encrypted_sheet"


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as raised:
        read(workbook(tmp_path / "a.xlsx", {"A": [[*range(501)]]}))
    assert raised.value.word == "too_many_columns"


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=30).filter(lambda cell: not cell.isspace())


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(TEXT | st.from_regex(r"\A0*[0-9]{1,20}\Z"), min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_was_written_as_text_comes_back_the_same(tmp_path: Path, rows: list[list[str]]) -> None:
    assert read(workbook(tmp_path / "a.xlsx", {"A": rows})) == [rows]
