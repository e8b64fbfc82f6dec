"""What one judge says."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
PATIENCE = 150


@dataclass(frozen=True)
class Verdict:
    """`warnings` counts each rule's findings; `missing` says why there was no judging, and `note` what was seen."""

    judge: str
    errors: Sequence[str] = ()
    warnings: Mapping[str, int] = field(default_factory=Counter)
    note: str = ""
    missing: str = ""

    def line(self) -> str:
        if self.missing:
            return f"{self.judge:<46} | {'-':>6} | {'-':>8} | not judged: {self.missing}"
        word = "FAILED" if self.errors else "passed"
        return f"{self.judge:<46} | {len(self.errors):>6} | {sum(self.warnings.values()):>8} | {word}{self.note and ': '}{self.note}"


@dataclass(frozen=True)
class Said:
    code: int
    text: str


def run(*command: str | Path, folder: Path = ROOT, **environment: str) -> Said:
    """The exit code, and standard output with standard error in it. A command that is not there or never ends has the code 127 or 124."""
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **quiet, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        return Said(127, f"{command[0]} is not there")
    except subprocess.TimeoutExpired:
        return Said(124, f"{command[0]} did not end in {PATIENCE} seconds")
    return Said(done.returncode, done.stdout)


def last(text: str) -> str:
    """The last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "said nothing")[:300]
