"""Generated clients: what the document says is enough to ask, in three languages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from judges.tools import HERE, NODE, PYTHON
from judges.verdict import ROOT, Verdict, last, run
from tests.fixtures.demo_city import DemoCity

ASK = HERE / "ask"
GUZZLE = "/usr/share/php/GuzzleHttp/autoload.php"
"""Debian's place; the generated client needs Guzzle and mbstring, and Composer's registry is not always reached."""


def judged(document: Path, city: DemoCity, python: str, node: str) -> Iterator[Verdict]:
    """`document` is that of the city's first client; `python` and `node` say why the tools are missing, if they are."""
    folder = document.parent
    one = city.clients[0]
    known = {"BASE": city.base, "CLIENT_ID": one["client_id"], "CLIENT_SECRET": one["client_secret"]}
    yield Verdict(PYTHON_CLIENT, missing=python) if python else _python(document, folder / "python", known)
    yield Verdict(TYPESCRIPT, missing=node) if node else _typescript(document, folder / "typescript", known)
    missing = python or ("" if shutil.which("php") else "PHP is not on this machine: install php-cli")
    yield Verdict(PHP, missing=missing) if missing else _php(document, folder / "php", known)


PYTHON_CLIENT = "Python client (openapi-python-client)"
TYPESCRIPT = "TypeScript client (openapi-typescript, tsc)"
PHP = "PHP client (openapi-generator, php -l)"


def _python(document: Path, folder: Path, known: dict[str, str]) -> Verdict:
    folder.mkdir()
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"post_hooks": []}))
    target = ("--meta", "none", "--config", settings, "--output-path", folder / "titian_client", "--fail-on-warning")
    made = run(PYTHON / "bin" / "openapi-python-client", "generate", "--path", document, *target)
    if made.code:
        return Verdict(PYTHON_CLIENT, made.text.splitlines())
    return _asked(PYTHON_CLIENT, PYTHON / "bin" / "python", ASK / "question.py", PYTHONPATH=str(folder), **known)


def _typescript(document: Path, folder: Path, known: dict[str, str]) -> Verdict:
    folder.mkdir()
    binaries = NODE / "node_modules" / ".bin"
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(ASK / "question.ts", folder)
    for command in (
        (binaries / "openapi-typescript", document, "--output", folder / "titian.ts"),
        (binaries / "tsc", "--strict", "--noEmit", *TARGET, folder / "question.ts"),
        (binaries / "tsc", "--strict", *TARGET, "--outDir", folder / "made", folder / "question.ts"),
    ):
        made = run(*command)
        if made.code:
            return Verdict(TYPESCRIPT, made.text.splitlines())
    return _asked(TYPESCRIPT, "node", folder / "made" / "question.js", **known)


TARGET = ("--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", "--lib", "es2022,dom")


def _php(document: Path, folder: Path, known: dict[str, str]) -> Verdict:
    made = run(PYTHON / "bin" / "openapi-generator-cli", "generate", "-g", "php", "-i", document, "-o", folder)
    files = sorted(folder.rglob("*.php"))
    if made.code or not files:
        return Verdict(PHP, [last(made.text)])
    broken = [last(said.text) for path in files if (said := run("php", "-l", path)).code]
    if broken:
        return Verdict(PHP, broken)
    if not Path(GUZZLE).exists() or run("php", "-r", "exit(extension_loaded('mbstring') ? 0 : 1);").code:
        return Verdict(PHP, note=f"{len(files)} files parse; asked nothing: install php-guzzlehttp-guzzle and php-mbstring")
    return _asked(PHP, "php", ASK / "question.php", GUZZLE=GUZZLE, CLIENT=str(folder / "lib"), **known)


def _asked(title: str, *command: str | Path, **environment: str) -> Verdict:
    said = run(*command, folder=ROOT, **environment)
    return Verdict(title, said.text.splitlines()[-15:]) if said.code else Verdict(title, note=last(said.text))
