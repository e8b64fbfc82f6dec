"""The command line, in process and over real files."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner, Result

from app import cli
from app.errors import CityError
from app.trust.keys import Keys
from tests.fixtures.aid import Aid, row

Titian = Callable[..., Result]


@pytest.fixture
def aid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aid:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1)])
        stack.pop_all().close()
    settings = made.town.settings
    for name in ("database_url", "city", "public_url", "secrets", "keys"):
        monkeypatch.setenv(f"TITIAN_{name.upper()}", str(getattr(settings, name)))
    return made


@pytest.fixture
def titian(aid: Aid) -> Titian:
    runner = CliRunner()
    return lambda *arguments: runner.invoke(cli.app, [str(one) for one in arguments])


def test_a_good_city_is_said_to_be_good(titian: Titian) -> None:
    found = titian("check")
    assert found.exit_code == 0
    assert found.stdout.startswith("Baik")
    assert json.loads(titian("check", "--json").stdout)["systems"] == 1


def test_a_broken_city_is_told_whole_for_people_and_machines(titian: Titian, aid: Aid) -> None:
    aid.town.write("systems/dinsos.orang.toml", 'id = "dinsos.orang"\nknd = "rest"\n')
    found = titian("check", aid.town.folder)
    assert found.exit_code == 1
    assert "systems/dinsos.orang.toml:2: unknown_key" in found.stdout
    problems = json.loads(titian("check", aid.town.folder, "--json").stdout)
    assert {"file", "line", "code", "meaning", "remedy"} == set(problems[0])
    assert len(problems) > 1


def test_a_client_is_added_listed_and_ended_and_its_secret_shown_once(titian: Titian) -> None:
    made = json.loads(titian("client", "add", "bappeda-app", "--organisation", "bappeda", "--json").stdout)
    assert set(made) == {"client_id", "client_secret", "organisation"}
    assert len(made["client_secret"]) >= 43
    listed = titian("client", "list").stdout + titian("client", "list", "--json").stdout
    assert "bappeda-app" in listed
    assert made["client_secret"] not in listed
    assert titian("client", "revoke", "bappeda-app").exit_code == 0
    assert json.loads(titian("client", "list", "--json").stdout)[0]["ended"] is not None


def test_a_client_with_keys_is_added_without_a_secret_and_listed_by_its_way(titian: Titian, tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256")
    path = tmp_path / "kunci.json"
    path.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    made = json.loads(titian("client", "add", "kunci-app", "--organisation", "bappeda", "--jwks", path, "--json").stdout)
    assert made == {"client_id": "kunci-app", "organisation": "bappeda"}
    assert key.thumbprint() in titian("client", "add", "kunci-dua", "--organisation", "bappeda", "--jwks", path).stdout
    titian("client", "add", "rahasia-app", "--organisation", "bappeda", "--secret")
    listed = {row["client_id"]: row["method"] for row in json.loads(titian("client", "list", "--json").stdout)}
    assert listed == {"kunci-app": "private_key_jwt", "kunci-dua": "private_key_jwt", "rahasia-app": "client_secret_basic"}
    assert "private_key_jwt" in titian("client", "list").stdout
    assert titian("client", "add", "dua-cara", "--organisation", "bappeda", "--secret", "--jwks", path).exit_code == 2
    path.write_text(json.dumps({"keys": [key.as_dict(private=True)]}))
    assert isinstance(titian("client", "add", "privat-app", "--organisation", "bappeda", "--jwks", path).exception, CityError)


def test_token_keys_are_rotated_and_listed(titian: Titian, aid: Aid) -> None:
    assert isinstance(titian("keys", "rotate").exception, CityError)
    first = str(Keys.open(aid.town.settings.keys).signing.kid)
    assert json.loads(titian("keys", "list", "--json").stdout) == [{"kid": first, "state": "signing", "since": None}]
    made = json.loads(titian("keys", "rotate", "--json").stdout)
    assert made["state"] == "next"
    shown = titian("keys", "list").stdout
    assert f"{first:44} menandatangani" in shown
    assert f"{made['kid']:44} berikutnya" in shown
    assert isinstance(titian("keys", "rotate").exception, CityError)


@pytest.mark.parametrize("arguments", [("Bappeda App", "bappeda"), ("app", "tidak-ada"), ("../x", "bappeda")])
def test_a_client_that_cannot_be_is_refused_with_a_reason(titian: Titian, arguments: tuple[str, str]) -> None:
    found = titian("client", "add", arguments[0], "--organisation", arguments[1])
    assert isinstance(found.exception, CityError)
    assert "client_secret" not in found.output


def test_an_agreement_is_applied_listed_and_ended(titian: Titian, aid: Aid, tmp_path: Path) -> None:
    aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
    path = aid.town.folder / "perjanjian.toml"
    assert "Berlaku" in titian("agreement", "apply", path).stdout
    assert "PKS-1" in titian("agreement", "list").stdout
    assert json.loads(titian("agreement", "end", "PKS-1", "--json").stdout) == {"ended": "PKS-1"}
    assert "berakhir" in titian("agreement", "list").stdout
    path.write_text(path.read_text().replace('fields = "*"', 'fields = "*"\nmask = { umur = "token" }'))
    refused = titian("agreement", "apply", path)
    assert isinstance(refused.exception, CityError)
    assert "not_maskable" in str(refused.exception)


@pytest.mark.anyio
async def test_the_evidence_is_verified_and_a_change_is_named(titian: Titian, aid: Aid, tmp_path: Path) -> None:
    aid.town.client("dinsos-app", "dinsos")
    async with aid.town.open() as asking:
        for _ in range(3):
            await asking.get("/v1/orang", "dinsos-app")
    assert "Utuh: 3" in titian("ledger", "verify").stdout
    head = titian("ledger", "head").stdout
    kept = tmp_path / "head.json"
    kept.write_text(head)
    assert json.loads(head)["size"] == 3
    assert titian("ledger", "verify", "--head", kept).exit_code == 0
    async with aid.town.open() as asking:
        with asking.gateway.database.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM ledger WHERE seq = 3")
    found = titian("ledger", "verify", "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout) == {"entries": 2, "bad": 3, "why": "cut_off"}
    assert "RUSAK pada entri 3" in titian("ledger", "verify").stdout
    assert titian("ledger", "verify", "--to", "2").exit_code == 0


def test_an_empty_ledger_verifies_and_has_no_head(titian: Titian) -> None:
    assert titian("ledger", "verify").exit_code == 0
    assert titian("ledger", "head").stdout.strip() == "null"


@pytest.mark.anyio
async def test_what_could_not_be_used_is_listed_without_its_value(titian: Titian, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [row(1, hp="nomor-rahasia"), row(2, id=None)])
        if "dinsos-app" not in made.town.secrets:
            made.town.client("dinsos-app", "dinsos")
        async with made.town.open() as asking:
            await asking.get("/v1/orang", "dinsos-app")
    listed = titian("quarantine", "list").stdout
    assert "not_a_phone" in listed
    assert "key_missing" in listed
    assert "Bukan nomor telepon" in listed
    assert "nomor-rahasia" not in listed + titian("quarantine", "list", "--json").stdout
    assert titian("quarantine", "show", listed[:12]).stdout in listed
    assert titian("quarantine", "show", "ffffffffffff").exit_code == 1
    assert json.loads(titian("quarantine", "clear", "--system", "lain.nya", "--json").stdout) == {"cleared": 0}
    assert json.loads(titian("quarantine", "clear", "--json").stdout) == {"cleared": 2}
    assert "Tidak ada" in titian("quarantine", "list").stdout


def test_the_database_is_brought_to_head_by_its_own_command(titian: Titian) -> None:
    assert titian("migrate").exit_code == 0
    assert titian("migrate").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("client",),
        ("agreement",),
        ("ledger",),
        ("quarantine",),
        ("keys",),
        ("check",),
        ("serve",),
        ("demo",),
        ("client", "add"),
        ("ledger", "verify"),
    ],
)
def test_every_command_helps_in_indonesian_first(titian: Titian, words: tuple[str, ...]) -> None:
    found = titian(*words, "--help")
    assert found.exit_code == 0
    assert " / " in found.stdout


def test_the_program_says_what_cannot_be_used_and_ends_with_one(aid: Aid, tmp_path: Path) -> None:
    (tmp_path / "bukan.json").write_text("[]")
    for words, code in (
        (("client", "revoke", "tidak-ada"), "unknown_client"),
        (("ledger", "verify", "--head", str(tmp_path / "bukan.json")), "not_a_head"),
    ):
        done = subprocess.run([sys.executable, "-m", "app", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert code in done.stderr
        assert "Traceback" not in done.stderr
