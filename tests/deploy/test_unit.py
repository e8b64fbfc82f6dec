"""The units, the settings and the guide of an installation fit each other and the machine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings
from tests.fixtures.town import ROOT

DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs" / "guides" / "memasang.md"
UNITS = ("titian.service", "titian-backup.service", "titian-backup.timer")
ANALYZE = shutil.which("systemd-analyze")
VENV = "/opt/titian/venv/bin"


def unit(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_accepts_every_unit(tmp_path: Path) -> None:
    for name in UNITS:
        text = (DEPLOY / name).read_text()
        for program in ("titian", "python"):
            text = text.replace(f"{VENV}/{program}", sys.executable)
        (tmp_path / name).write_text(text)
    tested = subprocess.run([str(ANALYZE), "verify", *(str(tmp_path / name) for name in UNITS)], capture_output=True, text=True, check=False)
    ours = [line for line in tested.stderr.splitlines() if "titian" in line]
    assert (tested.returncode, ours) == (0, [])


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_calls_the_gateway_well_shut_in() -> None:
    told = subprocess.run(
        [str(ANALYZE), "security", "--offline=true", str(DEPLOY / "titian.service")], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"exposure level for titian.service: (\d+\.\d)", told)
    assert found, told
    assert float(found[1]) <= 2.0


def test_the_gateway_writes_nowhere_else_and_may_become_nobody_else() -> None:
    found = unit("titian.service")
    assert found["User"] == ["titian"]
    assert found["ReadWritePaths"] == ["/var/lib/titian"]
    assert found["CapabilityBoundingSet"] == [""]
    assert (found["NoNewPrivileges"], found["ProtectSystem"], found["ExecReload"]) == (["true"], ["strict"], ["/bin/kill -HUP $MAINPID"])
    assert float(found["TimeoutStopSec"][0]) > 30


def test_the_environment_file_says_the_same_to_a_shell_and_to_the_settings(tmp_path: Path) -> None:
    text = (DEPLOY / "titian.env").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Z_]+='[^']*'", line) for line in lines)
    program = tmp_path / "titian"
    program.write_text('#!/bin/sh\npwd\nenv | grep ^TITIAN_ | sort\necho "$@"\n')
    program.chmod(0o755)
    script = (DEPLOY / "titian.sh").read_text()
    for ours, here in (("/etc/titian/titian.env", DEPLOY / "titian.env"), ("/var/lib/titian", tmp_path), (f"{VENV}/titian", program)):
        assert ours in script
        script = script.replace(ours, str(here))
    done = subprocess.run(
        ["/bin/sh", "-c", script, "titian", "ledger", "verify"], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    said = done.stdout.splitlines()
    assert (said[0], said[-1]) == (str(tmp_path), "ledger verify")
    values = dict(line.split("=", 1) for line in said[1:-1])
    assert {name.removeprefix("TITIAN_").lower() for name in values} <= set(Settings.model_fields)
    chosen = Settings(**{name.removeprefix("TITIAN_").lower(): value for name, value in values.items()})  # type: ignore[arg-type]
    assert chosen.database_url == "sqlite+aiosqlite:////var/lib/titian/titian.db"
    assert chosen.keys == Path("/var/lib/titian/keys")
    assert (DEPLOY / "titian.sh").stat().st_mode & 0o111


def test_the_guide_names_every_file_of_the_folder_and_no_other() -> None:
    named = set(re.findall(r"\bdeploy/([a-z-]+\.[a-z]+)", GUIDE.read_text()))
    assert named == {path.name for path in DEPLOY.iterdir() if path.is_file()}


def test_paths_and_ports_agree_between_the_files() -> None:
    service, nginx, environment, guide = (
        (DEPLOY / name).read_text() for name in ("titian.service", "nginx.conf", "titian.env", "../docs/guides/memasang.md")
    )
    assert "--host 127.0.0.1 --port 8000" in service
    assert "server 127.0.0.1:8000 " in nginx
    for path in ("/etc/titian/city", "/etc/titian/secrets", "/etc/titian/titian.env", "/etc/titian/tls", "/var/backups/titian", VENV):
        assert path in guide, path
    (name,) = re.findall(r"TITIAN_PUBLIC_URL='https://([^']+)'", environment)
    assert f"server_name {name};" in nginx
