"""The one-file clients in PHP and Python, each as a program of its own, against a gateway that really runs."""

import ast
import json
import re
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from joserfc.jwk import ECKey, RSAKey

from tests.api.test_server import free_port, served
from tests.fixtures.aid import Aid, row
from tests.fixtures.town import ROOT, Town

PHP, PYTHON = ROOT / "clients" / "titian.php", ROOT / "clients" / "titian.py"
LANGUAGES = [pytest.param("php", marks=pytest.mark.skipif(shutil.which("php") is None, reason="PHP is not installed")), "python"]
KEYS = {
    "ec-app": ECKey.generate_key("P-256", {"kid": "lama"}),
    "rsa-app": RSAKey.generate_key(2048),
    "dua-app": ECKey.generate_key("P-256", {"kid": "b"}),
}
DRIVERS = {
    "php": """<?php
require $argv[1];
$in = json_decode(stream_get_contents(STDIN), true);
$out = array();
$titian = new TitianClient($in['base'], $in['id'], $in['options']);
foreach ($in['asks'] as $ask) {
    try {
        $found = call_user_func_array(array($titian, array_shift($ask)), $ask);
        $out[] = $found instanceof Traversable ? iterator_to_array($found, false) : $found;
    } catch (TitianError $error) {
        $out[] = array('status' => $error->status, 'problem' => $error->problem, 'said' => $error->getMessage());
    }
}
echo json_encode($out);
""",
    "python": """
import json, sys, types
sys.path.insert(0, sys.argv[1].rpartition("/")[0])
from titian import TitianClient, TitianError
given = json.load(sys.stdin)
out = []
titian = TitianClient(given["base"], given["id"], **given["options"])
for name, *rest in given["asks"]:
    try:
        found = getattr(titian, name)(*rest)
        out.append(list(found) if isinstance(found, types.GeneratorType) else found)
    except TitianError as error:
        out.append({"status": error.status, "problem": error.problem, "said": str(error)})
print(json.dumps(out))
""",
}


@dataclass
class World:
    base: str
    town: Town
    folder: Path

    def ask(self, language: str, *asks: Any, identifier: str = "bappeda-app", base: str | None = None, **options: Any) -> list[Any]:
        """What the client of a language answers to [method, argument, …], one result for each."""
        proof = {"key": KEYS[identifier].as_pem(private=True).decode()} if identifier in KEYS else {"secret": self.town.secrets[identifier]}
        chosen = {"audience": self.town.settings.public_url, "folder": str(self.folder), **proof, **options}
        given = {"base": base or self.base, "id": identifier, "options": chosen, "asks": asks}
        command = ["php", "-d", "error_reporting=-1", "-d", "display_errors=1"] if language == "php" else [sys.executable, "-W", "error"]
        program = self.folder / f"driver.{language}"
        program.write_text(DRIVERS[language])
        done = subprocess.run(
            [*command, str(program), str(PHP if language == "php" else PYTHON)],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found: list[Any] = json.loads(done.stdout)
        return found

    def kept(self) -> Path:
        (path,) = self.folder.glob("titian-*.json")
        return path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Town]]:
    home = tmp_path_factory.mktemp("clients")
    with ExitStack() as stack:
        aid = Aid(home, stack)
        aid.source("dinsos.orang", [row(number) for number in range(1, 8)])
        aid.town.client("bappeda-app", "bappeda")
        aid.town.client_with_keys("ec-app", "bappeda", KEYS["ec-app"])
        aid.town.client_with_keys("rsa-app", "bappeda", KEYS["rsa-app"])
        aid.town.client_with_keys("dua-app", "bappeda", ECKey.generate_key("P-256", {"kid": "a"}), KEYS["dua-app"])
        aid.town.agreement("PKS-1", "bappeda", "dinsos", "orang", purposes='["uji", "lain"]')
        port = free_port()
        stack.enter_context(served(aid.town, port))
        yield f"http://127.0.0.1:{port}", aid.town


@pytest.fixture
def world(running: tuple[str, Town], tmp_path: Path) -> World:
    return World(*running, tmp_path)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("identifier", ["bappeda-app", "ec-app", "rsa-app"])
def test_lists_searches_and_pages_are_asked_with_a_secret_and_with_either_kind_of_key(world: World, language: str, identifier: str) -> None:
    asks = (
        ["get", "/v1/orang", {"id": ["0001", "0003"], "fields": "id,nama"}],
        ["get", "/v1/orang/0002?fields=id"],
        ["search", "orang", {"filter": {"nama": "Orang 4"}, "fields": ["id"]}],
        ["search", "orang", {}],
        ["all", "orang", {"limit": 3, "fields": "id"}],
        ["all", "orang"],
    )
    some, one, found, every, pages, whole = world.ask(language, *asks, identifier=identifier, purpose="uji")
    assert [record["id"] for record in some["data"]] == ["0001", "0003"]
    assert one["data"] == {"id": "0002"}
    assert found["data"] == [{"id": "0004"}]
    assert every["meta"]["count"] == 7
    assert [record["id"] for record in pages] == [f"{number:04}" for number in range(1, 8)]
    assert len(whole) == 7


@pytest.mark.parametrize("language", LANGUAGES)
def test_key_is_named_where_several_are_registered(world: World, language: str) -> None:
    for kid, status in ((None, 401), ("a", 401), ("b", 200)):
        (found,) = world.ask(language, ["get", "/v1"], identifier="dua-app", **({} if kid is None else {"kid": kid}))
        assert found.get("status", 200) == status


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_bear_the_members_of_the_problem(world: World, language: str) -> None:
    wrong, missing, purpose = world.ask(language, ["get", "/v1/orang", {"karangan": 1}], ["get", "/v1/tidak-ada"], ["all", "orang"])
    assert (wrong["status"], wrong["problem"]["code"], wrong["problem"]["errors"][0]["code"]) == (400, "bad_question", "unknown")
    assert wrong["problem"]["exchange"]
    assert wrong["said"].startswith("400 bad_question: ")
    assert (missing["status"], missing["problem"]["code"]) == (404, "no_such_resource")
    assert (purpose["status"], purpose["problem"]["code"]) == (403, "purpose_required")
    (stranger,) = world.ask(language, ["get", "/v1"], secret="salah")
    assert (stranger["status"], stranger["problem"]["code"]) == (401, "invalid_client")
    (nobody,) = world.ask(language, ["get", "/v1"], base=f"http://127.0.0.1:{free_port()}")
    assert (nobody["status"], nobody["problem"]["code"]) == (0, "no_answer")


@pytest.mark.parametrize("language", LANGUAGES)
def test_token_is_kept_for_the_next_program_and_from_everybody_else(world: World, language: str) -> None:
    world.ask(language, ["get", "/v1"])
    kept = world.kept()
    assert kept.stat().st_mode & 0o777 == 0o600
    first = kept.read_text()
    assert world.town.secrets["bappeda-app"] not in first
    world.ask(language, ["get", "/v1"])
    assert kept.read_text() == first
    kept.chmod(0o644)
    world.ask(language, ["get", "/v1"])
    assert kept.read_text() != first
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.suffix for path in world.folder.iterdir() if path.name.startswith("titian")] == [".json"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_token_that_is_refused_is_renewed_once(world: World, language: str) -> None:
    world.ask(language, ["get", "/v1"])
    kept = world.kept()
    for text in (json.dumps({"token": "a.b.c", "until": time.time() + 500}), "[]", "{", '{"token": 5}'):
        kept.write_text(text)
        (found,) = world.ask(language, ["get", "/v1"])
        assert found["data"]
        assert json.loads(kept.read_text())["token"] != "a.b.c"


@pytest.mark.parametrize("language", LANGUAGES)
def test_folder_in_which_nothing_can_be_kept_is_no_obstacle(world: World, language: str) -> None:
    found, again = world.ask(language, ["get", "/v1"], ["get", "/v1"], folder=str(world.folder / "none"))
    assert found["data"] == again["data"]


class FarSide(BaseHTTPRequestHandler):
    """A token for everybody, then a refusal, and a redirect elsewhere."""

    asked: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.reply(200, {"access_token": f"t{len(self.asked)}", "expires_in": 600})

    def do_GET(self) -> None:
        self.reply(302 if self.path == "/pindah" else 401, {"code": "unknown_caller"})

    def reply(self, status: int, body: Any) -> None:
        self.asked.append(f"{self.command} {self.path} {self.headers['authorization']}")
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("location", "/lain")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def far_side(folder: Path) -> Iterator[tuple[str, list[str], str]]:
    """An https address, what was asked there, the file of its CA."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    kind = type("Side", (FarSide,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}", kind.asked, str(folder / "ca.pem")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_far_side_whose_certificate_nobody_vouches_for_is_told_no_secret(world: World, language: str) -> None:
    with far_side(world.folder) as (base, asked, ca):
        (stranger,) = world.ask(language, ["get", "/v1"], base=base)
        assert (stranger["status"], stranger["problem"]["code"]) == (0, "no_answer")
        assert asked == []
        (known,) = world.ask(language, ["get", "/v1"], base=base, ca=ca)
        assert known["status"] == 401
        (wrong_name,) = world.ask(language, ["get", "/v1"], base=base.replace("127.0.0.1", "localhost"), ca=ca)
        assert wrong_name["status"] == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusal_is_tried_once_more_with_a_new_token_and_a_redirect_is_not_followed(world: World, language: str) -> None:
    with far_side(world.folder) as (base, asked, ca):
        refused, moved = world.ask(language, ["get", "/v1"], ["get", "/pindah"], base=base, ca=ca)
        assert (refused["status"], moved["status"]) == (401, 302)
        assert [line.split()[0] + line.split()[-1] for line in asked if "Bearer" in line] == ["GETt0", "GETt2", "GETt2"]
        assert [line.split()[1] for line in asked] == ["/oauth/token", "/v1", "/oauth/token", "/v1", "/pindah"]


NEWER = {
    "return type": r"\bfunction\b[^{;]*\)\s*:",
    "scalar type": r"\b(?:int|string|bool|float|iterable|object|mixed)\s+\$",
    "typed property": r"\b(?:private|protected|public|static|var)\s+(?:static\s+)?(?!function\b|static\b)\??[\w\\|]+\s+\$",
    "nullable": r"\?[A-Za-z\\]\w*\s+\$",
    "constant visibility": r"\b(?:private|protected|public)\s+const\b",
    "operators": r"\?\?|<=>|\?->|\*\*=",
    "short closure": r"\bfn\s*\(",
    "destructuring": r"\[[^\]=>]*\$[^\]=>]*\]\s*=[^=>]|foreach\s*\([^)]*as\s*\[",
    "anonymous class": r"\bnew\s+class\b",
    "words": r"\b(?:match|enum|readonly)\b\s*[({\w]|\byield\s+from\b|\bstrict_types\b|\bThrowable\b|#\[|\buse\s+\w+\\\{",
    "several exceptions": r"catch\s*\([^)]*\|",
    "literals": r"\b\d+_\d+\b|\[\s*\.\.\.",
    "promotion": r"\(\s*(?:private|protected|public)\s",
    "functions": r"\b(?:random_bytes|random_int|intdiv|str_contains|str_starts_with|str_ends_with|array_key_first|array_key_last|array_is_list"
    r"|is_iterable|is_countable|hrtime|JSON_THROW_ON_ERROR|PHP_OS_FAMILY|curl_share_strerror)\b",
}


def code_of(text: str) -> str:
    """Without comments and the contents of strings."""
    return re.sub(r"/\*.*?\*/|//[^\n]*|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", "''", text, flags=re.DOTALL)


@pytest.mark.parametrize("name", NEWER)
def test_php_client_uses_nothing_newer_than_php_5_6(name: str) -> None:
    assert re.search(NEWER[name], code_of(PHP.read_text())) is None


@pytest.mark.parametrize(
    "text",
    [
        "function a(): int {",
        "function a(string $b)",
        "private array $b;",
        "public ?Foo $b = null;",
        "private const A = 1;",
        "$a ?? 1",
        "$a?->b",
        "fn($x) => 1",
        "[$a, $b] = f();",
        "foreach ($x as [$a])",
        "new class {",
        "match ($a) {",
        "catch (A | B $e)",
        "1_000",
        "random_bytes(5)",
    ],
)
def test_newer_syntax_would_be_found(text: str) -> None:
    assert any(re.search(pattern, code_of(text)) for pattern in NEWER.values())


@pytest.mark.skipif(shutil.which("php") is None, reason="PHP is not installed")
def test_php_client_parses() -> None:
    assert subprocess.run(["php", "-l", str(PHP)], capture_output=True, check=False).returncode == 0


def test_python_client_parses_as_python_3_8_and_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(PYTHON.read_text(), feature_version=(3, 8))
    named = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in named} <= set(sys.stdlib_module_names)
