"""The judges' own programs, pinned, installed once into .tools/ and never into the project's environment."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from judges.verdict import TOOLS, last, run

HERE = Path(__file__).resolve().parent
PYTHON, NODE = TOOLS / "py", TOOLS / "node"


def python_missing(pins: Path = HERE / "requirements.txt", folder: Path = PYTHON) -> str:
    """Why the programs written in Python are not there; empty if they are."""
    if _installed(folder, pins):
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    made = run(sys.executable, "-m", "venv", folder)
    if made.code == 0:
        made = run(folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--retries", "1", "-r", pins)
    return _stamped(folder, pins) if made.code == 0 else f"pip could not install ({last(made.text)})"


def node_missing(pins: Path = HERE / "package.json", folder: Path = NODE) -> str:
    """Why the programs written for Node are not there; empty if they are."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Node is not on this machine: install Node 20 or newer, with npm"
    if _installed(folder, pins):
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(pins, folder / "package.json")
    quiet = ("--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
    made = run("npm", "install", *quiet, folder=folder)
    said = next((line for line in made.text.splitlines() if "error" in line), last(made.text))
    return _stamped(folder, pins) if made.code == 0 else f"npm could not install ({said})"


def _installed(folder: Path, pins: Path) -> bool:
    stamp = folder / "ready"
    return stamp.exists() and stamp.read_text() == pins.read_text()


def _stamped(folder: Path, pins: Path) -> str:
    (folder / "ready").write_text(pins.read_text())
    return ""
