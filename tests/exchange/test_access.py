"""What a caller may do and why: told to itself over HTTP, and to the operator by `titian agreement explain`."""

import json
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from app.clock import now
from tests.fixtures.aid import Aid, row
from tests.fixtures.town import Town

pytestmark = pytest.mark.anyio
PATH = "/contracts/orang/v1/access"
MORE = 'actions = ["read", "verify"]\nmask = { nik = "token" }\nrows = { kode_wilayah__within = "12.76.01" }\nquota = "5/day"'


def town(tmp_path: Path, stack: ExitStack) -> Town:
    made = Aid(tmp_path, stack, key="nik")
    made.source("dinsos.orang", [row(1)])
    made.town.client("bappeda-app", "bappeda")
    made.town.client("dinsos-app", "dinsos")
    made.town.client("kominfo-app", "diskominfo")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["nik", "nama"]', more=MORE)
    today = now().date()
    made.town.agreement("PKS-0", "bappeda", "dinsos", "orang", begins=today - timedelta(days=90), ends=today - timedelta(days=30))
    return made.town


async def test_a_caller_is_told_what_it_may_do_and_why(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with town(tmp_path, stack).open() as asking:
            found = (await asking.get(PATH, "bappeda-app")).json()
            assert (found["client"], found["organisation"], found["contract"]) == ("bappeda-app", "bappeda", "orang")
            assert found["purposes"] == [{"purpose": "uji", "read": {"nik": "token", "nama": "plain"}, "verify": {"nik": "token", "nama": "plain"}}]
            over, holds = found["because"]
            assert (over["agreement"], over["in_force"]) == ("PKS-0", False)
            assert (holds["agreement"], holds["in_force"], holds["systems"], holds["quota"]) == ("PKS-1", True, ["dinsos.orang"], "5/day")
            assert (holds["rows"], holds["mask"]) == ({"kode_wilayah__within": ["12.76.01"]}, {"nik": "token"})
            assert found["withheld"] == ["umur", "lahir", "kode_wilayah", "telepon", "diubah"]


async def test_ones_own_system_is_the_reason_for_everything(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with town(tmp_path, stack).open() as asking:
            found = (await asking.get(PATH, "dinsos-app")).json()
            assert found["because"] == [{"reason": "own_system", "systems": ["dinsos.orang"]}]
            assert found["withheld"] == []
            assert set(found["purposes"][0]["read"].values()) == {"plain"}


async def test_nobody_is_told_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with town(tmp_path, stack).open() as asking:
            found = (await asking.get(PATH, "kominfo-app")).json()
            assert (found["purposes"], found["because"]) == ([{"purpose": None, "read": {}, "verify": {}}], [])
            assert len(found["withheld"]) == 7
            assert (await asking.get(PATH)).status_code == 401
            assert (await asking.get(PATH, authorization="Bearer salah")).status_code == 401
            assert (await asking.get("/contracts/lain/v1/access", "bappeda-app")).status_code == 404
            assert (await asking.get("/contracts/orang/v2/access", "bappeda-app")).status_code == 404


def test_the_operator_is_told_the_same(tmp_path: Path) -> None:
    with ExitStack() as stack:
        settings = town(tmp_path, stack).settings
        environment = {
            "TITIAN_DATABASE_URL": settings.database_url,
            "TITIAN_KEYS": str(settings.keys),
            "TITIAN_CITY": str(settings.city),
            "TITIAN_SECRETS": str(settings.secrets),
        }
        runner = CliRunner(env=environment)
        said = runner.invoke(cli.app, ["agreement", "explain", "bappeda-app", "orang"]).stdout
        assert "nik (token), nama" in said
        assert "PKS-1" in said
        assert "TIDAK berlaku / NOT in force" in said
        assert "Tidak terbuka / withheld: umur, lahir" in said
        found = json.loads(runner.invoke(cli.app, ["agreement", "explain", "bappeda-app", "orang", "--json"]).stdout)
        assert found["client"] == "bappeda-app"
        for wrong in (["tidak-ada", "orang"], ["bappeda-app", "tidak-ada"]):
            assert runner.invoke(cli.app, ["agreement", "explain", *wrong]).exit_code == 1
