"""What the old applications have in common: a small threaded HTTP server of the standard library that logs nothing, and their bad days."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import parse_qsl, urlsplit

HOST = "127.0.0.1"
Mode = Literal["ok", "down", "slow", "error200", "login_expired", "half_page", "changed_column"]
MODES: tuple[str, ...] = get_args(Mode)
SLOW = 10.0
"""Seconds before a slow application answers: longer than the gateway waits."""


class Asked(NamedTuple):
    """A request; header names in lower case."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]
    body: str = ""


class Said(NamedTuple):
    """What is answered; most of these applications say JSON with an old content type. `half`: the line breaks in the middle of it."""

    body: Any
    status: int = 200
    media: str = "text/html; charset=UTF-8"
    half: bool = False


Answer = Callable[[Asked], Said]


@dataclass(frozen=True, slots=True)
class Bad:
    """How one application says that it is unwell: with status 200. `column` is renamed by a new version; `login` always works."""

    error: Any
    expired: Any
    column: tuple[str, str]
    login: str = ""


class OldServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Nothing: a caller that hung up is no event, and a trace could show what was asked."""


def server(answer: Answer, port: int = 0, *, down: Callable[[], bool] = lambda: False) -> OldServer:
    """Bound and ready for `serve_forever`; port 0 is a free one. While it is `down`, what was connected before hears nothing more."""

    class Old(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "Apache/2.2.15"
        sys_version = ""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", "replace")
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = answer(Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, dict(parse_qsl(body)), body))
            if down():
                self.close_connection = True
                return
            payload = said.body if isinstance(said.body, bytes) else json.dumps(said.body, ensure_ascii=False).encode()
            self.send_response(said.status)
            self.send_header("Content-Type", said.media)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload[: len(payload) // 2] if said.half else payload)
            self.close_connection = self.close_connection or said.half

        do_POST = do_PUT = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: paths hold numbers of people."""

    return OldServer((HOST, port), Old)


class Application:
    """One old application on its port, and what is wrong with it today."""

    def __init__(self, answer: Answer, bad: Bad, port: int = 0, *, slow: float = SLOW) -> None:
        self._answer, self._bad, self._slow = answer, bad, slow
        self.port, self.mode = port, "ok"
        self._server: OldServer | None = None
        self._thread = threading.Thread()
        self._listen()

    def switch(self, mode: Mode) -> None:
        """From now on; a port that is down refuses."""
        self.mode = mode
        if mode == "down":
            self.close()
        elif self._server is None:
            self._listen()

    def _listen(self) -> None:
        self._server = server(self._told, self.port, down=lambda: self.mode == "down")
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def _told(self, asked: Asked) -> Said:
        mode = self.mode
        if mode == "slow":
            time.sleep(self._slow)
        if asked.path == self._bad.login:
            return self._answer(asked)
        if mode in ("error200", "login_expired"):
            return Said(self._bad.error if mode == "error200" else self._bad.expired)
        said = self._answer(asked)
        if mode == "changed_column":
            return said._replace(body=_renamed(said.body, *self._bad.column))
        return said._replace(half=mode == "half_page")

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None


def _renamed(body: Any, before: str, after: str) -> Any:
    """The body with one column called otherwise, wherever it stands."""
    if isinstance(body, dict):
        return {after if name == before else name: _renamed(value, before, after) for name, value in body.items()}
    return [_renamed(one, before, after) for one in body] if isinstance(body, list) else body


def serve(answer: Answer, port: int) -> None:
    """Until SIGTERM or Ctrl-C; the latter reaches every process of a terminal, so it is no event either."""
    with contextlib.suppress(KeyboardInterrupt), server(answer, port) as made:
        made.serve_forever()


def whole(text: str | None, default: int) -> int:
    """A number out of a query; what is none is not noticed, as in the applications this imitates."""
    return int(text) if text and text.isascii() and text.isdigit() else default
