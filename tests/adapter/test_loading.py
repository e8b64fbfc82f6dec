"""From a system's file to sources that can be asked: kinds found by name, their own models, secrets, networks."""

import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.adapter.loading import World, build, find, kinds
from app.adapter.reading import read
from app.adapter.secret import Secrets
from app.adapter.source import Source
from app.contract.contract import Contract
from app.errors import CityError, Problem
from tests.fixtures.lists import LISTS, ROOT, prop

CONTRACTS = {name: Contract(name, "1.0.0", name, "", "terbatas", {"id": prop(key=1), "nama": prop()}, ("id",)) for name in ("orang", "usaha")}
RESOURCE = '[[resource]]\ncontract = "{contract}"\n[resource.read]\nlist = "/{contract}"\n[resource.map]\nid = "no"\n'
HEAD = """\
id = "dinsos.uji"
title = "Uji"
kind = "rest"
legal_basis = "Perwal uji"
[connection]
base = "http://127.0.0.1:9"
networks = ["127.0.0.0/8"]
"""
FILE = HEAD + RESOURCE.format(contract="orang")
BASIC = '[connection.auth]\ntype = "basic"\nusername = "$USER"\npassword = "$PASS"\n'
SECRETS = Secrets({"USER": "budi", "PASS": "rahasia-sekali"})


def built(tmp_path: Path, text: str, **words: object) -> list[Source]:
    path = tmp_path / "dinsos.uji.toml"
    path.write_text(text)
    manifest, toml = read(path)
    return build(manifest, toml, World(**{"contracts": CONTRACTS, "lists": LISTS, "secrets": SECRETS, **words}))  # type: ignore[arg-type]


def problems(tmp_path: Path, text: str, **words: object) -> list[Problem]:
    with pytest.raises(CityError) as raised:
        built(tmp_path, text, **words)
    return raised.value.problems


@pytest.fixture
def kind_folder(tmp_path: Path) -> Iterator[Path]:
    """A second folder in which kinds are found, and everything imported from it forgotten afterwards."""
    import adapters

    folder = tmp_path / "kinds"
    folder.mkdir()
    adapters.__path__.append(str(folder))
    before = set(sys.modules)
    yield folder
    adapters.__path__.remove(str(folder))
    for name in {name for name in sys.modules if name.startswith("adapters.")} - before:
        del sys.modules[name]


def test_a_source_is_what_the_exchange_needs(tmp_path: Path) -> None:
    text = FILE.replace("[[resource]]", "timeout = 2.5\n[[resource]]\nscan = 77") + "[resource.push]\nid = { param = 'q' }\n"
    (source,) = built(tmp_path, text)
    assert (source.system, source.organisation, source.contract) == ("dinsos.uji", "dinsos", "orang")
    assert (source.scan, source.timeout, source.pushable) == (77, 2.5, ("id",))
    assert source.lens.shape({"no": 7}).key == ("7",)


def test_one_system_feeds_several_contracts_through_one_way(tmp_path: Path) -> None:
    sources = built(tmp_path, FILE + RESOURCE.format(contract="usaha"))
    assert [source.contract for source in sources] == ["orang", "usaha"]
    assert sources[0].adapter.way is sources[1].adapter.way  # type: ignore[attr-defined]


def test_one_system_feeds_a_contract_once(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, FILE + RESOURCE.format(contract="orang"))
    assert (found.code, found.line) == ("duplicate", 15)


def test_secrets_are_put_in_and_never_shown(tmp_path: Path) -> None:
    (source,) = built(tmp_path, FILE.replace("[[resource]]", BASIC + "[[resource]]"))
    assert "rahasia" not in f"{source!r} {source.adapter!r} {source.lens!r}"


def test_an_unknown_secret_is_told_once_at_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, FILE.replace("[[resource]]", BASIC.replace("$PASS", "$LAIN$LAIN") + "[[resource]]"))
    assert [(one.code, one.line) for one in found] == [("unknown_secret", 11)]
    assert found[0].remedy == "Put LAIN=… into TITIAN_SECRETS or the environment."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("networks =", "netwroks =", "7: unknown_key: connection.netwroks is not known here. Did you mean 'networks'?"),
        ('["127.0.0.0/8"]', "[127]", "7: wrong_type: connection.networks[0] is not text. Put it in quotes: codes and numbers of people are text."),
        ("[[resource]]", "timeout = 0\n[[resource]]", "8: wrong_value: connection.timeout cannot be used (Input should be greater than 0). Mend it."),
        ("[[resource]]", '[connection.auth]\ntype = "basik"\n[[resource]]', "8: unknown_value: connection.auth has an unknown type. See"),
        ("[[resource]]", '[connection.auth]\nuser = "a"\n[[resource]]', '8: missing_key: connection.auth has no type. Add type = "…".'),
        (
            "[[resource]]",
            '[connection.auth]\ntype = "basic"\nusername = "$USER"\n[[resource]]',
            "8: missing_key: connection.auth.password is missing",
        ),
        (
            "[[resource]]",
            BASIC + 'pasword = "$PASS"\n[[resource]]',
            "12: unknown_key: connection.auth.pasword is not known here. Did you mean 'password'?",
        ),
        ('list = "/orang"', 'lst = "/orang"', "11: unknown_key: resource.read.lst is not known here. Did you mean 'list'?"),
        ('list = "/orang"', 'list = "/orang"\nget = "/orang/{nama}"', "12: not_a_key_field: {nama} is not a key field. The key of orang is: id."),
        ('kind = "rest"', 'kind = "ress"', "3: unknown_kind: there is no kind 'ress'. Did you mean 'rest'?"),
        ('kind = "rest"', 'kind = "zzzzzz"', "3: unknown_kind: there is no kind 'zzzzzz'. Installed: "),
        ('contract = "orang"', 'contract = "orangg"', "9: unknown_contract: there is no contract 'orangg'. Did you mean 'orang'?"),
        ('contract = "orang"', 'contract = "zzz"', "9: unknown_contract: there is no contract 'zzz'. There are: orang, usaha."),
    ],
)
def test_what_a_kind_refuses_is_told_with_line_and_remedy(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = [str(one) for one in problems(tmp_path, FILE.replace(old, new, 1))]
    assert [one for one in found if one.startswith(f"dinsos.uji.toml:{said}")], found


def test_one_mistake_is_one_problem(tmp_path: Path) -> None:
    text = FILE.replace("[[resource]]", '[[connection.auth]]\ntype = "header"\nname = "X"\nvlue = "$PASS"\n[[resource]]')
    assert sorted(one.code for one in problems(tmp_path, text)) == ["missing_key", "unknown_key"]


@pytest.mark.parametrize("network", ["169.254.0.0/16", "fe80::/10", "169.254.169.254/32", "fd00:ec2::254/128", "10.0.0.0/99", "x"])
def test_metadata_and_link_local_networks_are_never_allowed(tmp_path: Path, network: str) -> None:
    found = problems(tmp_path, FILE.replace("127.0.0.0/8", network))
    assert {one.code for one in found} == {"networks"}
    assert found[0].line == 7


def test_the_ceiling_holds(tmp_path: Path) -> None:
    assert built(tmp_path, FILE, ceiling=(ip_network("127.0.0.0/8"),))
    (found,) = problems(tmp_path, FILE, ceiling=(ip_network("10.0.0.0/8"),))
    assert found.code == "networks"


def test_a_private_address_needs_its_network_named(tmp_path: Path) -> None:
    text = FILE.replace('networks = ["127.0.0.0/8"]\n', "")
    assert [one.code for one in problems(tmp_path, text)] == ["networks"]
    assert built(tmp_path, text.replace("http://127.0.0.1:9", "https://siks.example.org"))


def test_a_broken_contract_is_not_told_a_second_time(tmp_path: Path) -> None:
    assert built(tmp_path, FILE, contracts={}, broken=frozenset({"orang"})) == []
    assert [one.code for one in problems(tmp_path, FILE, contracts={})] == ["unknown_contract"]


@pytest.mark.parametrize("name", ["tiada", "__init__", "_x", "../rest", "rest.x", "Rest", "", "a-b"])
def test_only_a_plain_name_of_a_file_is_a_kind(name: str) -> None:
    with pytest.raises(LookupError):
        find(name)


def test_a_kind_is_a_file_and_nothing_else(kind_folder: Path) -> None:
    assert "rest" in kinds()
    assert "gema" not in kinds()
    (kind_folder / "gema.py").write_text("Connection = Read = build = opened = None\n")
    assert "gema" in kinds()
    assert find("gema").__name__ == "adapters.gema"


def test_a_library_that_a_kind_lacks_is_named(tmp_path: Path, kind_folder: Path) -> None:
    (kind_folder / "sabun.py").write_text("import zeep_yang_tidak_ada\n")
    (found,) = problems(tmp_path, FILE.replace('kind = "rest"', 'kind = "sabun"'))
    assert (found.code, found.line) == ("missing_library", 3)
    assert "zeep_yang_tidak_ada" in found.meaning
    assert found.remedy == "pip install 'titian[sabun]'"


def test_the_host_imports_no_kind_by_itself() -> None:
    for path in (ROOT / "app").rglob("*.py"):
        assert not [line for line in path.read_text().splitlines() if line.strip().startswith(("import adapters", "from adapters"))], path


WATCH = """
import importlib, sys
seen = []
loud = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.mkdir", "os.remove")
sys.addaudithook(lambda event, args: seen.append(event) if event in loud else None)
from app.adapter.loading import kinds
for kind in kinds():
    importlib.import_module(f"adapters.{kind}")
assert seen == [], seen
"""


def test_nothing_happens_when_a_kind_is_imported() -> None:
    done = subprocess.run([sys.executable, "-B", "-W", "error", "-c", WATCH], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("token_url", "said"),
    [
        ("http://127.0.0.1:9/token", None),
        ("/token", None),
        ("http://auth.example.org/token", None),
        ("http://10.1.2.3/token", "networks: the address of token_url is not in the networks"),
        ("http://169.254.169.254/token", "networks: the address of token_url is not in the networks"),
        ("http://127.0.0.1:25/token", "token_url: token_url cannot be used (port 25"),
        ("http://u:p@127.0.0.1/token", "token_url: token_url cannot be used (an http or https address without user, query or fragment)"),
        ("http://127.0.0.1/token?a=b", "token_url: token_url cannot be used (an http or https address without user, query or fragment)"),
        ("auth.example.org", "wrong_value: connection.auth.token_url cannot be used"),
    ],
)
def test_where_tokens_are_fetched_is_looked_at(tmp_path: Path, token_url: str, said: str | None) -> None:
    grant = f'[connection.auth]\ntype = "oauth2"\ntoken_url = "{token_url}"\nclient_id = "titian"\nclient_secret = "$PASS"\n'
    text = FILE.replace("[[resource]]", grant + "[[resource]]")
    if said is None:
        assert built(tmp_path, text)
        return
    (found,) = problems(tmp_path, text)
    assert str(found).startswith(f"dinsos.uji.toml:10: {said}")
    assert "rahasia" not in str(found)


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        ('type = "basic"\nusername = "$USER"\npassword = "$PASS"', 'type = "bearer"\ntoken = "$PASS"', "header authorization"),
        ('type = "header"\nname = "X-Key"\nvalue = "$PASS"', 'type = "header"\nname = "x-key"\nvalue = "$USER"', "header x-key"),
        ('type = "query"\nname = "k"\nvalue = "$PASS"', 'type = "query"\nname = "k"\nvalue = "$USER"', "parameter k"),
    ],
)
def test_a_login_that_writes_over_another_is_told(tmp_path: Path, first: str, second: str, place: str) -> None:
    def text(second: str) -> str:
        return FILE.replace("[[resource]]", f"[[connection.auth]]\n{first}\n[[connection.auth]]\n{second}\n[[resource]]")

    (found,) = problems(tmp_path, text(second))
    assert (found.line, found.code) == (8 + first.count("\n") + 2, "login_twice")
    assert place in found.meaning
    assert built(tmp_path, text('type = "header"\nname = "X-Lain"\nvalue = "$PASS"'))


def test_over_http_an_order_needs_a_parameter(tmp_path: Path) -> None:
    text = FILE + '[resource.sort]\nfields = ["id"]\n'
    (found,) = problems(tmp_path, text)
    assert (found.line, found.code) == (14, "sort")
    assert built(tmp_path, text + 'param = "urut"\n')
    assert built(tmp_path, FILE + "[resource.sort]\nby_key = true\n")


SHEET = """\
id = "dinsos.uji"
title = "Uji"
kind = "sheet"
legal_basis = "Perwal uji"
[connection]
source = "a.xlsx"
[[responses]]
when = { status = 200 }
then = "ok"
[[resource]]
contract = "orang"
[resource.page]
style = "page"
[resource.push]
id = { param = "id" }
[resource.sort]
fields = ["id"]
[resource.fields]
param = "kolom"
[resource.map]
id = "id"
nama = "nama"
"""


def test_what_only_a_source_that_answers_questions_could_do_is_refused_for_a_sheet(tmp_path: Path) -> None:
    found = [(problem.line, problem.code, problem.remedy) for problem in problems(tmp_path, SHEET)]
    assert sorted(line for line, code, _ in found if code == "idle_word") == [7, 12, 14, 16, 18]
    assert all(remedy.startswith("Remove ") for _, code, remedy in found if code == "idle_word")
