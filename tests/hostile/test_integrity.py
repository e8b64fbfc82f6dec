"""Somebody with the database file, and the evidence in it."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from tests.fixtures.aid import Aid, row
from tests.fixtures.case import case
from tests.fixtures.live import CLOSE, HOST, ask, bearer, lines, listening

Change = Callable[[Path, Path], None]


def sql(*statements: str) -> Change:
    def change(file: Path, _backup: Path) -> None:
        with closing(sqlite3.connect(file)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()

    return change


def restored(file: Path, backup: Path) -> None:
    file.write_bytes(backup.read_bytes())


def with_old_head(file: Path, backup: Path) -> None:
    """Cut to the length of the backup, whose head was signed then."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("ATTACH ? AS old", (str(backup),))
        database.execute("DELETE FROM ledger WHERE seq > (SELECT max(seq) FROM old.ledger)")
        database.execute("DELETE FROM ledger_head")
        database.execute("INSERT INTO ledger_head SELECT * FROM old.ledger_head")
        database.commit()


CHANGES: dict[str, tuple[Change, int, bool]] = {
    "a status edited": (sql("UPDATE ledger SET status = 403 WHERE seq = 3"), 3, False),
    "a client edited": (sql("UPDATE ledger SET client = 'lain' WHERE seq = 5"), 5, False),
    "a number become text": (sql("UPDATE ledger SET filters = CAST('umur:eq' AS BLOB) WHERE seq = 2"), 2, False),
    "one deleted": (sql("DELETE FROM ledger WHERE seq = 4"), 4, False),
    "one deleted and the rest moved up": (sql("DELETE FROM ledger WHERE seq = 4", "UPDATE ledger SET seq = seq - 1 WHERE seq > 4"), 4, False),
    "two that change places": (
        sql("UPDATE ledger SET seq = 99 WHERE seq = 3", "UPDATE ledger SET seq = 3 WHERE seq = 4", "UPDATE ledger SET seq = 4 WHERE seq = 99"),
        3,
        False,
    ),
    "the last ones deleted": (sql("DELETE FROM ledger WHERE seq > 6"), 7, False),
    "all deleted": (sql("DELETE FROM ledger"), 1, False),
    "cut, with the head of that day": (with_old_head, 5, True),
    "a backup restored": (restored, 5, True),
}


@pytest.mark.parametrize("name", CHANGES)
@case(
    "H43",
    sent="Evidence edited, deleted, reordered, cut off at its end, restored from a backup",
    must="`titian ledger verify` names the first bad entry; a backup is seen with a head kept elsewhere",
)
def test_what_was_done_to_the_evidence_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    change, first, needs_head = CHANGES[name]
    file, backup, kept = tmp_path / "titian.db", tmp_path / "backup.db", tmp_path / "head.json"

    def titian(*words: str) -> tuple[int, str]:
        found = CliRunner().invoke(cli.app, ["ledger", *words])
        return found.exit_code, found.output

    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.source("dinsos.orang", [row(number) for number in range(1, 9)])
        aid.town.client("dinsos-app", "dinsos")
        for setting in ("database_url", "city", "public_url", "secrets", "keys"):
            monkeypatch.setenv(f"TITIAN_{setting.upper()}", str(getattr(aid.town.settings, setting)))
        for _ in range(2):
            with listening(aid.town) as live:
                token = bearer(live, "dinsos-app")
                for number in range(1, 5):
                    assert ask(live, lines(b"/v1/orang/%04d" % number, HOST, CLOSE, token)).status == 200
            if not backup.exists():
                with closing(sqlite3.connect(file)) as database, closing(sqlite3.connect(backup)) as copy:
                    database.backup(copy)
    kept.write_text(titian("head")[1])
    assert json.loads(kept.read_text())["size"] == 8
    assert titian("verify", "--head", str(kept))[0] == 0
    change(file, backup)
    if needs_head:
        assert titian("verify")[0] == 0
    code, said = titian("verify", "--json", *(("--head", str(kept)) if needs_head else ()))
    assert (code, json.loads(said)["bad"]) == (1, first)
