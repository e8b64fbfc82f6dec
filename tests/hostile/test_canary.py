"""Values are planted everywhere, everything that can go wrong goes wrong, and then whatever the process wrote is searched for them."""

import base64
import hashlib
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fixtures.aid import NUMBERED, RESOURCE, Aid, answers, nik, row
from tests.fixtures.case import case
from tests.fixtures.far_side import Asked, FarSide, Said
from tests.fixtures.served import free_port, served

NAME, PHONE = "Sitikenari Rahasiawati", "081298765432"
PERSON = nik(3)
USER, PASSWORD, KEY, SOURCE_TOKEN = "gerbang-kenari", "sandi-kenari-7781", "kunci-kenari-5523", "token-kenari-9914"
LOGIN = """
[[connection.auth]]
type = "login"
request = { path = "/masuk", form = { nama = "$SOURCE_USER", sandi = "$SOURCE_PASSWORD" } }
token = "$.token"
[[connection.auth]]
type = "query"
name = "kunci"
value = "$SOURCE_KEY"
"""
ROWS = [row(number, nm=NAME if number == 3 else f"Kenari {number}", hp=PHONE) for number in range(1, 6)]
REJECTED = [row(6, nm=None), row(7, umur="sekian"), row(8, nik=f"{PERSON[:-1]}x"), row(3, nm=NAME)]
"""Without a required value, with one that cannot be read, with a bad key, and one person twice: each becomes a finding."""


@dataclass
class Heard:
    """Bodies and headers that came back, by whether their reader may see persons."""

    open: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


@dataclass
class Canary:
    aid: Aid
    side: FarSide
    http: httpx2.Client
    base: str = ""
    heard: Heard = field(default_factory=Heard)
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(self, client: str | None, path: str, *, method: str = "GET", sees: bool = False, **words: Any) -> httpx2.Response:
        if client is not None:
            words["headers"] = {"authorization": f"Bearer {self.tokens[client]}", **words.get("headers", {})}
        reply = self.http.request(method, self.base + path, **words)
        kept = self.heard.open if sees else self.heard.closed
        kept.append(reply.text + str(sorted(reply.headers.items())))
        return reply

    def search(self, client: str, body: Any, action: str = "search", **words: Any) -> httpx2.Response:
        return self.ask(client, f"/v1/orang:{action}", method="POST", json=body, **words)


def source(rows: list[dict[str, Any]]) -> Any:
    plain = answers(rows, "nik")

    def answer(asked: Asked) -> Said:
        if asked.path == "/masuk":
            return Said({"token": SOURCE_TOKEN})
        assert asked.params.pop("kunci") == KEY
        assert asked.headers["authorization"] == f"Bearer {SOURCE_TOKEN}"
        return plain(asked)

    return answer


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack, key="nik")
        side = aid.source("dinsos.orang", [], push='nik = { param = "cari" }', connection=LOGIN)
        side.answer = source(ROWS + REJECTED)
        aid.town.contract("rusak", NUMBERED)
        aid.town.system("dinsos.rusak", side.address, RESOURCE % {"contract": "rusak", "scan": 9, "size": 9, "push": "", "key": "id", "get": ""})
        assert aid.town.settings.secrets is not None
        aid.town.settings.secrets.write_text(f"SOURCE_USER={USER}\nSOURCE_PASSWORD={PASSWORD}\nSOURCE_KEY={KEY}\n")
        for client, organisation in (("bappeda-app", "bappeda"), ("dinsos-app", "dinsos")):
            aid.town.client(client, organisation)
        more = 'actions = ["read", "verify"]\nmask = { nik = "token", telepon = "partial" }'
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["nik", "nama", "umur", "telepon"]', more=more)
        yield Canary(aid, side, stack.enter_context(httpx2.Client(trust_env=False, timeout=30)))


def let_in(canary: Canary) -> None:
    for client in ("bappeda-app", "dinsos-app"):
        pair = (client, canary.aid.town.secrets[client])
        form = {"grant_type": "client_credentials"}
        canary.tokens[client] = canary.http.post(f"{canary.base}/oauth/token", data=form, auth=pair).json()["access_token"]


def good_questions(canary: Canary) -> None:
    """Asked by one who sees tokens, then by one who sees persons."""
    masked, own = "bappeda-app", "dinsos-app"
    listed = canary.ask(masked, "/v1/orang?fields=nik,umur,telepon")
    assert listed.status_code == 200, listed.text
    token = {record["umur"]: record["nik"] for record in listed.json()["data"]}[3]
    assert token.startswith("t1_")
    for path in (f"/v1/orang/{token}?fields=umur", f"/v1/orang?nik={token}&fields=nik", f"/v1/orang?nik__in={token}&fields=nik"):
        assert canary.ask(masked, path).status_code == 200
    first = canary.ask(masked, "/v1/orang?limit=2&fields=nik").json()
    assert canary.ask(masked, first["links"]["next"].removeprefix("http://titian.test")).status_code == 200
    assert canary.search(masked, {"filter": {"nik": [token]}, "fields": ["nik"]}).status_code == 200
    verified = canary.search(masked, {"key": token, "claims": {"nama": NAME, "umur": 3}}, "verify")
    assert verified.json()["data"] == {"nama": "match", "umur": "match"}
    assert PERSON in canary.ask(own, "/v1/orang", sees=True).text
    assert canary.search(own, {"filter": {"nik": PERSON}}, sees=True).json()["data"][0]["nama"] == NAME
    assert canary.search(own, {"filter": {"nama__contains": NAME[:9], "nik": [PERSON, nik(4)]}, "limit": 1}, sees=True).status_code == 200


def bad_questions(canary: Canary) -> None:
    """The number of a person, and a name, in every place where a caller can put them."""
    for client in ("bappeda-app", "dinsos-app"):
        for query in (
            "nik={}",
            "nik__in={0},{0}",
            "limit={}",
            "umur={}",
            "lahir={}",
            "fields={}",
            "sort=-{}",
            "cursor={}",
            "count={}",
            "{}=1",
            "a{}=1",
        ):
            assert canary.ask(client, "/v1/orang?" + query.format(PERSON)).status_code == 400
        for path in ("/v1/orang/{}", "/v1/orang/{}~{}", "/v1/orang/{}/..%2f", "/v1/{}", "/{}", "/problems/{}", "/contracts/{}/v1", "/docs/{}"):
            assert canary.ask(client, path.format(PERSON, PERSON)).status_code in (400, 404)
        for body in ({PERSON: 1}, {"filter": {PERSON: 1}}, {"fields": [PERSON]}, {"sort": PERSON}, {"limit": PERSON}, {"filter": {"umur": PERSON}}):
            assert canary.search(client, body).status_code == 400
        for claims in ({PERSON: NAME}, {"umur": NAME}, {"nik": PERSON}, NAME):
            assert canary.search(client, {"key": PERSON, "claims": claims}, "verify").status_code in (400, 403)
        wrong = [("text/plain", b"%s"), ("application/json", b'{"filter": {"nik": "%s"'), ("application/json", b'{"%s": "\\ud800"}')]
        wrong += [("application/json", b'{"filter": ' + b"[" * 99 + b'"%s"' + b"]" * 99 + b"}"), ("application/json", b'{"a": "%s"}' + b" " * 2**20)]
        for media, content in wrong:
            sent = content.replace(b"%s", PERSON.encode())
            reply = canary.ask(client, "/v1/orang:search", method="POST", content=sent, headers={"content-type": media})
            assert reply.status_code in (400, 413, 415)
    assert canary.search("bappeda-app", {"filter": {"nik": PERSON}}).status_code == 403
    names = (
        "user-agent",
        "cookie",
        "referer",
        "traceparent",
        "tracestate",
        "titian-purpose",
        "if-none-match",
        "prefer",
        "accept-language",
        "accept",
        "x-forwarded-for",
    )
    for name in names:
        canary.ask("bappeda-app", "/v1/orang?umur=1&fields=umur", headers={name: PERSON})
    canary.ask(None, "/v1/orang", headers={"authorization": f"Bearer {PERSON}"})
    canary.ask(None, "/openapi.json", headers={"authorization": f"Bearer {PERSON}.{PERSON}.{PERSON}"})
    for pair in ((PERSON, PERSON), ("bappeda-app", PERSON), ("bappeda-app", canary.aid.town.secrets["dinsos-app"])):
        canary.ask(None, "/oauth/token", method="POST", data={"grant_type": PERSON, "scope": PERSON, "purpose": NAME}, auth=pair)
    mine = ("bappeda-app", canary.aid.town.secrets["bappeda-app"])
    for words in ({"grant_type": PERSON}, {"scope": PERSON}, {"purpose": f"{NAME} {PERSON}"}, {PERSON: NAME}):
        reply = canary.ask(None, "/oauth/token", method="POST", data={"grant_type": "client_credentials", **words}, auth=mine, sees=True)
        assert PERSON not in reply.text + str(reply.headers)


def lies(canary: Canary) -> None:
    """The source says the number of a person in every way that cannot be used."""
    said = [
        Said(f"<html><body>Galat pada {PERSON} {NAME}</body></html>".encode(), headers={"content-type": "text/html"}),
        Said(f'{{"data": [{{"nik": "{PERSON}", "nm": "{NAME}"'.encode()),
        Said({"pesan": f"SELECT * FROM warga WHERE nik = '{PERSON}'"}, 500),
        Said({"status": "error", "pesan": PERSON}),
        Said({"data": [PERSON, NAME]}),
        Said({"data": [row(4, nm={"nik": PERSON})], "total": PERSON}),
        Said({PERSON: []}),
        Said(b"[" * 5000 + PERSON.encode()),
        Said(b"", 302, {"location": f"/orang/{PERSON}"}),
        Said({"data": []}, headers={"content-type": f"application/json; charset={PERSON}", "x-nik": PERSON, "set-cookie": f"nik={PERSON}"}),
        Said(PERSON.encode(), headers={"content-encoding": PERSON}),
        Said({"data": []}, 429, {"retry-after": PERSON}),
        Said({"pesan": PERSON}, 401),
    ]
    for one in said:
        for client in ("bappeda-app", "dinsos-app"):
            good = source([])
            canary.side.answer = lambda asked, one=one, good=good: good(asked) if asked.path == "/masuk" else one
            for path in ("/v1/orang?fields=umur", "/v1/orang?sort=umur&fields=umur"):
                canary.ask(client, path)
            canary.search(client, {"key": PERSON, "claims": {"umur": 3}}, "verify")
    canary.side.answer = lambda _asked: Said({"pesan": f"{USER} {PASSWORD} {PERSON}"}, 403)
    canary.ask("dinsos-app", "/v1/orang?fields=umur")
    assert canary.ask("dinsos-app", "/v1/rusak").status_code == 500
    assert canary.ask("dinsos-app", "/v1/rusak:search", method="POST", json={"filter": {"id": PERSON}}).status_code == 500


def planted(canary: Canary) -> dict[str, bytes]:
    """What must not be found, and the ways in which it could hide."""
    found: dict[str, bytes] = {}
    for name, value in {"person": PERSON, "another": nik(5), "name": NAME, "phone": PHONE[1:]}.items():
        found[name] = value.encode()
        for kind in ("md5", "sha1", "sha256"):
            found[f"{kind} of {name}"] = hashlib.new(kind, value.encode()).digest()
    secrets = {"user": USER, "password": PASSWORD, "key": KEY, "source's token": SOURCE_TOKEN}
    secrets |= {f"secret of {name}": value for name, value in canary.aid.town.secrets.items()}
    secrets |= {f"token of {name}": value.rpartition(".")[2] for name, value in canary.tokens.items()}
    secrets |= {f"basic of {name}": base64.b64encode(f"{name}:{value}".encode()).decode() for name, value in canary.aid.town.secrets.items()}
    found |= {name: value.encode() for name, value in secrets.items()}
    for name, value in list(found.items()):
        found[f"hex of {name}"] = value.hex().encode()
        found[f"base64 of {name}"] = base64.b64encode(value).rstrip(b"=")[:-1]
    return found


@case(
    "H40",
    sent="Persons, secrets and tokens in every path, filter, body, header and reply, with every logger at DEBUG and a crash in our own code",
    must="None of them stands in a log, the database, a number, a document or an error, in clear, in hex, in base64 or as a plain hash",
)
def test_nothing_planted_is_ever_found(canary: Canary, tmp_path: Path) -> None:
    port = free_port()
    canary.base = f"http://127.0.0.1:{port}"
    loud = [sys.executable, "-X", "dev", "-m", "tests.hostile.loud", str(port)]
    with served(canary.aid.town, port, started=loud, CRASH=f"{PERSON} {NAME}") as process:
        let_in(canary)
        good_questions(canary)
        bad_questions(canary)
        lies(canary)
        for path in ("/metrics", "/status", "/openapi.json", "/contracts", "/readyz", "/oauth/jwks.json", "/docs"):
            canary.ask(None, path)
        canary.ask("bappeda-app", "/openapi.json")
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=60)
        assert process.returncode == 0, stderr[-2000:]
    ours = (canary.aid.town.folder, canary.aid.town.settings.keys, canary.aid.town.settings.secrets)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not any(path.is_relative_to(one) for one in ours if one)]
    sinks = {"stdout": stdout.encode(), "stderr": stderr.encode(), "answers": "\n".join(canary.heard.closed).encode()}
    sinks |= {path.name: path.read_bytes() for path in files}
    assert "titian.db" in sinks
    assert b"unexpected" in sinks["stderr"]
    assert b"DEBUG" in sinks["stderr"]
    assert any(PERSON in one for one in canary.heard.open)
    leaks = [(what, sink) for what, value in planted(canary).items() for sink, content in sinks.items() if value in content]
    assert leaks == [], [sinks[sink][max(0, (at := sinks[sink].find(planted(canary)[what])) - 200) : at + 100] for what, sink in leaks[:3]]
    events = [json.loads(line) for line in stderr.splitlines() if line.startswith("{")]
    assert {"unexpected", "source_failed"} <= {event["event"] for event in events}
