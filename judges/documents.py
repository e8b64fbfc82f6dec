"""Judges of /openapi.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from judges.tools import HERE, NODE, PYTHON
from judges.verdict import TOOLS, Verdict, last, run

SPECTRAL = NODE / "node_modules" / ".bin" / "spectral"
REDOCLY = NODE / "node_modules" / ".bin" / "redocly"
AGID = TOOLS / "agid" / "rulesets" / "spectral.yml"
"""Built by hand, see docs/judges.md."""


def judged(document: Path, python: str, node: str) -> Iterator[Verdict]:
    """`python` and `node` say why the tools are missing, if they are."""
    name = document.stem
    yield Verdict(f"openapi-spec-validator, {name}", missing=python) if python else _validator(document)
    for title, rules in (("Spectral OAS + OWASP", HERE / ".spectral.yaml"), ("AgID Italian Guidelines Full", AGID)):
        missing = node or ("" if rules.exists() else "its rules are in no package registry, see docs/judges.md")
        yield Verdict(f"{title}, {name}", missing=missing) if missing else _spectral(f"{title}, {name}", rules, document)
    yield Verdict(f"Redocly recommended-strict, {name}", missing=node) if node else _redocly(document)


def _validator(document: Path) -> Verdict:
    said = run(PYTHON / "bin" / "openapi-spec-validator", document)
    return Verdict(f"openapi-spec-validator, {document.stem}", [last(said.text)] if said.code else [])


def _spectral(title: str, rules: Path, document: Path) -> Verdict:
    out = document.with_suffix(".spectral")
    out.unlink(missing_ok=True)
    said = run(SPECTRAL, "lint", "--ruleset", rules, "--fail-severity=error", "--format=json", "--output", out, document)
    if not out.exists():
        return Verdict(title, [last(said.text)])
    found: list[dict[str, Any]] = json.loads(out.read_text())
    errors = [f"{one['code']} at /{'/'.join(str(step) for step in one['path'])}: {one['message']}" for one in found if one["severity"] == 0]
    return Verdict(title, errors, Counter(str(one["code"]) for one in found if one["severity"] == 1))


def _redocly(document: Path) -> Verdict:
    title = f"Redocly recommended-strict, {document.stem}"
    said = run(REDOCLY, "lint", "--extends=recommended-strict", "--format=json", document)
    try:
        found = json.JSONDecoder().raw_decode(said.text, said.text.index("{"))[0]["problems"]
    except (ValueError, KeyError):
        return Verdict(title, [last(said.text)])
    errors = [f"{one['ruleId']}: {one['message']}" for one in found if one["severity"] == "error"]
    return Verdict(title, errors, Counter(str(one["ruleId"]) for one in found if one["severity"] != "error"))
