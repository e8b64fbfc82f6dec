"""Whether what a file says about asking its source can be done."""

from pathlib import Path

import pytest

from app.adapter.fit import Fit
from app.adapter.manifest import Resource
from app.adapter.problem import Toml
from app.contract.contract import Contract
from app.errors import Problem
from tests.fixtures.lists import LISTS, prop

CONTRACT = Contract("orang", "1.0.0", "Orang", "", "terbatas", {name: prop(key=int(name == "id")) for name in ("id", "nama", "alamat")}, ("id",))
FILE = '[[resource]]\ncontract = "orang"\n[resource.map]\nid = "no"\nnama = "nm"\nalamat = { from = ["a", "b"] }\n'


def misfits(tmp_path: Path, table: str) -> list[Problem]:
    path = tmp_path / "dinsos.uji.toml"
    path.write_text(FILE + table)
    toml = Toml(path, path.name)
    return list(Fit(toml, 0, Resource.model_validate(toml.content["resource"][0]), CONTRACT, LISTS).problems())


@pytest.mark.parametrize(
    "table",
    [
        '[resource.page]\nstyle = "cursor"\ncursor = "$.next"\nparam = "c"\nsize = 9\nsize_param = "n"\ntotal = "$.t"\nmax_pages = 3',
        '[resource.page]\nstyle = "next_url"\nnext = "$.next"',
        '[resource.page]\nstyle = "link_header"\nsize = 9',
        '[resource.page]\nstyle = "keyset"\nby = "no"',
        '[resource.page]\nstyle = "keyset"\nby = ["tgl", "no"]\nparam = "t, n"',
        '[resource.page]\nstyle = "offset"\nstart = 1\nparam = "o"\nsize = 9\ntotal = "$.t"',
        '[resource.page]\ntotal = "$.t"',
        '[resource.sort]\nfields = ["nama", "id"]\nparam = "urut"',
        '[resource.sort]\nfields = ["id"]\nparam = "urut"\nasc = "{field} asc"\ndesc = "{field} desc"',
        "[resource.sort]\nby_key = true",
        '[resource.page]\nstyle = "keyset"\nby = "no"\n[resource.sort]\nby_key = true',
        '[resource.push]\nnama = [{ param = "a", ops = ["gte"] }, { param = "b", ops = ["lte", "lt"] }]',
        '[resource.push]\nnama = { param = "a", most = 9, separator = "," }',
        '[resource.fields]\nparam = "kolom"',
    ],
)
def test_what_can_be_asked_has_no_problem(tmp_path: Path, table: str) -> None:
    assert misfits(tmp_path, table) == []


@pytest.mark.parametrize(
    ("table", "line", "code", "said"),
    [
        ('[resource.page]\nstyle = "cursor"', 7, "page", 'pages of the style cursor need cursor. Write cursor = "$.next_cursor"'),
        ('[resource.page]\nstyle = "next_url"', 7, "page", 'pages of the style next_url need next. Write next = "$.next"'),
        ('[resource.page]\nstyle = "keyset"', 7, "page", 'pages of the style keyset need by. Write by = "id"'),
        (
            '[resource.page]\nstyle = "page"\ncursor = "$.c"',
            9,
            "idle_word",
            "cursor means nothing for pages of the style page. Remove it; it belongs to cursor.",
        ),
        ("[resource.page]\nsize = 9", 8, "idle_word", "size means nothing for pages of the style none."),
        ('[resource.page]\nstyle = "link_header"\nparam = "p"', 9, "idle_word", "it belongs to page or offset or cursor or keyset"),
        ('[resource.page]\nstyle = "cursor"\ncursor = "$.c"\nstart = 0', 10, "idle_word", "start means nothing"),
        ('[resource.page]\nstyle = "offset"\nby = "no"', 9, "idle_word", "it belongs to keyset"),
        ('[resource.page]\nstyle = "page"\nsize_param = "n"', 9, "page", "size_param is told no size"),
        ('[resource.page]\nstyle = "keyset"\nby = ["t", "n"]\nparam = "x"', 10, "page", "there are 2 columns in by and 1 names in param"),
        ('[resource.page]\nstyle = "keyset"\nby = ["t", "n"]\nparam = "x,"', 10, "page", 'param = "after_date,after_id"'),
        ('[resource.sort]\nfields = ["id", "nm"]\nparam = "u"', 8, "unknown_field", "orang has no field 'nm'"),
        ('[resource.sort]\nfields = ["id", "alamat"]\nparam = "u"', 8, "sort_not_mapped", "'alamat' is sorted by but comes from no single column"),
        ('[resource.sort]\nfields = ["nama"]\nparam = "u"', 8, "sort_without_key", "sort.fields lacks id"),
        ('[resource.sort]\nparam = "u"', 7, "sort", "sort names no field"),
        ('[resource.sort]\nfields = ["id"]\nparam = "u"\ndesc = "turun"', 10, "sort", "desc names no field. Write {field}"),
        ('[resource.sort]\nfields = ["id"]\nparam = "u"\ndesc = "{field}"', 7, "sort", "asc and desc are the same"),
        ('[resource.page]\nstyle = "keyset"\nby = "no"\n[resource.sort]\nfields = ["id"]\nparam = "u"', 11, "sort", "walked in its own order"),
        ('[resource.push]\nnama = [{ param = "a" }, { param = "b", ops = ["gte", "eq"] }]', 8, "push_twice", "nama is pushed by eq in 2 ways"),
        ('[resource.push]\nnama = { param = "a", separator = "," }', 8, "idle_word", "separator means nothing for nama"),
    ],
)
def test_what_cannot_be_asked_is_told_at_its_line_with_a_remedy(tmp_path: Path, table: str, line: int, code: str, said: str) -> None:
    (found,) = misfits(tmp_path, table)
    assert (found.file, found.line, found.code) == ("dinsos.uji.toml", line, code)
    assert said in f"{found.meaning}. {found.remedy}"


def test_a_rule_of_a_push_is_told_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(FILE + '[resource.push]\nnama = [{ param = "a" },\n  { prm = "b" }]\n')
    toml, found = Toml(path, "x.toml"), []
    assert toml.model(Resource, toml.content["resource"][0], at=("resource", 0), problems=found) is None
    assert [(one.line, one.code) for one in found] == [(8, "unknown_key")]
