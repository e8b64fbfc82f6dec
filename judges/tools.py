"""The judges' own programs, pinned, installed once into .tools/ and never into the project's environment."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from judges.verdict import TOOLS, last, run

HERE = Path(__file__).resolve().parent
PYTHON, NODE = TOOLS / "py", TOOLS / "node"


def python_missing() -> str:
    """Why the judges written in Python are not there; empty if they are."""
    pins = HERE / "requirements.txt"
    if _installed(PYTHON, pins):
        return ""
    shutil.rmtree(PYTHON, ignore_errors=True)
    made = run(sys.executable, "-m", "venv", PYTHON)
    if made.code == 0:
        made = run(PYTHON / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--retries", "1", "-r", pins)
    return _stamped(PYTHON, pins) if made.code == 0 else f"pip could not install ({last(made.text)})"


def node_missing() -> str:
    """Why the judges written for Node are not there; empty if they are."""
    pins = HERE / "package.json"
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Node is not on this machine: install Node 20 or newer, with npm"
    if _installed(NODE, pins):
        return ""
    shutil.rmtree(NODE, ignore_errors=True)
    NODE.mkdir(parents=True)
    shutil.copy(pins, NODE / "package.json")
    quiet = ("--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
    made = run("npm", "install", *quiet, folder=NODE)
    said = next((line for line in made.text.splitlines() if "error" in line), last(made.text))
    return _stamped(NODE, pins) if made.code == 0 else f"npm could not install ({said})"


def _installed(folder: Path, pins: Path) -> bool:
    stamp = folder / "ready"
    return stamp.exists() and stamp.read_text() == pins.read_text()


def _stamped(folder: Path, pins: Path) -> str:
    (folder / "ready").write_text(pins.read_text())
    return ""
