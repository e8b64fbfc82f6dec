"""Whether a map fits its contract: fields, key, code lists, formats, values that the file itself gives."""

from pathlib import Path
from typing import Any

import pytest

from app.adapter.fit import Fit
from app.adapter.manifest import Resource
from app.adapter.problem import Toml
from app.contract.contract import Contract, Property
from app.errors import Problem
from tests.fixtures.lists import LISTS, prop

FIELDS: dict[str, Property] = {
    "id": prop(key=1),
    "nama": prop(),
    "jumlah": prop("integer", options={"minimum": 0}),
    "lahir": prop("date"),
    "kode_wilayah": prop(semantic="region"),
    "jk": prop(semantic="code:jenis_kelamin"),
    "layak": prop("boolean"),
    "nilai": prop("integer", semantic="money"),
    "asing": prop(semantic="code:tidak_ada"),
}
CONTRACT = Contract("orang", "1.0.0", "Orang", "", "terbatas", FIELDS, ("id",))
FILE = 'id = "dinsos.uji"\n[[resource]]\ncontract = "orang"\n{push}[resource.map]\nid = "no"\n{rule}\n{example}'


def misfits(tmp_path: Path, rule: str = "", *, push: str = "", example: str = "") -> list[Problem]:
    path = tmp_path / "dinsos.uji.toml"
    path.write_text(FILE.format(rule=rule, push=push, example=example))
    toml = Toml(path, path.name)
    resource = Resource.model_validate(toml.content["resource"][0])
    return list(Fit(toml, 0, resource, CONTRACT, LISTS).problems())


@pytest.mark.parametrize(
    "rule",
    [
        'nama = "nm"',
        'lahir = { from = "tgl", format = "%d/%m/%Y" }',
        'lahir = { const = "2026-01-01" }',
        'lahir = { from = "t", codes = { kosong = "" } }',
        'kode_wilayah = { from = "kel", scheme = "bps" }',
        'kode_wilayah = { const = "12.76" }',
        'nilai = { from = "rp", as = "rupiah" }',
        'jumlah = { from = "n", as = "rupiah" }',
        'nama = { from = "rt", pad = 3 }',
        'jk = { from = "jk", codes = { 1 = "L", 2 = "P" } }',
        'nama = { from = "p", code = "program" }',
        'layak = { from = "y", codes = { YA = true, TIDAK = false } }',
        "jumlah = { const = 3 }",
    ],
)
def test_a_map_that_fits_has_no_problem(tmp_path: Path, rule: str) -> None:
    assert misfits(tmp_path, rule) == []


@pytest.mark.parametrize(
    ("rule", "code", "said"),
    [
        ('nam = "nm"', "unknown_field", "orang has no field 'nam'. Did you mean 'nama'?"),
        ('zzz = "nm"', "unknown_field", "orang has: id, nama, jumlah"),
        ('nama = { from = "p", code = "prgram" }', "unknown_code_list", "there is no code list 'prgram'. Did you mean 'program'?"),
        ('asing = "x"', "unknown_code_list", "Write codes/tidak_ada.csv."),
        ('lahir = { from = "t", format = "%d/%Q" }', "format", "%Q is not a word of a date format"),
        ('nama = { from = "nm", format = "%d" }', "idle_word", "format means nothing for nama, which is string. Remove format"),
        ('nama = { from = "nm", as = "rupiah" }', "idle_word", "as means nothing for nama"),
        ('nama = { from = "nm", scheme = "bps" }', "idle_word", "scheme means nothing for nama"),
        ('jumlah = { from = "n", pad = 3 }', "idle_word", "pad means nothing for jumlah, which is integer"),
        ('kode_wilayah = { from = "k", pad = 10 }', "idle_word", "pad means nothing for kode_wilayah, which is region"),
        ('jk = { from = "jk", codes = { 1 = "L", 2 = "X" } }', "codes", "codes turns '2' into what jk cannot be"),
        ('layak = { from = "y", codes = { YA = "kadang" } }', "codes", "codes turns 'YA' into what layak cannot be"),
        ("jumlah = { const = -3 }", "const", "const is not a value that jumlah can be"),
        ('jumlah = { const = "" }', "const", "const is not a value that jumlah can be"),
        ('kode_wilayah = { const = "Tebing" }', "const", "const is not a value that kode_wilayah can be"),
    ],
)
def test_a_rule_that_does_not_fit_is_told_at_its_line(tmp_path: Path, rule: str, code: str, said: str) -> None:
    (found,) = misfits(tmp_path, rule)
    assert (found.file, found.line, found.code) == ("dinsos.uji.toml", 6, code)
    assert said in f"{found.meaning}. {found.remedy}"


@pytest.mark.parametrize(
    ("push", "code", "line"),
    [
        ('nm = { param = "q" }', "unknown_field", 5),
        ('nama = { param = "q" }', "push_not_mapped", 5),
        ('id = { param = "q", format = "%Y" }', "idle_word", 5),
    ],
)
def test_a_push_that_does_not_fit_is_told_at_its_line(tmp_path: Path, push: str, code: str, line: int) -> None:
    (found,) = misfits(tmp_path, push=f"[resource.push]\n{push}\n")
    assert (found.line, found.code) == (line, code)


def test_the_format_of_a_push_must_be_one(tmp_path: Path) -> None:
    found = misfits(tmp_path, 'lahir = "t"', push='[resource.push]\nlahir = { param = "q", format = "%d/%Q" }\n')
    assert [(one.line, one.code) for one in found] == [(5, "format")]


def test_each_rule_of_a_push_is_looked_at(tmp_path: Path) -> None:
    push = '[resource.push]\nlahir = [{ param = "a", ops = ["gte"] }, { param = "b", ops = ["lte"], format = "%Q" }]\n'
    assert [(one.line, one.code) for one in misfits(tmp_path, 'lahir = "t"', push=push)] == [(5, "format")]
    assert [(one.line, one.code) for one in misfits(tmp_path, push=push.replace("%Q", "%Y"))] == [(5, "push_not_mapped")]


def test_a_key_that_is_not_mapped_is_told(tmp_path: Path) -> None:
    resource = Resource.model_validate({"contract": "orang", "map": {"nama": "nm"}})
    path = tmp_path / "x.toml"
    path.write_text("a = 1\n")
    (found,) = Fit(Toml(path, "x.toml"), 0, resource, CONTRACT, LISTS).problems()
    assert (found.code, found.remedy) == ("key_not_mapped", "Add id to the map.")


def test_an_example_may_expect_only_what_is_mapped(tmp_path: Path) -> None:
    example = '[resource.example]\nraw = [{ no = "1" }]\nexpect = [{ id = "1", idd = "2" }, { idd = "3", nama = "x" }]\n'
    found = misfits(tmp_path, example=example)
    assert [(one.line, one.code) for one in found] == [(9, "unknown_field")] * 2
    assert "'idd', which is not mapped. Did you mean 'id'?" in str(found[0])


def test_everything_that_does_not_fit_is_told_at_once(tmp_path: Path) -> None:
    rules: list[Any] = ['nam = "x"', "jumlah = { const = -1 }", 'lahir = { from = "t", format = "%Q" }']
    assert [one.code for one in misfits(tmp_path, "\n".join(rules))] == ["unknown_field", "const", "format"]
