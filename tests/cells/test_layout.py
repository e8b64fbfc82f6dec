"""Headers and names of columns."""

from typing import Any

import pytest

from app.cells.layout import Layout, cut, letter


def laid(rows: list[list[Any]], header: tuple[int, ...] = (1,), columns: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    parts = cut(rows, Layout(header, columns), 0)
    return [dict(zip(part.names, row, strict=False)) for part in parts for row in part.rows]


def test_the_header_stands_in_the_row_that_is_named() -> None:
    rows = [["DAFTAR PENERIMA"], [], ["No", "Nama"], [1, "Siti"]]
    assert laid(rows, (3,)) == [{"No": 1, "Nama": "Siti"}]


def test_a_header_over_several_rows_is_joined_and_merged_cells_reach_to_the_right() -> None:
    rows = [["Lampiran II"], ["No", "Alamat", None, None], [None, "Jalan", "RT", "RW"], [1, "Mawar", "004", "001"]]
    assert laid(rows, (2, 3)) == [{"No": 1, "Alamat Jalan": "Mawar", "Alamat RT": "004", "Alamat RW": "001"}]


def test_line_breaks_and_numbers_in_a_header_are_plain_text() -> None:
    assert laid([["Nama\n Lengkap ", 2026], ["Siti", 1]]) == [{"Nama Lengkap": "Siti", "2026": 1}]


def test_a_column_without_a_header_is_called_by_its_letter_or_by_the_name_the_file_gives() -> None:
    rows = [["nik", None, None], ["1", "2", "3"]]
    assert laid(rows) == [{"nik": "1", "B": "2", "C": "3"}]
    assert laid(rows, (1,), ("", "nama")) == [{"nik": "1", "nama": "2", "C": "3"}]


def test_a_repeated_header_gets_a_number() -> None:
    assert laid([["nama", "nama", "nama", "nama 2"], [1, 2, 3, 4]]) == [{"nama": 1, "nama 2": 2, "nama 3": 3, "nama 2 2": 4}]


def test_without_a_header_every_row_is_read() -> None:
    assert laid([["1", "Siti"]], (), ("nik", "nama")) == [{"nik": "1", "nama": "Siti"}]
    assert laid([["1", "Siti"]], ()) == [{"A": "1", "B": "Siti"}]


def test_a_row_longer_than_the_header_keeps_its_cells() -> None:
    assert laid([["a"], ["1", "2"]]) == [{"a": "1", "B": "2"}]


def test_a_row_without_any_value_is_left_out() -> None:
    assert laid([["a"], [None], [], ["1"]]) == [{"a": "1"}]


def test_parts_hold_a_thousand_rows() -> None:
    parts = list(cut([["a"], *([number] for number in range(2500))], Layout((1,), ()), 3))
    assert [(part.sheet, len(part.rows)) for part in parts] == [(3, 1000), (3, 1000), (3, 500)]


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")])
def test_letters_are_those_of_a_spreadsheet(index: int, name: str) -> None:
    assert letter(index) == name
