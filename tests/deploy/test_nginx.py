"""The shipped nginx in front of a running gateway, over TLS: what passes, what does not, and what stays in its logs."""

import base64
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.aid import Aid, nik, row
from tests.fixtures.live import Here, listening
from tests.fixtures.proxy import NAME, NGINX, Proxy, proxied, written

pytestmark = pytest.mark.skipif(shutil.which(NGINX) is None, reason="nginx is not installed")
HOST = f"Host: {NAME}\r\n".encode()
CLOSE = b"Connection: close\r\n"


@dataclass
class Stand:
    proxy: Proxy
    live: Here
    token: str

    def status(self, sent: bytes) -> int:
        return int(self.proxy.say(sent).split(b" ", 2)[1])

    def get(self, target: str, more: bytes = b"") -> bytes:
        return self.proxy.say(f"GET {target} HTTP/1.1\r\n".encode() + HOST + CLOSE + more + b"\r\n")

    def bearer(self) -> bytes:
        return f"Authorization: Bearer {self.token}\r\n".encode()


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    tmp_path = tmp_path_factory.mktemp("nginx")
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack, key="nik")
        aid.source("dinsos.orang", [row(1), row(2)])
        aid.town.client("bappeda-app", "bappeda")
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["nik", "nama"]', more='mask = { nik = "token" }')
        live = stack.enter_context(listening(aid.town))
        proxy = stack.enter_context(proxied(tmp_path / "nginx", live.port))
        pair = base64.b64encode(f"bappeda-app:{aid.town.secrets['bappeda-app']}".encode())
        body = b"grant_type=client_credentials"
        head = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body)
        said = proxy.say(b"POST /oauth/token HTTP/1.1\r\n" + HOST + CLOSE + b"Authorization: Basic " + pair + b"\r\n" + head + body)
        found = re.search(rb'"access_token":"([^"]+)"', said)
        assert found, said
        yield Stand(proxy, live, found[1].decode())


def test_nginx_accepts_the_shipped_configuration(tmp_path: Path) -> None:
    main, _ = written(tmp_path, 8000)
    tested = subprocess.run([NGINX, "-t", "-c", str(main), "-p", str(tmp_path)], capture_output=True, text=True, check=False)
    assert (tested.returncode, "warn" in tested.stderr) == (0, False), tested.stderr


def test_a_question_is_answered_over_tls_with_the_gateways_headers(stand: Stand) -> None:
    head, _, body = stand.get("/v1/orang", stand.bearer()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b'"Orang 1"' in body
    lower = head.lower()
    for header in (b"strict-transport-security: max-age=31536000", b"titian-exchange: ", b"titian-receipt: ", b"cache-control: "):
        assert header in lower
    assert b"server: nginx\r\n" in lower
    for bad in (b"/1.2", b"via:", b"x-powered-by"):
        assert bad not in lower.partition(b"\r\n")[2]


def test_the_first_page_is_served(stand: Stand) -> None:
    reply = stand.get("/")
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert b"Gerbang data Kota Uji" in reply
    assert b"content-security-policy: default-src 'none'; style-src 'self'" in reply


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_the_operator_stays_on_the_machine(stand: Stand, path: str) -> None:
    assert stand.get(path).startswith(b"HTTP/1.1 404 ")
    assert httpx2.get(f"http://127.0.0.1:{stand.live.port}{path}", trust_env=False).status_code == 200


HIDDEN = b"GET /v1/orang HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /oauth/token HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN, 400),
        (b"POST /oauth/token HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde" + HIDDEN, 400),
        (b"POST /oauth/token HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n" + HIDDEN, 501),
        (b"GET /v1/orang HTTP/1.1\r\n" + HOST + HOST + b"\r\n" + HIDDEN, 400),
        (b"GET /v1/orang HTTP/1.1\r\n\r\n" + HIDDEN, 400),
        (b"GET https://lain.example/v1/orang HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", 421),
        (b"GET /v1/orang HTTP/1.1\r\nHost: lain.example\r\n" + CLOSE + b"\r\n", 421),
        (b"GET /v1/orang/..%2f..%2fstatus HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", 400),
        (b"GET /v1/orang/%252e%252e HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", 400),
        (b"POST /oauth/token HTTP/1.1\r\n" + HOST + CLOSE + b"Content-Length: 1048577\r\n\r\n", 413),
        (b"GET /" + b"a" * 30000 + b" HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + HOST + CLOSE + b"X: " + b"a" * 30000 + b"\r\n\r\n", 400),
    ],
)
def test_what_two_parsers_could_read_differently_ends_here(stand: Stand, sent: bytes, status: int) -> None:
    said = stand.proxy.say(sent)
    assert int(said.split(b" ", 2)[1]) == status
    assert said.count(b"HTTP/1.1 ") == 1


def test_a_header_that_is_not_plain_does_not_reach_the_gateway(stand: Stand) -> None:
    """The gateway would refuse `_`; nginx drops it before."""
    assert stand.status(b"GET /healthz HTTP/1.1\r\n" + HOST + CLOSE + b"X_Y: 1\r\n\r\n") == 200


def test_another_name_gets_no_certificate(stand: Stand) -> None:
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        stand.proxy.say(b"GET / HTTP/1.1\r\n\r\n", name="lain.example")


def test_nothing_is_answered_in_clear(stand: Stand) -> None:
    base = f"http://127.0.0.1:{stand.proxy.clear}"
    page = httpx2.get(base + "/", headers={"host": NAME}, trust_env=False, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (308, f"https://{NAME}/")
    asked = httpx2.get(base + "/v1/orang?nama=x", headers={"host": NAME, "authorization": f"Bearer {stand.token}"}, trust_env=False)
    assert asked.status_code == 403


def test_the_logs_tell_no_value_of_anybody(stand: Stand) -> None:
    values = (nik(7), "kunci-pribadi-7", "nilai-pribadi-7")
    for target in (f"/v1/orang/{nik(7)}", "/v1/orang/kunci-pribadi-7?nama=nilai-pribadi-7", "/nilai-pribadi-7?x=kunci-pribadi-7", "/v1/orang"):
        stand.get(target, stand.bearer())
    stand.get("/%ff/nilai-pribadi-7")
    said = stand.proxy.logs()
    assert '"route":"/v1/orang/"' in said
    assert '"route":"/v1/orang"' in said
    assert re.search(r'"exchange":"0[0-9A-Z]{25}"', said)
    for value in (*values, stand.token, "Bearer", "Basic", "?"):
        assert value not in said, value
    assert not [path for name in ("body", "proxy") for path in (stand.proxy.folder / name).rglob("*") if path.is_file()]


def test_a_gateway_that_is_away_is_said_as_a_problem_and_logs_nothing_more(tmp_path: Path) -> None:
    with proxied(tmp_path / "nginx", 1) as proxy:
        said = proxy.say(b"GET /v1/orang/kunci-pribadi-8?nama=nilai-pribadi-8 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")
        head, _, body = said.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"Content-Type: application/problem+json" in head
        assert b"Retry-After: 5" in head
        assert b'"code":"unavailable"' in body
        assert "pribadi-8" not in proxy.logs()
