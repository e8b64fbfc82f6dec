"""Where rows stand in a body."""

import pytest

from app.adapter.rows import rows, value
from app.errors import BadAnswer
from tests.fixtures.raw_side import fails

A, B = {"id": 1, "aktif": True}, {"id": 2, "aktif": False}


@pytest.mark.parametrize("path", ["$.data", "$.data[*]", "$['data']", '$["data"][*]'])
def test_a_list_gives_its_elements(path: str) -> None:
    assert rows(path)({"data": [A, B]}) == [A, B]


@pytest.mark.parametrize("path", ["$.data", "$.data[*]", "$['data'][*]"])
def test_one_object_where_a_list_is_due_is_a_list_of_one_and_not_its_member_values(path: str) -> None:
    assert rows(path)({"data": {"a": A, "b": B}}) == [{"a": A, "b": B}]


@pytest.mark.parametrize("path", ["$.data", "$.data[*]", "$['data']"])
def test_null_and_an_empty_list_are_no_rows(path: str) -> None:
    assert rows(path)({"data": None}) == []
    assert rows(path)({"data": []}) == []


@pytest.mark.parametrize("body", [{}, [], {"hasil": {}}, "x", None, 1])
def test_where_nothing_stands_rows_are_missing(body) -> None:
    with fails(BadAnswer, "rows_missing"):
        rows("$.hasil.data[*]")(body)


@pytest.mark.parametrize("body", [{"data": [A, 1]}, {"data": [None]}, {"data": [[A]]}, {"data": "x"}, {"data": 0}, {"data": False}])
def test_a_row_that_is_no_object_is_a_bad_answer(body) -> None:
    with fails(BadAnswer, "row_not_object"):
        rows("$.data")(body)


def test_the_whole_body_may_be_the_rows() -> None:
    assert rows("$")([A, B]) == [A, B]
    assert rows("$[*]")([A, B]) == [A, B]
    assert rows("$")(A) == [A]


def test_a_filter_expression_selects_rows() -> None:
    assert rows("$.data[?@.aktif == true]")({"data": [A, B]}) == [A]
    assert rows("$.data[?@.id > 1 && @.aktif == false]")({"data": [A, B]}) == [B]
    assert rows("$.data[?@.id > 9]")({"data": [A, B]}) == []
    assert rows("$..isi[*]")({"x": {"isi": [A]}, "y": {"isi": [B]}}) == [A, B]


def test_names_with_blanks_and_accents_are_names() -> None:
    assert rows("$['data warga']['isi'][*]")({"data warga": {"isi": A}}) == [A]
    assert rows("$.données[*]")({"données": [A]}) == [A]
    assert value("$['total baris']")({"total baris": 7}) == 7


def test_lists_within_lists_are_one_list() -> None:
    body = {"kec": [{"warga": [A]}, {"warga": None}, {"warga": B}]}
    assert rows("$.kec[*].warga[*]")(body) == [A, B]
    assert rows("$.kec[*].warga")(body) == [A, B]
    assert rows("$.kec[0].warga[*]")(body) == [A]


@pytest.mark.parametrize("path", ["$.data[?@.aktif == true]", "$['data x']", "$['data x'][*]", "$.data[0].rows", "$.hasil.data[1:]", "$.a[*].b[*]"])
@pytest.mark.parametrize("body", [{}, {"hasil": 1}, [], None])
def test_where_what_is_to_be_selected_from_is_not_there_rows_are_missing(path: str, body) -> None:
    with fails(BadAnswer, "rows_missing"):
        rows(path)(body)


def test_a_value_is_the_first_at_its_path() -> None:
    assert value("$.meta.total")({"meta": {"total": 7}}) == 7
    assert value("$.meta.total")({"meta": None}) is None
    assert value("$.data[1].id")({"data": [A, B]}) == 2
    assert value("$.data[9].id")({"data": [A, B]}) is None
    assert value("$")(A) is A


@pytest.mark.parametrize("path", ["data", "$.", "$[", "", "$.data[?", "$.a b"])
def test_a_path_that_is_not_rfc_9535_is_refused_at_once(path: str) -> None:
    with pytest.raises(ValueError, match="is not a JSONPath"):
        rows(path)
    with pytest.raises(ValueError, match="is not a JSONPath"):
        value(path)
