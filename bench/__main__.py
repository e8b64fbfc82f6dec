"""One small repeatable run. nginx as source and wrk stand on core 0, the gateway under measurement on core 1; rounds are interleaved, medians told."""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import jwt

from bench import world

SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CONNECTIONS = (1, 32)
HERE = Path(__file__).parent
ONE = "local n = 0\nrequest = function() n = (n + 7) % 1000; return wrk.format('GET', string.format(PATH, n)) end\n"
MANY = "local n = 0\nrequest = function() n = (n + 1) % 200; return wrk.format('GET', PATH .. 'P' .. (20 + n)) end\n"
LIST = "local n = 0\nrequest = function() n = (n + 1) % 20; return wrk.format('GET', PATH .. 'P' .. n) end\n"
DONE = """
done = function(summary, latency, requests)
  print('RESULT ' .. summary.requests .. ' ' .. summary.duration .. ' ' .. latency:percentile(50) .. ' ' .. latency:percentile(99) .. ' ' ..
    (summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


def needed() -> None:
    missing = [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}; on Debian and Ubuntu: apt install nginx-light wrk util-linux")
    if (os.cpu_count() or 1) < 2:
        raise SystemExit("two cores are needed: one for the source and the load, one for what is measured")


def on(core: int, *command: str, **more: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["taskset", "-c", str(core), *command], stderr=subprocess.DEVNULL, **more)  # type: ignore[call-overload,no-any-return]


def wait(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=1).read()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} does not answer")


def measure(folder: Path, name: str, script: str, port: int, token: str | None, connections: int) -> tuple[float, float, float]:
    """Requests a second, p50 and p99 in ms. A single answer that is not 2xx ends the run."""
    path = folder / f"{name}.lua"
    header = f"wrk.headers['Authorization'] = 'Bearer {token}'\n" if token else ""
    path.write_text(header + script + DONE)
    command = ["taskset", "-c", "0", "wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", str(path), f"http://127.0.0.1:{port}/"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", done.stdout)
    if found is None or int(found[5]):
        raise SystemExit(f"{name}: answers that are not 2xx, or none\n{done.stdout}")
    COUNTED[name] = COUNTED.get(name, 0) + int(found[1])
    return int(found[1]) / (int(found[2]) / 1e6), float(found[3]) / 1000, float(found[4]) / 1000


WITHOUT = "titian without evidence"
COUNTED: dict[str, int] = {}


def memory(pid: int) -> float:
    """Proportional set size of a process and its children, in MB."""
    total = 0
    for one in (pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())):
        found = re.search(r"Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text())
        total += int(found[1]) if found else 0
    return total / 1024


def main() -> None:
    needed()
    folder = Path(tempfile.mkdtemp(prefix="titian-bench-"))
    world.source(folder / "www")
    folder.chmod(0o755)
    settings, secret = world.city(folder, datetime.now(UTC).date())
    shared = secrets.token_hex(32)
    environment = {
        **os.environ,
        "TITIAN_CITY": str(settings.city),
        "TITIAN_DATABASE_URL": settings.database_url,
        "TITIAN_KEYS": str(settings.keys),
        "TITIAN_PUBLIC_URL": settings.public_url,
        "BENCH_SOURCE": f"http://127.0.0.1:{world.SOURCE}",
        "BENCH_SECRET": shared,
    }
    user = "user root;\n" if os.geteuid() == 0 else ""
    for path in (world.nginx(folder), world.proxy(folder)):
        path.write_text(user + path.read_text())
    processes = {
        "source": on(0, "nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)),
        "nginx as proxy": on(1, "nginx", "-c", str(folder / "proxy.conf"), "-p", str(folder)),
        "textbook gateway": on(
            1, sys.executable, "-m", "uvicorn", "bench.textbook:app", "--port", str(world.TEXTBOOK), "--no-access-log", env=environment
        ),
        WITHOUT: on(1, sys.executable, "-m", "bench.without_evidence", env={**environment, "BENCH_PORT": str(world.FORGETFUL)}),
        "titian": on(1, sys.executable, "-m", "app", "serve", "--port", str(world.TITIAN), env=environment),
    }
    try:
        wait(f"http://127.0.0.1:{world.SOURCE}/satu/S-000001.json")
        wait(f"http://127.0.0.1:{world.TEXTBOOK}/openapi.json")
        wait(f"http://127.0.0.1:{world.TITIAN}/readyz")
        wait(f"http://127.0.0.1:{world.FORGETFUL}/readyz")
        textbook = jwt.encode({"aud": "titian", "exp": time.time() + 3600, "sub": "ukur"}, shared, algorithm="HS256")
        ours = world.token(secret)
        rows = run(folder, textbook, ours, processes)
        check(folder)
        report(rows)
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def run(
    folder: Path, textbook: str, ours: str, processes: dict[str, subprocess.Popen[bytes]]
) -> list[tuple[str, str, int, float, float, float, float]]:
    subjects = [
        ("nginx as proxy", world.PROXY, None, "/satu/S-%06d.json", "/daftar?p="),
        ("textbook gateway", world.TEXTBOOK, textbook, "/v1/bantuan/S-%06d", "/v1/bantuan?periode="),
        (WITHOUT, world.FORGETFUL, ours, "/v1/bantuan/S-%06d", "/v1/bantuan?limit=100&periode="),
        ("titian", world.TITIAN, ours, "/v1/bantuan/S-%06d", "/v1/bantuan?limit=100&periode="),
    ]
    found: dict[tuple[str, str, int], list[tuple[float, float, float]]] = {}
    for number in range(ROUNDS):
        for shape, script, which in (("one record, 2 kB", ONE, 3), ("list of 100, 50 kB", LIST, 4), ("list, 200 different", MANY, 4)):
            for connections in CONNECTIONS:
                for subject in subjects[number % 4 :] + subjects[: number % 4]:
                    text = script.replace("PATH", repr(subject[which]))
                    result = measure(folder, subject[0], text, subject[1], subject[2], connections)
                    found.setdefault((shape, subject[0], connections), []).append(result)
                    print(
                        f"{number + 1}/{ROUNDS} {shape:20} {subject[0]:18} c={connections:<3} {result[0]:10.0f}/s  p50 {result[1]:7.2f}  p99 {result[2]:7.2f} ms",
                        flush=True,
                    )
    held = {name: memory(process.pid) for name, process in processes.items()}
    return [
        (shape, name, connections, *(statistics.median(column) for column in zip(*results, strict=True)), held[name])
        for (shape, name, connections), results in found.items()
    ]


def check(folder: Path) -> None:
    """The ledger holds one entry for each 2xx, or the run counts for nothing."""
    time.sleep(1)
    with sqlite3.connect(folder / "titian.db") as connection:
        (entries,) = connection.execute("SELECT count(*) FROM ledger WHERE status = 200").fetchone()
    # Requests that wrk had under way at the end of a round were answered, recorded, and not counted by it.
    spare = ROUNDS * 3 * sum(CONNECTIONS)
    if not COUNTED["titian"] <= entries <= COUNTED["titian"] + spare:
        raise SystemExit(f"{COUNTED['titian']} answers, {entries} entries: the evidence is not whole")
    print(f"{COUNTED['titian']} answers counted by the load, {entries} entries in the ledger")


def report(rows: list[tuple[str, str, int, float, float, float, float]]) -> None:
    by = {(shape, name, connections): rate for shape, name, connections, rate, *_ in rows}
    lines = [
        "| what | gateway | connections | answers/s | p50 ms | p99 ms | memory MB | against textbook |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for shape, name, connections, rate, p50, p99, held in sorted(rows, key=lambda row: (row[0], row[2], row[3])):
        ratio = rate / by[shape, "textbook gateway", connections]
        lines.append(f"| {shape} | {name} | {connections} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {held:.0f} | {ratio:.1f} x |")
    machine = f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {SECONDS} s a round, {ROUNDS} rounds, {datetime.now(UTC):%Y-%m-%d}"
    text = (HERE / "README.md").read_text() if (HERE / "README.md").exists() else "<!-- measured -->\n<!-- /measured -->\n"
    block = f"<!-- measured -->\n\nOne core; {machine}.\n\n" + "\n".join(lines) + "\n\n<!-- /measured -->"
    (HERE / "README.md").write_text(re.sub(r"(?s)<!-- measured -->.*<!-- /measured -->", lambda _: block, text))
    print("\n".join(lines))
    print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()
