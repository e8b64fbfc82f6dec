"""Processes on their cores, wrk, and what the kernel says of CPU and memory. One rig is one folder and everything that runs in it."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from app.db import Database
from app.settings import Settings
from bench import world
from bench.kernel import Watch, cpu, memory, settle
from bench.load import DONE

SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PATIENCE = 45


class Spoilt(Exception):
    """What was measured counts for nothing, and why."""


class Result(NamedTuple):
    """Answers a second, ms, microseconds of CPU and questions to the source for each answer, MB (PSS) under load."""

    rate: float
    p50: float
    p99: float
    cpu: float
    memory: float
    asked: float


class Row(NamedTuple):
    """Medians of one subject, in one shape, at so many connections."""

    shape: str
    name: str
    connections: int
    result: Result


class Subject(NamedTuple):
    """One that is measured. `settings` are those of a gateway whose evidence is counted."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    token: str | None = None
    settings: Settings | None = None


class Load(NamedTuple):
    """What one subject is asked: a script with its path in it."""

    subject: Subject
    script: str
    path: str


class Case(NamedTuple):
    """What is compared: the same shape, asked of every subject in turn. `source` is the port at which the source says how often it was asked."""

    shape: str
    connections: int
    loads: Sequence[Load]
    source: int | None = world.SOURCE


def needed() -> None:
    missing = [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}; on Debian and Ubuntu: apt install nginx-light wrk util-linux")
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("two cores are needed: one for the source and the load, one for what is measured")


def on(core: int | str, *command: str, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["taskset", "-c", str(core), *command], **{"stderr": subprocess.DEVNULL, **more})


def wait(url: str, process: subprocess.Popen[bytes] | None = None) -> None:
    """Until somebody answers, whatever the answer."""
    for _ in range(600):
        with suppress(OSError):
            try:
                urllib.request.urlopen(url, timeout=1).read()
            except urllib.error.HTTPError as answer:
                answer.close()
            return
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.1)
    raise Spoilt(f"{url} does not answer")


def asked(port: int) -> int:
    """How often the source was asked so far, by its own count; this question is one of them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ukur") as reply:
        return int(reply.read().split(b"\n")[2].split()[2])


class Rig:
    """`with Rig() as rig`: the source runs; everything that is started in it is stopped at its end, then what is `after`, and the folder is gone.

    `besides` are processes of ours that it did not start itself; `others` says for each measurement how many cores strangers kept busy."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = Path(tempfile.mkdtemp(prefix="titian-bench-"))
        self.absent: dict[str, str] = {}
        self.facts: list[tuple[str, str]] = []
        self.besides: list[int] = []
        self.others: list[float] = []
        self.after = ExitStack()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._gateways: list[Subject] = []
        self._answers: Counter[int] = Counter()
        self._spare: Counter[int] = Counter()
        self._ports = iter(range(world.GATEWAYS, world.PORTS + 100))

    def __enter__(self) -> Rig:
        try:
            self.folder.chmod(0o755)
            world.source(self.folder / "www")
            self.nginx(0, world.nginx(self.folder))
            wait(f"http://127.0.0.1:{world.SOURCE}/ukur")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.after.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, core: int | str, *command: str, **more: Any) -> subprocess.Popen[bytes]:
        self._processes.append(on(core, *command, **more))
        return self._processes[-1]

    def nginx(self, core: int, path: Path) -> subprocess.Popen[bytes]:
        if os.geteuid() == 0 and not path.read_text().startswith("user"):
            path.write_text("user root;\n" + path.read_text())
        return self.start(core, "nginx", "-c", str(path), "-p", str(self.folder))

    def city(self, plan: world.Plan | None = None) -> tuple[Settings, str, int]:
        port = next(self._ports)
        return *world.city(self.folder, datetime.now(UTC).date(), plan, port), port

    def titian(
        self,
        name: str = "titian",
        plan: world.Plan | None = None,
        *,
        cores: int | str = 1,
        workers: int = 1,
        made: tuple[Settings, str, int] | None = None,
    ) -> Subject:
        """`titian serve` with its settings as they come, over a city of its own."""
        settings, secret, port = made or self.city(plan)
        more = ("--workers", str(workers)) if workers > 1 else ()
        command = (sys.executable, "-m", "app", "serve", "--port", str(port), *more)
        with (self.folder / f"{port}.log").open("wb") as log:
            process = self.start(cores, *command, env=world.environment(settings), stdout=log, stderr=log)
        self._ready(port, process)
        self._gateways.append(Subject(name, port, process, world.token(secret, port), settings))
        return self._gateways[-1]

    def unrecorded(self, name: str) -> Subject:
        """The same without evidence."""
        settings, secret, port = self.city()
        environment = {**world.environment(settings), "BENCH_PORT": str(port)}
        with (self.folder / f"{port}.log").open("wb") as log:
            process = self.start(1, sys.executable, "-m", "bench.without_evidence", env=environment, stdout=log, stderr=log)
        self._ready(port, process)
        return Subject(name, port, process, world.token(secret, port))

    def _ready(self, port: int, process: subprocess.Popen[bytes]) -> None:
        try:
            wait(f"http://127.0.0.1:{port}/readyz", process)
        except Spoilt as spoilt:
            log = self.folder / f"{port}.log"
            raise Spoilt(f"{spoilt}: {log.read_text()[-1500:] if log.exists() else ''}") from None

    def get(self, subject: Subject, path: str) -> bytes:
        """One answer outside of the measurement, counted like the others."""
        request = urllib.request.Request(f"http://127.0.0.1:{subject.port}{path}", headers={"Authorization": f"Bearer {subject.token}"})
        with urllib.request.urlopen(request) as reply:
            self._answers[subject.port] += 1
            return bytes(reply.read())

    def rounds(self, cases: Sequence[Case]) -> list[Row]:
        """Every case in every round, its subjects in another order each time; the medians."""
        found: dict[tuple[str, str, int], list[Result]] = {}
        for number in range(ROUNDS):
            for case in cases:
                turn = number % len(case.loads)
                for load in [*case.loads[turn:], *case.loads[:turn]]:
                    result = self._measured(case, load)
                    found.setdefault((case.shape, load.subject.name, case.connections), []).append(result)
                    print(f"{number + 1}/{ROUNDS} {case.shape:34} {load.subject.name:26} c={case.connections:<3} {told(result)}", flush=True)
        self._whole()
        return [Row(*name, Result(*map(statistics.median, zip(*results, strict=True)))) for name, results in found.items()]

    def _measured(self, case: Case, load: Load) -> Result:
        """Raises Spoilt for a single answer that is not 2xx."""
        subject, path = load.subject, self.folder / "load.lua"
        header = f"wrk.headers['Authorization'] = 'Bearer {subject.token}'\n" if subject.token else ""
        path.write_text(header + load.script.replace("PATH", repr(load.path)) + DONE)
        url = f"http://127.0.0.1:{subject.port}/"
        command = ["wrk", "-t1", f"-c{case.connections}", f"-d{SECONDS}s", "--timeout", "30s", "-s", str(path), url]
        watch = Watch(self.besides)
        before, used = asked(case.source) if case.source else 0, cpu(subject.process.pid)
        wrk = self.start(0, *command, stdout=subprocess.PIPE)
        time.sleep(0.7 * SECONDS)
        held = memory(subject.process.pid)
        said = wrk.communicate()[0].decode()
        settle(subject.process.pid)
        used = cpu(subject.process.pid) - used
        self.others.append(watch.others())
        counted = asked(case.source) - before - 1 if case.source else 0
        found = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", said)
        if found is None or int(found[5]) or not int(found[1]):
            log = self.folder / f"{subject.port}.log"
            raise Spoilt(
                f"{case.shape}, {subject.name}: answers that are not 2xx, or none\n{said}\n{log.read_text()[-1500:] if log.exists() else ''}"
            )
        answers = int(found[1])
        self._answers[subject.port] += answers
        self._spare[subject.port] += case.connections
        rate = answers / (int(found[2]) / 1e6)
        # What was under way when wrk ended was worked on as well: one for each connection.
        worked = answers + case.connections
        return Result(rate, float(found[3]) / 1000, float(found[4]) / 1000, used * 1e6 / worked, held, counted / worked)

    def _why(self, subject: Subject, script: Path) -> str:
        """What it answers first, and the last that it logged."""
        show = "local shown\nresponse = function(status, _, body) if status > 299 and not shown then shown = true; print(status, body) end end\n"
        script.write_text(script.read_text() + show)
        command = ["wrk", "-t1", "-c32", "-d1s", "--timeout", "30s", "-s", str(script), f"http://127.0.0.1:{subject.port}/"]
        first = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        log = self.folder / f"{subject.port}.log"
        return f"{first[:1500]}\n{log.read_text()[-1500:] if log.exists() else ''}"

    def _whole(self) -> None:
        """Each ledger holds one entry for each 2xx, or the run counts for nothing. What was under way when wrk ended was recorded, not counted."""
        time.sleep(1)
        for name, port, _, _, settings in self._gateways:
            answers, entries = self._answers[port], entries_of(settings)
            if not answers <= entries <= answers + self._spare[port]:
                raise Spoilt(f"{name}: {answers} answers, {entries} entries: the evidence is not whole")
            self.facts.append((f"evidence, {self.name}: {name}", f"{answers:,} answers counted by the load, {entries:,} entries in the ledger"))


def entries_of(settings: Settings | None) -> int:
    if settings is None:
        return 0
    database = Database(settings.database_url)
    with database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM ledger WHERE status = 200").scalar_one()
    database.close()
    return int(found)


def told(result: Result) -> str:
    return (
        f"{result.rate:10,.0f}/s  p50 {result.p50:7.2f}  p99 {result.p99:7.2f} ms  {result.cpu:6.0f} us  {result.memory:4.0f} MB"
        f"  source x {result.asked:.2f}"
    )
