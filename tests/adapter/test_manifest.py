"""The grammar of a system's file: every problem at once, with the line and a remedy, and never a secret."""

from pathlib import Path

import pytest

from app.adapter.manifest import Manifest, Rate
from app.adapter.reading import read
from app.errors import CityError, Problem

FILE = """\
id = "dinsos.uji"
title = "Uji"
kind = "rest"
legal_basis = "Perwal uji"
[connection]
base = "http://example.org"
[connection.auth]
type = "basic"
username = "$USER"
password = "$PASS"
[[responses]]
when = { "$.status" = "error", status = 200 }
then = "empty"
[[resource]]
contract = "orang"
[resource.read]
list = "/orang"
[resource.push]
nama = { param = "cari", ops = ["eq"] }
[resource.map]
id = "no"
nama = { from = "nm" }
alamat = { from = ["jalan", "rt"], join = ", " }
tahun = { const = 2026 }
[resource.example]
raw = [{ no = "1" }]
expect = [{ id = "1" }]
"""


def read_text(tmp_path: Path, text: str | bytes, name: str = "dinsos.uji.toml") -> Manifest:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, shown=f"systems/{name}")[0]


def problems(tmp_path: Path, old: str, new: str) -> list[Problem]:
    assert FILE.count(old) >= 1
    with pytest.raises(CityError) as raised:
        read_text(tmp_path, FILE.replace(old, new, 1))
    return raised.value.problems


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    manifest = read_text(tmp_path, FILE)
    assert (manifest.id, manifest.organisation, manifest.kind) == ("dinsos.uji", "dinsos", "rest")
    resource = manifest.resource[0]
    assert resource.rules()["id"].source == "no"
    assert resource.rules()["alamat"].source == ("jalan", "rt")
    assert (resource.mode, resource.scan, resource.page.style) == ("live", 5000, "none")
    assert manifest.responses[0].then == "empty"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert read_text(tmp_path, b"\xef\xbb\xbf" + FILE.encode()).id == "dinsos.uji"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'title = "Uji"',
            'titel = "Uji"',
            ["2: unknown_key: titel is not known here. Did you mean 'title'?", "1: missing_key: title is missing. Add it."],
        ),
        ('title = "Uji"', "title = 7", ["2: wrong_type: title is not text. Put it in quotes: codes and numbers of people are text."]),
        ('kind = "rest"', 'kind = "__init__"', ["3: wrong_value: kind cannot be used (String should match pattern '^[a-z][a-z_]*$'). Mend it."]),
        ('nama = { from = "nm" }', 'nama = { frm = "nm" }', ["22: unknown_key: resource.map.nama.frm is not known here. Did you mean 'from'?"]),
        (
            'nama = { from = "nm" }',
            'nama = { from = "nm", as = "rupee" }',
            ["22: wrong_value: resource.map.nama.as cannot be used (Input should be 'rupiah'). Mend it."],
        ),
        ('id = "no"', "id = 5", ["21: wrong_type: resource.map.id is not text. Put it in quotes: codes and numbers of people are text."]),
        (
            '"$.status" = "error"',
            '"$.status" = { presnt = true }',
            ["12: unknown_key: responses.when.$.status.presnt is not known here. Did you mean 'present'?"],
        ),
        (
            '"$.status" = "error"',
            '"status[" = 1',
            ["12: wrong_value: responses.when cannot be used ('status[' is not a JSONPath (RFC 9535)). Mend it."],
        ),
        ('ops = ["eq"]', 'ops = "eq"', ['19: wrong_type: resource.push.nama.ops is not a list. Write a list: ["…"].']),
        (
            'ops = ["eq"]',
            'ops = ["within"]',
            ["19: wrong_value: resource.push.nama.ops[0] cannot be used (Input should be 'eq', 'gt', 'gte', 'lt' or 'lte'). Mend it."],
        ),
        (
            "[resource.read]",
            "read = 1\n[resource.reed]",
            [
                "16: wrong_type: resource.read is not a table. Write a table: { name = … }.",
                "17: unknown_key: resource.reed is not known here. Did you mean 'read'?",
            ],
        ),
        (
            "[resource.map]",
            "[resource.mapp]",
            ["14: missing_key: resource.map is missing. Add it.", "20: unknown_key: resource.mapp is not known here. Did you mean 'map'?"],
        ),
        (
            'legal_basis = "Perwal uji"',
            'legal_basis = ""',
            ["4: wrong_value: legal_basis cannot be used (String should have at least 1 character). Mend it."],
        ),
    ],
)
def test_a_broken_grammar_is_told_with_line_and_remedy(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    assert {str(one) for one in problems(tmp_path, old, new)} == {f"systems/dinsos.uji.toml:{one}" for one in said}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("{ join = ', ' }", "map"),
        ('{ from = "a", const = 1 }', "map"),
        ('{ from = "a", join = " " }', "map"),
        ('""', "source_path"),
        ('"a[0]"', "source_path"),
        ('"a..b"', "source_path"),
        ('"a."', "source_path"),
        ('"[\'a"', "source_path"),
        ('{ from = ["a", "b[*]"] }', "source_path"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_told(tmp_path: Path, rule: str, code: str) -> None:
    found = problems(tmp_path, 'id = "no"', f"id = {rule}")
    assert code in {one.code for one in found}
    assert {one.line for one in found} == {21}


@pytest.mark.parametrize("path", ["a", "a.b.c", "nik ", "a. b", "['a.b']", "x['a.b'].c", "['Nilai [Rp]']", "<7tahun", "Jum'at", "#"])
def test_a_path_with_blanks_quotes_and_signs_is_good(tmp_path: Path, path: str) -> None:
    assert read_text(tmp_path, FILE.replace('id = "no"', f'id = "{path}"')).resource[0].rules()["id"].source == path


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"$PASS"', '"hunter2"', "connection.auth.password"),
        ('"$USER"', '"hunter2"', "connection.auth.username"),
        ("[connection.auth]", 'headers = { X-Access-Token = "hunter2" }\n[connection.auth]', "connection.headers.X-Access-Token"),
        ("[connection.auth]", 'headers = { authorization = "Bearer hunter2" }\n[connection.auth]', "connection.headers.authorization"),
        (
            '[connection.auth]\ntype = "basic"',
            '[[connection.auth]]\ntype = "bearer"\ntoken = "hunter2"\n[[connection.auth]]',
            "connection.auth.token",
        ),
        (
            'type = "basic"',
            'type = "login"\ntoken = "$.token"\nrequest = { path = "/l", json = { p = "hunter2" } }',
            "connection.auth.request.json.p",
        ),
        ('list = "/orang"', 'list = "/orang"\nparams = { api_key = "hunter2" }', "resource.read.params.api_key"),
    ],
)
def test_a_secret_in_plain_text_is_an_error_that_does_not_repeat_it(tmp_path: Path, old: str, new: str, place: str) -> None:
    found = problems(tmp_path, old, new)
    assert [one.code for one in found] == ["secret_in_file"]
    assert found[0].meaning.startswith(place)
    assert "hunter2" not in str(found[0])


def test_a_header_that_is_no_secret_may_stand_in_the_file(tmp_path: Path) -> None:
    text = FILE.replace("[connection.auth]", 'headers = { Accept = "application/json", X-Api-Key = "$KEY" }\n[connection.auth]')
    assert read_text(tmp_path, text).connection["headers"]["Accept"] == "application/json"


def test_the_token_of_a_login_is_a_path_and_no_secret(tmp_path: Path) -> None:
    login = 'type = "login"\ntoken = "$.data.token"\nrequest = { path = "/l", form = { u = "$U", p = "$P" } }\n'
    text = FILE.replace('type = "basic"\nusername = "$USER"\npassword = "$PASS"\n', login)
    assert read_text(tmp_path, text).connection["auth"]["token"] == "$.data.token"


def test_a_secrets_name_outside_the_connection_is_told(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, 'list = "/orang"', 'list = "/orang"\nparams = { kunci = "$KUNCI" }')
    assert (found.code, found.line) == ("misplaced_secret", 18)


def test_problems_of_grammar_secrets_and_map_are_told_at_once(tmp_path: Path) -> None:
    text = FILE.replace('id = "dinsos.uji"', 'id = "dinsos.lain"').replace('"$PASS"', '"hunter2"').replace('"nm"', '"nm["')
    with pytest.raises(CityError) as raised:
        read_text(tmp_path, text)
    assert [one.code for one in raised.value.problems] == ["id", "secret_in_file", "source_path"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a = \n", "not_toml", 1),
        ('a = 1\nb = """\nc\n', "not_toml", 3),
        ("a = 1\na = 2\n", "not_toml", 2),
        (b"a = '\xff'\n", "unreadable", 1),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, text: str | bytes, code: str, line: int) -> None:
    with pytest.raises(CityError) as raised:
        read_text(tmp_path, text)
    assert [(one.code, one.line) for one in raised.value.problems] == [(code, line)]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CityError, match="missing_file"):
        read(tmp_path / "tiada.toml")


def test_the_manifest_does_not_show_its_connection(tmp_path: Path) -> None:
    assert "example.org" not in repr(read_text(tmp_path, FILE))


@pytest.mark.parametrize("text", ["0/second", "5/second\n", "5/fortnight", "5", "-1/day", "5 / day"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a rate is written like"):
        Rate.read(text)


def test_a_rate_is_so_many_calls_in_so_many_seconds() -> None:
    assert Rate.read("100/minute") == Rate(calls=100, seconds=60)
