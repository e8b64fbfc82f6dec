"""One question as the bytes that leave: RFC 9112, one line for each header, nothing that could end a line early."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from app.adapter.egress.path import composed
from app.errors import BadAnswer

AGENT = "Titian/1"
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e]*")
TARGET = re.compile(r"[\x21-\x7e]+")
FRAMING = frozenset({"content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect"})
"""How a question is framed is ours to say, and nobody else's."""
BODIED = frozenset({"POST", "PUT", "PATCH"})


class Writer:
    """Questions to one base address (scheme, host, port, and a path that stands before every other)."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._before = parts.path.rstrip("/")
        host = parts.netloc
        default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
        host = host.removesuffix(default).rstrip(".") if ":" in host else host.rstrip(".")
        self._own = {"Host": host, "User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
        self._start = "".join(f"{name}: {value}\r\n" for name, value in self._own.items())

    def target(self, path: str, query: Sequence[tuple[str, str]] = ()) -> str:
        """The target of a request. Raises BadAnswer("bad_path") for what could lead elsewhere or cannot be written."""
        found = composed(self._before, path)
        try:
            if query:
                found += ("&" if "?" in found else "?") + urlencode(query)
        except ValueError as error:
            raise BadAnswer("bad_path") from error
        if not TARGET.fullmatch(found):
            raise BadAnswer("bad_path")
        return found

    def written(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        """Raises BadAnswer("bad_header")."""
        lines = [f"{method} {target} HTTP/1.1\r\n", self._head(headers)]
        if body is not None or method in BODIED:
            if body and not any(name.lower() == "content-type" for name in headers):
                lines.append("Content-Type: application/octet-stream\r\n")
            lines.append(f"Content-Length: {len(body or b'')}\r\n")
        lines.append("\r\n")
        return "".join(lines).encode("ascii") + (body or b"")

    def _head(self, headers: Mapping[str, str]) -> str:
        if not headers:
            return self._start
        for name, value in headers.items():
            if not NAME.fullmatch(name) or not VALUE.fullmatch(value) or name.lower() in FRAMING:
                raise BadAnswer("bad_header")
        told = {name.lower() for name in headers}
        own = {name: value for name, value in self._own.items() if name.lower() not in told}
        return "".join([f"{name}: {value}\r\n" for name, value in (*own.items(), *headers.items())])
