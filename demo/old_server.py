"""What both old applications have in common: a small threaded HTTP server of the standard library that logs nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

HOST = "127.0.0.1"


class Asked(NamedTuple):
    """A request; header names in lower case."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


class Said(NamedTuple):
    """What is answered; these applications say JSON with an old content type."""

    body: Any
    status: int = 200
    media: str = "text/html; charset=UTF-8"


Answer = Callable[[Asked], Said]


class OldServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """Nothing: a caller that hung up is no event, and a trace could show what was asked."""


def server(answer: Answer, port: int = 0) -> OldServer:
    """Bound and ready for `serve_forever`; port 0 is a free one."""

    class Old(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "Apache/2.2.15"
        sys_version = ""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", "replace")
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = answer(Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, dict(parse_qsl(body))))
            payload = json.dumps(said.body, ensure_ascii=False).encode()
            self.send_response(said.status)
            self.send_header("Content-Type", said.media)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: paths hold numbers of people."""

    return OldServer((HOST, port), Old)


def serve(answer: Answer, port: int) -> None:
    """Until SIGTERM or Ctrl-C; the latter reaches every process of a terminal, so it is no event either."""
    with contextlib.suppress(KeyboardInterrupt), server(answer, port) as made:
        made.serve_forever()


def whole(text: str | None, default: int) -> int:
    """A number out of a query; what is none is not noticed, as in the applications this imitates."""
    return int(text) if text and text.isascii() and text.isdigit() else default
