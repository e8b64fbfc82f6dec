"""The conformance suite: what every system's file must stand, run over the files by `tests/adapters/test_conformance.py`.

The host owns these tests: a new file in `cities/*/systems` is tested by its own example, with no test file to write."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.adapter.loading import World, build, find
from app.adapter.manifest import Manifest, Resource, Test
from app.adapter.problem import Toml
from app.adapter.protocol import Page, Question
from app.adapter.reading import read
from app.adapter.rows import rows
from app.adapter.secret import Secrets, referred
from app.adapter.source import Source

SECRET = "rahasia-conformance-5f1c"  # noqa: S105 - the value that must not be seen anywhere
HANG = 3.0


@dataclass(frozen=True, slots=True)
class Case:
    """One resource of one system's file, with its worked example."""

    path: Path
    manifest: Manifest
    toml: Toml
    index: int
    world: World

    @property
    def resource(self) -> Resource:
        return self.manifest.resource[self.index]

    @property
    def place(self) -> str:
        """The key that says where the system is: `base` for what answers over HTTP, `source` for a file, `dsn` for a database, else nothing."""
        known = find(self.manifest.kind).Connection.model_fields
        return next((name for name in ("base", "source", "dsn") if name in known), "")

    @property
    def nowhere(self) -> str:
        """A place of its sort at which there is nothing."""
        return "sqlite:////tidak-ada.db" if self.place == "dsn" else "http://127.0.0.1:1"

    def __str__(self) -> str:
        return f"{self.manifest.id}-{self.resource.contract}"


def cases(folder: Path, world: World) -> list[Case]:
    """Every resource of every system of a city folder."""
    found: list[Case] = []
    for path in sorted((folder / "systems").glob("*.toml")):
        manifest, toml = read(path)
        known = Secrets(dict.fromkeys(referred(manifest.connection), SECRET))
        there = World(world.contracts, world.lists, known, folder=folder)
        found += [Case(path, manifest, toml, index, there) for index in range(len(manifest.resource))]
    return found


def example_rows(case: Case) -> list[Any]:
    """The rows in the example: `raw` is a whole body for kinds that read one, else the rows themselves."""
    example = case.resource.example
    if example is None:
        raise LookupError(f"{case}: no [resource.example]")
    if isinstance(example.raw, list):
        return example.raw
    kind = find(case.manifest.kind)
    model = kind.Read.model_validate(case.resource.read)
    return rows(model.rows)(example.raw)


def source_at(case: Case, place: str, *, timeout: float = 0.5) -> Source:
    """The system as its file describes it, but living at `place` on this machine (an address, a file) and impatient."""
    connection = {**case.manifest.connection, **({case.place: place} if case.place else {}), "networks": ["127.0.0.0/8"], "timeout": timeout}
    connection.pop("rate", None)
    connection.pop("ca" if case.place == "dsn" else "", None)
    if "auth" in connection:
        connection["auth"] = [_at_home(auth) for auth in _logins(case.manifest)]
    moved = case.manifest.model_copy(update={"connection": connection})
    return build(moved, case.toml, case.world)[case.index]


async def first_page(source: Source) -> Page:
    """What the source's list brings first; raises one of the four words."""
    async for page in source.adapter.pages(Question()):
        return page
    return Page([])


@dataclass
class Far:
    """A far side: a login always succeeds where the file logs in; every other answer is `body` with `status`, after `delay` seconds."""

    login: Mapping[str, Any] | None
    status: int = 200
    body: bytes = b"{}"
    media: str = "application/json"
    delay: float = 0.0
    address: str = ""


@contextmanager
def far(case: Case) -> Iterator[Far]:
    """A real HTTP server on the loopback, for as long as the block runs."""
    side = Far(_login(case.manifest))
    done = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            login = side.login is not None and self.path.partition("?")[0].endswith(side.login["path"])
            if not login and side.delay:
                done.wait(side.delay)
            body = json.dumps(side.login["body"]).encode() if login and side.login is not None else side.body
            self.send_response(200 if login else side.status)
            self.send_header("Content-Type", "application/json" if login else side.media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET
        do_PUT = do_GET

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    side.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield side
    finally:
        done.set()
        server.shutdown()
        server.server_close()
        thread.join()


@asynccontextmanager
async def closing(source: Source) -> AsyncIterator[Source]:
    """The source, closed at the end; twice, since closing twice must be harmless."""
    try:
        yield source
    finally:
        await source.adapter.close()
        await source.adapter.close()


def _login(manifest: Manifest) -> dict[str, Any] | None:
    for auth in _logins(manifest):
        if auth.get("type") == "login":
            return {"path": auth["request"]["path"], "body": _placed(auth["token"], "token-conformance")}
        if auth.get("type") == "oauth2":
            return {"path": urlsplit(auth["token_url"]).path, "body": {"access_token": "token-conformance", "token_type": "Bearer"}}
    return None


def _logins(manifest: Manifest) -> list[dict[str, Any]]:
    auths = manifest.connection.get("auth", [])
    return auths if isinstance(auths, list) else [auths]


def _at_home(auth: dict[str, Any]) -> dict[str, Any]:
    """A login whose token is fetched at the far side, wherever its file says that it is."""
    return {**auth, "token_url": urlsplit(auth["token_url"]).path} if auth.get("type") == "oauth2" else auth


def _placed(path: str, value: Any) -> Any:
    """A body in which `value` stands at a simple JSONPath."""
    names = re.findall(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]", path)
    body: Any = value
    for name, index in reversed(names):
        body = {name: body} if name else [*([{}] * int(index)), body]
    return body


def told_by_rules(manifest: Manifest) -> Iterator[tuple[bytes, str]]:
    """For each of the file's own rules on a body: an answer with status 200 that meets it, and the outcome it must have."""
    for rule in manifest.responses:
        if any(not name.startswith("$") for name in rule.when):
            continue
        body: Any = {}
        for path, wanted in rule.when.items():
            body = _merged(body, _placed(path, _meeting(wanted)))
        yield json.dumps(body).encode(), rule.then


def _meeting(wanted: Any) -> Any:
    if not isinstance(wanted, Test):
        return wanted
    if wanted.one_of:
        return wanted.one_of[0]
    return wanted.contains or "ada"


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{name: _merged(one.get(name), value) for name, value in other.items()}}
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(a, b) for a, b in zip(one, other, strict=False)] or other
    return other
