"""`make judges`: starts a small demo city, lets every judge look at it, prints a table. Exit status 1 if one finds an error."""

from __future__ import annotations

import base64
import json
import shutil
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from judges import clients, contracts, documents
from judges.tools import node_missing, python_missing
from judges.verdict import ROOT, TOOLS, Verdict
from tests.fixtures.demo_city import DemoCity, demo_city

PUBLIC = "https://gerbang.example"
"""The demo speaks plain http on one machine; linters judge the document of the same gateway behind TLS, with TITIAN_PUBLIC_URL set."""
REASONS = ROOT / "docs" / "judges.md"


def main() -> int:
    print("[1/3] Memasang alat penilai, sekali saja / installing the judges' tools, once ...", flush=True)
    python, node = python_missing(), node_missing()
    work = TOOLS / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    print("[2/3] Menyalakan kota contoh / starting the demo city ...", flush=True)
    with demo_city(work, DEMO_PEOPLE="400") as city:
        print("[3/3] Menilai / judging ...\n\n" + HEAD, flush=True)
        return _told(_judged(city, work, python, node))


def _judged(city: DemoCity, work: Path, python: str, node: str) -> Iterator[Verdict]:
    bearer = {"Authorization": f"Bearer {_token(city)}"}
    own = work / "own.json"
    for name, headers in (("public", {}), ("own", bearer)):
        text = _got(f"{city.base}/openapi.json", headers)
        (work / f"{name}.json").write_text(text.replace(city.base, PUBLIC))
        yield from documents.judged(work / f"{name}.json", python, node)
    yield from clients.judged(own, city, python, node)
    yield from contracts.judged(python)


def _token(city: DemoCity) -> str:
    one = city.clients[0]
    pair = base64.b64encode(f"{one['client_id']}:{one['client_secret']}".encode()).decode()
    reply = _got(f"{city.base}/oauth/token", {"Authorization": f"Basic {pair}"}, b"grant_type=client_credentials")
    return str(json.loads(reply)["access_token"])


def _got(url: str, headers: Mapping[str, str], body: bytes | None = None) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, body, dict(headers)), timeout=30) as reply:
        return str(reply.read().decode())


HEAD = f"{'judge':<46} | errors | warnings | verdict\n{'-' * 46} | ------ | -------- | -------"


def _told(verdicts: Iterator[Verdict]) -> int:
    """Every line as it comes, then the errors, then the warnings whose reason nobody wrote down: they count as errors."""
    seen = []
    for verdict in verdicts:
        seen.append(verdict)
        print(verdict.line(), flush=True)
    reasons = REASONS.read_text()
    errors = [f"{verdict.judge}: {error}" for verdict in seen for error in verdict.errors]
    unexplained = [f"{verdict.judge}: {rule}: no reason in docs/judges.md" for verdict in seen for rule in verdict.warnings if rule not in reasons]
    missing = sum(bool(verdict.missing) for verdict in seen)
    print("\n" + "\n".join([*errors, *unexplained, f"judged: {len(seen) - missing}, errors: {len(errors + unexplained)}, not judged: {missing}"]))
    return int(bool(errors or unexplained))


if __name__ == "__main__":
    sys.exit(main())
