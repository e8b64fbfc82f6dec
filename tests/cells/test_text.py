"""Delimited text: encoding, delimiter, rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cells.limit import Unreadable
from app.cells.text import found, rows


def read(content: bytes, encoding: str = "utf-8", delimiter: str | None = None) -> list[list[str | None]]:
    return list(rows(content, encoding, delimiter))


def word(content: bytes, encoding: str = "utf-8") -> str:
    with pytest.raises(Unreadable) as raised:
        read(content, encoding)
    return raised.value.word


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    lines = [["id", "nama", "nilai"], ["1", "Siti", "600000"], ["2", "Budi", ""]]
    content = "\n".join(delimiter.join(line) for line in lines).encode()
    assert read(content) == [["id", "nama", "nilai"], ["1", "Siti", "600000"], ["2", "Budi", None]]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("id;nama;nilai\n1;Siti;1.234,56\n2;Budi;2.000,00\n", ";"),
        ('id,nama\n1,"Siti; Contoh"\n2,"Budi; Contoh"\n', ","),
        ("DAFTAR PENERIMA, TAHUN 2026\nid;nama\n1;Siti\n2;Budi\n", ";"),
        ("nama\nSiti\n", ";"),
    ],
)
def test_decimals_titles_and_quotes_do_not_mislead(text: str, delimiter: str) -> None:
    assert found(text) == delimiter


def test_decimals_stay_text_as_they_were_written() -> None:
    assert read(b"id;nilai\n007;1.234,56\n") == [["id", "nilai"], ["007", "1.234,56"]]


def test_a_delimiter_that_the_file_names_is_believed() -> None:
    assert read(b"a;b,c\n1;2,3\n", delimiter=",") == [["a;b", "c"], ["1;2", "3"]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_believed_before_the_file(encoding: str) -> None:
    assert read("nama\nÉlis\n".encode(encoding), "cp1252") == [["nama"], ["Élis"]]


def test_cp1252_is_read_where_the_file_says_so_and_never_guessed() -> None:
    content = "nama\nÉlis\n".encode("cp1252")
    assert read(content, "cp1252") == [["nama"], ["Élis"]]
    assert word(content) == "charset"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"a;b\n1;\x002\n", "not_text", id="CSV with NUL"),
        pytest.param("a;b\né;1\n".encode() + "é;2\n".encode("cp1252"), "charset", id="mixed encodings"),
        pytest.param(b"a;b\n" + b"x" * 10_000_000 + b";1\n", "cell_too_long", id="a 10 MB line of one cell"),
        pytest.param(b"a;b\n" + b"x;" * 5_000_000 + b"\n", "too_many_columns", id="a 10 MB line of many cells"),
        pytest.param(b'a;b\n"1;2\n3;4\n', "broken_quotes", id="a quote that never ends"),
        pytest.param(b"a\n" * 1_000_001, "too_many_rows", id="a million rows and one"),
    ],
)
def test_hostile_text_ends_with_a_word(content: bytes, expected: str) -> None:
    assert word(content) == expected


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20).filter(lambda cell: not cell.isspace())


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from(";,\t|"))
def test_what_was_written_comes_back_the_same(lines: list[list[str]], delimiter: str) -> None:
    quoted = "\r\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    assert read(quoted.encode("utf-8-sig"), delimiter=delimiter) == lines
