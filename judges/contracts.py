"""Judges of the contracts: the published schema of ODCS, and datacontract-cli."""

from __future__ import annotations

from collections.abc import Iterator

from judges.tools import HERE, PYTHON
from judges.verdict import ROOT, Verdict, run


def judged(python: str) -> Iterator[Verdict]:
    """`python` says why the tools are missing, if they are."""
    for path in sorted((ROOT / "cities").glob("*/contracts/*.odcs.yaml")):
        for title, command in (
            ("ODCS 3.1.0 schema", (PYTHON / "bin" / "python", HERE / "odcs.py", path)),
            ("datacontract lint", (PYTHON / "bin" / "datacontract", "lint", path)),
        ):
            judge = f"{title}, {path.name.partition('.')[0]}"
            if python:
                yield Verdict(judge, missing=python)
                continue
            said = run(*command)
            yield Verdict(judge, said.text.strip().splitlines() if said.code else [])
