"""Starting and stopping the demo city: its children, its files, and the sentences where something is in the way."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from demo.__main__ import CLIENTS, SECRETS, Demo
from tests.fixtures.demo_city import free_ports

ROOT = Path(__file__).resolve().parents[2]


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(home: Path, first: int, **environment: str) -> subprocess.Popen[str]:
    """A group of its own, as a terminal would make."""
    command = [sys.executable, "-m", "demo", "--port", str(free()), "--first", str(first), "--home", str(home)]
    environ = {**os.environ, "DEMO_PEOPLE": "400", **environment}
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


def test_ctrl_c_ends_every_process_without_a_trace(tmp_path: Path) -> None:
    with started(tmp_path, free_ports()) as process:
        assert process.stdout is not None
        lines = []
        while not any("var/demo.json" in line for line in lines):
            line = process.stdout.readline()
            assert line, "".join(lines)
            lines.append(line)
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert "Traceback" not in rest
    assert rest.rstrip().endswith("Selesai. / Done.")
    written = tmp_path / "var" / "demo.json"
    told = json.loads(written.read_text())
    assert [one["organisation"] for one in told["clients"]] == [organisation for _, organisation in CLIENTS]
    assert told["clients"][0]["organisation"] == "bappeda"
    assert told["control"].startswith("http://127.0.0.1:")
    for private in (written, tmp_path / "var" / "demo" / "secrets"):
        assert private.stat().st_mode & 0o777 == 0o600
    agreements = [tomllib.loads(path.read_text()) for path in (tmp_path / "var" / "demo").glob("PKS-*.toml")]
    assert len(agreements) == 8
    assert {one["valid_to"] - one["valid_from"] for one in agreements} == {timedelta(days=365)}
    assert {tuple(one["purposes"]) for one in agreements if one["consumer"] == "bappeda"} == {("rpkd",)}


def test_it_stops_by_itself_after_so_many_seconds(tmp_path: Path) -> None:
    with started(tmp_path, free_ports(), DEMO_SECONDS="0.1") as process:
        assert process.stdout is not None
        said = process.stdout.read()
    assert process.returncode == 0, said
    assert said.rstrip().endswith("Selesai. / Done.")


def test_a_port_that_is_taken_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    demo = Demo(free(), free_ports(), tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", demo.first + 1))
        taken.listen()
        with pytest.raises(SystemExit, match=f"Port {demo.first + 1} is in use"):
            demo.prepare()
    assert not (tmp_path / "var").exists()


def test_an_application_that_dies_ends_the_demo_with_its_name(tmp_path: Path) -> None:
    demo = Demo(free(), free_ports(), tmp_path)
    demo.children["applications"] = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    demo.children["gateway"] = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    begun = time.monotonic()
    with pytest.raises(SystemExit, match=r"applications ended by itself"):
        demo.stay(60)
    demo.end()
    assert time.monotonic() - begun < 60
    assert [child.returncode for child in demo.children.values()] == [3, -signal.SIGTERM]


def test_the_applications_are_told_their_passwords_and_the_gateway_none(tmp_path: Path) -> None:
    demo = Demo(free(), free_ports(), tmp_path)
    demo.prepare()
    names = [line.partition("=")[0] for line in (demo.own / "secrets").read_text().splitlines()]
    assert names == list(SECRETS)
    assert not set(names) & set(demo.environment)
