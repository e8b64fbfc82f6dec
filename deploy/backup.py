"""Database, keys and the signed head as one archive, while the gateway runs; and back again, into an empty place.

    python backup.py save FOLDER        writes FOLDER/titian-20261124T031500Z.tar, mode 600, and prints its name
    python backup.py restore ARCHIVE    puts everything back and verifies the evidence under the head of the archive

Which database and which keys: TITIAN_DATABASE_URL and TITIAN_KEYS, as for the gateway. Whoever has an archive can sign in the city's name:
keep it like the keys. Nothing that exists is overwritten.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from app.clock import now
from app.db import Database
from app.errors import CityError
from app.ledger.head import Head
from app.ledger.ledger import head
from app.ledger.verify import verify
from app.settings import Settings
from app.trust.keys import Keys

DATABASE, HEAD, KEYS = "database", "head.json", "keys"


def main() -> int:
    """0, or 1 with one sentence on standard error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["save", "restore"])
    parser.add_argument("where", type=Path)
    chosen = parser.parse_args()
    os.umask(0o077)
    settings = Settings()
    try:
        database = Database(settings.database_url)
        try:
            said = save(database, settings.keys, chosen.where) if chosen.what == "save" else restore(database, settings.keys, chosen.where)
        finally:
            database.close()
    except (CityError, OSError, sqlite3.Error, tarfile.TarError, subprocess.CalledProcessError) as error:
        said = f"Gagal / failed: {_reason(error)}"
    print(said, file=sys.stderr if said.startswith("Gagal") else sys.stdout)
    return 1 if said.startswith("Gagal") else 0


def save(database: Database, keys: Path, folder: Path) -> str:
    """The head first, so that the copy holds at least what it covers; the archive appears whole or not at all."""
    if not keys.is_dir():
        return f"Gagal: {keys} tidak ada. / There are no keys at {keys}."
    made = folder / f"titian-{now():%Y%m%dT%H%M%SZ}.tar"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".titian-") as name:
        stage = Path(name)
        found = head(database)
        (stage / HEAD).write_text(json.dumps(found.shown() if found else None) + "\n")
        _copy(database, stage / DATABASE)
        archive = stage / "archive.tar"
        with archive.open("xb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                for part in (DATABASE, HEAD):
                    tar.add(stage / part, arcname=part)
                tar.add(keys, arcname=KEYS)
            file.flush()
            os.fsync(file.fileno())
        archive.rename(made)
    return str(made)


def restore(database: Database, keys: Path, archive: Path) -> str:
    """Into a place where neither keys nor, with SQLite, a database are; PostgreSQL itself refuses tables that exist."""
    file = Path(database.url.database or "")
    sqlite = database.dialect.driver == "sqlite"
    places = (keys, *((file, Path(f"{file}-wal")) if sqlite else ()))
    taken = [str(one) for one in places if one.is_file() or (one.is_dir() and any(one.iterdir()))]
    if taken:
        return f"Gagal: {', '.join(taken)} sudah ada; pindahkan dahulu. / Already there: move it away first."
    keys.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=keys.parent, prefix=".titian-") as name:
        stage = Path(name)
        with tarfile.open(archive) as tar:
            tar.extractall(stage, filter="data")
        _put_back(database, stage / DATABASE)
        if keys.exists():
            keys.rmdir()
        (stage / KEYS).rename(keys)
        kept = Head.kept(stage / HEAD) if json.loads((stage / HEAD).read_text()) else None
        verdict = verify(database, Keys.open(keys).ledger_public, kept=kept)
    if verdict.bad is not None:
        return f"Gagal: jejak rusak pada entri {verdict.bad} ({verdict.why}). / The evidence is broken at entry {verdict.bad}."
    return f"Pulih, jejak utuh: {verdict.entries} entri. / Restored, the evidence is whole: {verdict.entries} entries."


def _copy(database: Database, target: Path) -> None:
    if database.dialect.driver != "sqlite":
        subprocess.run(["pg_dump", "--format=custom", "--no-owner", f"--file={target}", _place(database)], env=_password(database), check=True)
        return
    with closing(sqlite3.connect(f"file:{database.url.database}?mode=rw", uri=True)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def _put_back(database: Database, dump: Path) -> None:
    if database.dialect.driver == "sqlite":
        shutil.move(dump, database.url.database or "")
        return
    command = ["pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", f"--dbname={_place(database)}", str(dump)]
    subprocess.run(command, env=_password(database), check=True)


def _place(database: Database) -> str:
    """The address as libpq reads it. Without the password: other users of the machine see arguments."""
    return database.url.set(drivername="postgresql")._replace(password=None).render_as_string()


def _password(database: Database) -> dict[str, str]:
    password = database.url.password
    return {**os.environ, **({} if password is None else {"PGPASSWORD": str(password)})}


def _reason(error: Exception) -> str:
    """What a program says of its own stands above already; its arguments are not told again."""
    return f"{error.cmd[0]} ({error.returncode})" if isinstance(error, subprocess.CalledProcessError) else str(error)


if __name__ == "__main__":
    raise SystemExit(main())
