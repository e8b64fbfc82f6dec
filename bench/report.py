"""The tables of a run, and their place in bench/README.md."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import rows
from bench.goal import GOALS, UNKNOWN, Book
from bench.rig import ROUNDS, SECONDS, Row

README = Path(__file__).parent / "README.md"


def report(there: Sequence[Row], facts: Sequence[tuple[str, str]], absent: Mapping[str, str], heading: str, *, whole: bool) -> str:
    """`whole`: nothing was left out by wish, so that a goal that was not measured is told too."""
    book = Book(there)
    lines = [heading, "", "| goal, at 32 connections | measured | |", "|---|---:|---|"]
    for goal in GOALS:
        measured, verdict = goal.verdict(book)
        if whole or measured != UNKNOWN:
            lines.append(f"| {goal.text} | {measured} | {verdict} |")
    lines += [f"\nNot measured: {name} ({reason})." for name, reason in absent.items()]
    for shape in dict.fromkeys(row.shape for row in there):
        lines += ["", *table(book, shape)]
    if facts:
        lines += ["", "| besides | |", "|---|---|", *(f"| {name} | {text} |" for name, text in facts)]
    return "\n".join(lines)


def table(book: Book, shape: str) -> list[str]:
    mine = [row for row in book.rows if row.shape == shape]
    compared = any(row.name == rows.TEXTBOOK for row in mine)
    asked = any(row.result.asked for row in mine)
    columns = ["connections", "answers/s", "p50 ms", "p99 ms", "CPU us", "memory MB"]
    columns += ["asked of the source"] * asked + ["against textbook"] * compared
    lines = [f"| {shape} | {' | '.join(columns)} |", f"|---{'|---:' * len(columns)}|"]
    for row in sorted(mine, key=lambda row: (row.connections, row.result.rate)):
        one = row.result
        cells = [f"{row.connections}", f"{one.rate:,.0f}", f"{one.p50:.2f}", f"{one.p99:.2f}", f"{one.cpu:,.0f}", f"{one.memory:.0f}"]
        cells += [f"{one.asked:.2f}"] * asked
        if compared:
            cells.append(f"{one.rate / book.at(shape, rows.TEXTBOOK, row.connections).rate:.1f} x")
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
    return lines


def machine(seconds: float, others: Sequence[float]) -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    strangers = f"Others kept {statistics.median(others):.2f} cores busy (median), {max(others):.2f} at worst." if others else ""
    programs = [said("nginx", "-v"), said("wrk", "-v"), f"node {said('node', '-v')}"]
    parts = [f"{name} {version(name)}" for name in ("titian", "fastapi", "uvicorn", "uvloop", "httptools", "orjson", "httpx", "sqlalchemy")]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {found[1] if found else platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}; {', '.join([*parts, *filter(None, programs)])}; peers by [their pins](peers). "
        f"{SECONDS} s a round, {ROUNDS} rounds, {seconds / 60:.0f} minutes in all. {strangers}"
    )


def said(*command: str) -> str:
    """The version that a program tells, in whatever stream and words."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    found = re.search(r"(nginx|wrk)?[/ ]?v?(\d[\w.-]*)", done.stdout + done.stderr)
    return " ".join(filter(None, found.groups())) if found else ""


def publish(text: str) -> None:
    block = f"<!-- measured -->\n\n{text}\n\n<!-- /measured -->"
    README.write_text(re.sub(r"(?s)<!-- measured -->.*<!-- /measured -->", lambda _: block, README.read_text()))
