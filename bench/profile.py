"""Where the time goes: `titian serve` under wrk, CPU time for each answer by thread, and py-spy's samples by file and by function.

`python -m bench.profile NAME` writes `bench/profiles/NAME.md`. CPU time is read from the kernel, so that it says the same on a machine with
other work on it; rates are not told. Without py-spy (`pip install py-spy`) there are no samples. `BENCH_PORTS` moves the ports."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from bench import __main__ as bench
from bench import world

SECONDS = int(os.environ.get("BENCH_SECONDS", "6"))
CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "32"))
SHOWN = 40
SHAPES = (
    ("one record, 2 kB", bench.ONE, "/v1/bantuan/S-%06d"),
    ("list of 100, 50 kB", bench.LIST, "/v1/bantuan?limit=100&periode="),
    ("list, 200 different", bench.MANY, "/v1/bantuan?limit=100&periode="),
)
HERE = Path(__file__).parent / "profiles"
Threads = dict[str, float]


def used(pid: int) -> Threads:
    """Microseconds of CPU that each thread has used so far, by its name."""
    found: Threads = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip() if task.name != str(pid) else "the loop"
        found[name] = found.get(name, 0) + int((task / "schedstat").read_text().split()[0]) / 1000
    return found


def answered(folder: Path, script: str, token: str, seconds: int) -> subprocess.Popen[str]:
    path = folder / "load.lua"
    path.write_text(f"wrk.headers['Authorization'] = 'Bearer {token}'\n" + script + bench.DONE)
    command = [
        "taskset",
        "-c",
        "0",
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--timeout",
        "20s",
        "-s",
        str(path),
        f"http://127.0.0.1:{world.TITIAN}/",
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def cost(folder: Path, pid: int, script: str, token: str) -> Threads:
    """Microseconds of CPU for each answer, by thread."""
    before = used(pid)
    said, _ = answered(folder, script, token, SECONDS).communicate()
    after = used(pid)
    found = re.search(r"RESULT (\d+) \d+ [\d.]+ [\d.]+ (\d+)", said)
    if found is None or int(found[2]) or not int(found[1]):
        raise SystemExit(f"answers that are not 2xx, or none\n{said}")
    return {name: (spent - before.get(name, 0)) / int(found[1]) for name, spent in after.items()}


def sampled(folder: Path, pid: int, script: str, token: str) -> list[tuple[list[str], int]]:
    """Stacks, outermost first, and how often each was met."""
    spy = shutil.which("py-spy") or str(Path(sys.executable).with_name("py-spy"))
    if not Path(spy).exists():
        return []
    load = answered(folder, script, token, SECONDS + 2)
    path = folder / "stacks"
    command = [spy, "record", "-p", str(pid), "-d", str(SECONDS), "-r", "400", "-f", "raw", "-t", "-F", "-o", str(path), "--nonblocking"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    load.communicate()
    pairs = (line.rpartition(" ") for line in path.read_text().splitlines()) if path.exists() else ()
    return [(stack.split(";"), int(count)) for stack, _, count in pairs]


def place(frame: str) -> str:
    return re.sub(r":\d+\)$", ")", frame)


def file_of(frame: str) -> str:
    return frame.rpartition("(")[2].rstrip(")")


def told(stacks: list[tuple[list[str], int]]) -> list[str]:
    total = sum(count for _, count in stacks)
    files: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for stack, count in stacks:
        frames = [place(frame) for frame in stack]
        files[file_of(frames[-1])] += count
        alone[frames[-1]] += count
        whole.update(dict.fromkeys(frames, count))
    lines = ["", "| % | in this file itself |", "|---:|---|"]
    lines += [f"| {100 * count / total:.1f} | {name} |" for name, count in files.most_common(SHOWN)]
    lines += ["", "| % with what it calls | % itself | function |", "|---:|---:|---|"]
    lines += [f"| {100 * count / total:.1f} | {100 * alone[name] / total:.1f} | {name} |" for name, count in whole.most_common(SHOWN * 2)]
    return lines


def main() -> None:
    bench.needed()
    name = sys.argv[1] if len(sys.argv) > 1 else "now"
    folder = Path(tempfile.mkdtemp(prefix="titian-profile-"))
    world.source(folder / "www")
    folder.chmod(0o755)
    settings, secret = world.city(folder, datetime.now(UTC).date())
    environment = {
        **os.environ,
        "TITIAN_CITY": str(settings.city),
        "TITIAN_DATABASE_URL": settings.database_url,
        "TITIAN_KEYS": str(settings.keys),
        "TITIAN_PUBLIC_URL": settings.public_url,
    }
    path = world.nginx(folder)
    path.write_text(("user root;\n" if os.geteuid() == 0 else "") + path.read_text())
    source = bench.on(0, "nginx", "-c", str(path), "-p", str(folder))
    titian = bench.on(1, sys.executable, "-m", "app", "serve", "--port", str(world.TITIAN), env=environment)
    try:
        bench.wait(f"http://127.0.0.1:{world.SOURCE}/satu/S-000001.json")
        bench.wait(f"http://127.0.0.1:{world.TITIAN}/readyz")
        fresh = bench.memory(titian.pid)
        token = world.token(secret)
        lines = [f"# {name}", "", f"{CONNECTIONS} connections, {SECONDS} s each, {datetime.now(UTC):%Y-%m-%d %H:%M}.", ""]
        lines += ["| what | CPU us an answer | of it the loop | other threads, mostly the ledger |", "|---|---:|---:|---:|"]
        samples = []
        for shape, script, address in SHAPES:
            text = script.replace("PATH", repr(address))
            spent = cost(folder, titian.pid, text, token)
            whole, loop = sum(spent.values()), spent["the loop"]
            lines.append(f"| {shape} | {whole:.0f} | {loop:.0f} | {whole - loop:.0f} |")
            print(lines[-1], flush=True)
            if "--no-samples" not in sys.argv and (stacks := sampled(folder, titian.pid, text, token)):
                samples += ["", f"## {shape}", *told(stacks)]
        lines += ["", f"Memory (PSS): {fresh:.0f} MB before the first question, {bench.memory(titian.pid):.0f} MB after.", *samples]
        print(lines[len(lines) - len(samples) - 1])
        HERE.mkdir(exist_ok=True)
        (HERE / f"{name}.md").write_text("\n".join(lines) + "\n")
    finally:
        for process in (titian, source):
            process.terminate()
        for process in (titian, source):
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
