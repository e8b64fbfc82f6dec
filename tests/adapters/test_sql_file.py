"""A file of the kind `sql`, as `titian check` reads it, and a town whose contract is fed by a table."""

import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.adapter.loading import World, build
from app.adapter.reading import judged
from app.adapter.secret import Secrets
from app.contract.contract import Contract
from app.errors import CityError, Problem
from tests.fixtures.databases import sqlite
from tests.fixtures.lists import LISTS, ROOT, prop
from tests.fixtures.town import new_town

CONTRACTS = {"orang": Contract("orang", "1.0.0", "orang", "", "terbatas", {"id": prop(key=1), "nama": prop(), "isi": prop()}, ("id",))}
FILE = """\
id = "dinsos.uji"
title = "Uji"
kind = "sql"
legal_basis = "Perwal uji"
[connection]
dsn = "{dsn}"
{connection}
[[resource]]
contract = "orang"
[resource.read]
{read}
{more}
[resource.map]
id = {id}
nama = "nama"
"""


def told(tmp_path: Path, *, dsn: str = "sqlite:///a.db", connection: str = "", read: str = 'from = "t"', more: str = "", key: str = '"id"',
         ceiling: str = "") -> list[Problem]:  # fmt: skip
    path = tmp_path / "dinsos.uji.toml"
    path.write_text(FILE.format(dsn=dsn, connection=connection, read=read, more=more, id=key))
    manifest, toml, problems = judged(path)
    if manifest is None or problems:
        return problems
    top = (ip_network(ceiling),) if ceiling else ()
    try:
        build(manifest, toml, World(CONTRACTS, LISTS, Secrets({"SANDI": "p@ss:w/rd#?%41"}), top))
    except CityError as error:
        return error.problems
    return []


def test_files_that_are_right(tmp_path: Path) -> None:
    assert told(tmp_path) == []
    assert told(tmp_path, dsn="mysql://pembaca:$SANDI@10.1.2.3/basis", connection='networks = ["10.0.0.0/8"]') == []
    assert told(tmp_path, dsn="mariadb://pembaca:$SANDI@basis.example.id:3307/basis", connection='charset = "latin1"') == []
    assert (
        told(tmp_path, dsn="postgresql://pembaca:$SANDI@basis.example.id/basis", more='[resource.page]\nby = ["a", "b"]', key='{ from = ["a", "b"] }')
        == []
    )
    assert told(tmp_path, read='query = "SELECT id, nama FROM t"', more='[resource.page]\nstyle = "none"') == []


@pytest.mark.parametrize(
    ("words", "code", "line", "meaning"),
    [
        ({"dsn": "mysql://pembaca:rahasia@h/x"}, "secret_in_file", 6, "plain text"),
        ({"dsn": "mysql://$SANDI:rahasia$SANDI@h/x"}, "secret_in_file", 6, "plain text"),
        ({"dsn": "mysql://pembaca:$LAIN@h/x"}, "unknown_secret", 6, "LAIN"),
        ({"dsn": "mysql://pembaca:$SANDI@10.1.2.3/x"}, "networks", 5, "10.1.2.3 of dsn"),
        (
            {"dsn": "mysql://u:$SANDI@10.1.2.3/x", "connection": 'networks = ["10.0.0.0/8"]', "ceiling": "192.168.0.0/16"},
            "networks",
            7,
            "TITIAN_NETWORKS",
        ),
        ({"dsn": "mysql://u:$SANDI@169.254.169.254/x", "connection": 'networks = ["169.254.0.0/16"]'}, "networks", 7, "link-local"),
        ({"dsn": "oracle://u:$SANDI@h/x"}, "wrong_value", 6, "begins with"),
        ({"connection": "charset = 'ebcdic'"}, "wrong_value", 7, "charset"),
        ({"connection": "timeot = 3"}, "unknown_key", 7, "timeot"),
        ({"read": 'query = "SELECT 1; DROP TABLE t"'}, "wrong_value", 11, "no ;"),
        ({"read": 'from = "t"\nquery = "SELECT 1"'}, "wrong_value", 10, "exactly one"),
        ({"more": '[resource.page]\nstyle = "page"'}, "page", 12, "keyset"),
        ({"key": '{ from = ["a", "b"] }'}, "page", 8, "unique index"),
        ({"key": '"isi.id"'}, "page", 8, "within a column"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, words: dict[str, str], code: str, line: int, meaning: str) -> None:
    (problem,) = told(tmp_path, **words)
    assert (problem.code, problem.line) == (code, line), problem
    assert meaning in problem.meaning
    assert "rahasia" not in str(problem)
    assert "p@ss" not in str(problem)


def test_a_driver_that_is_not_installed_is_named(tmp_path: Path) -> None:
    """In a process of its own, in which nothing of that name can be found."""
    script = (
        "import sys\n"
        "import importlib.machinery\n"
        "path = importlib.machinery.PathFinder\n"
        "class Without(path):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, path=None, target=None):\n"
        "        return None if name in ('pymysql', 'psycopg') else super().find_spec(name, path, target)\n"
        "sys.meta_path[:] = [one for one in sys.meta_path if one is not path] + [Without]\n"
        "from adapters.sql import Connection\n"
        "for dsn in ('mysql://u@h/x', 'postgresql://u@h/x'):\n"
        "    try: Connection.model_validate({'dsn': dsn})\n"
        "    except ValueError as error: print(error)\n"
        "Connection.model_validate({'dsn': 'sqlite:///a.db'})\n"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "pip install 'titian[sql-mysql]'" in said
    assert "pip install 'titian[postgres]'" in said


PROPERTIES = """\
      - {name: id, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: nama, logicalType: string}
      - {name: nilai, logicalType: integer, customProperties: [{property: titian.semantic, value: money}]}
      - {name: tanggal, logicalType: date}
"""
SYSTEM = """\
id = "dinsos.basis"
title = "Basis bantuan"
kind = "sql"
legal_basis = "Perwal uji"

[connection]
dsn = "sqlite:///basis/bantuan.db"

[[resource]]
contract = "bantuan"
scan = 100

[resource.read]
from = "salur"
where = "hapus = 0"

[resource.page]
size = 7

[resource.push]
id = {}
tanggal = { ops = ["eq", "gte", "lte"] }

[resource.map]
id = "no"
nama = "nama"
nilai = "rupiah"
tanggal = "tgl"
"""


@pytest.mark.anyio
async def test_a_town_is_asked_what_stands_in_a_table(tmp_path: Path) -> None:
    town = new_town(tmp_path)
    town.contract("bantuan", PROPERTIES)
    town.write("systems/dinsos.basis.toml", SYSTEM)
    (town.folder / "basis").mkdir()
    values = ", ".join(f"({n}, 'Siti Contoh {n}', {n * 1000}, '2026-01-{n % 28 + 1:02}', {int(n > 30)})" for n in range(1, 41))
    filled = sqlite(town.folder / "basis")
    filled.run(
        "CREATE TABLE salur (no integer PRIMARY KEY, nama text, rupiah numeric, tgl date, hapus integer)", f"INSERT INTO salur VALUES {values}"
    )
    (town.folder / "basis" / "sumber.db").rename(town.folder / "basis" / "bantuan.db")
    town.client("bappeda-app", "bappeda")
    town.agreement("PKS-1", "bappeda", "dinsos", "bantuan")
    async with town.open() as asking:
        seen, path = [], "/v1/bantuan?limit=8"
        while path:
            answer = (await asking.get(path, "bappeda-app")).json()
            assert answer["meta"]["complete"] is True
            seen += [one["id"] for one in answer["data"]]
            path = answer["links"].get("next", "")
        assert seen == [str(n) for n in range(1, 31)]
        answer = (await asking.get("/v1/bantuan?tanggal__gte=2026-01-28", "bappeda-app")).json()
        assert [(one["id"], one["nilai"]) for one in answer["data"]] == [("27", 27000)]
        assert (await asking.get("/v1/bantuan/7", "bappeda-app")).json()["data"]["nama"] == "Siti Contoh 7"
        for gone in ("31", "007"):
            assert (await asking.get(f"/v1/bantuan/{gone}", "bappeda-app")).status_code == 404
