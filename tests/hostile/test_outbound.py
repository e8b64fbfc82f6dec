"""Where a system's file, a name server or a source would like to lead the gateway."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from typer.testing import CliRunner

from app import cli
from tests.fixtures.aid import NUMBERED, Aid, answers, row
from tests.fixtures.case import case
from tests.fixtures.far_side import Said, far_side
from tests.fixtures.names import among

INTRANET = "10.0.0.0/8"


def checked(aid: Aid) -> dict[str, set[str]]:
    """The codes of what `titian check` finds, by the id of the system."""
    found = CliRunner().invoke(cli.app, ["check", str(aid.town.folder), "--json"])
    said = json.loads(found.stdout)
    assert (found.exit_code == 1) == isinstance(said, list)
    codes: dict[str, set[str]] = {}
    for problem in said if found.exit_code else ():
        codes.setdefault(Path(problem["file"]).stem, set()).add(problem["code"])
    return codes


class To(NamedTuple):
    """A base's host, the address that it leads to, and the networks of the file."""

    host: str
    leads: str = "127.0.0.1"
    networks: str = INTRANET


def led(tmp_path: Path, *places: To) -> list[str]:
    """Where each ended: with `check`, or with the `question`. Nobody who listens on the loopback hears of it.

    One city in which every system feeds a contract of its own."""
    with ExitStack() as stack:
        side = stack.enter_context(far_side(lambda _asked: Said({"data": [], "total": 0})))
        aid = Aid(tmp_path, stack)
        aid.town.client("dinsos-app", "dinsos")
        port = side.address.rpartition(":")[2]
        names = [f"orang{number}" for number in range(len(places))]
        for name, place in zip(names, places, strict=True):
            aid.town.contract(name, NUMBERED)
            aid.system(f"dinsos.{name}", f"http://{place.host}:{port}", contract=name, networks=place.networks)
        codes = checked(aid)
        assert all(one in ({"networks"}, {"wrong_value"}) for one in codes.values())
        for system in codes:
            (aid.town.folder / "systems" / f"{system}.toml").unlink()
        addresses = {place.host: [place.leads] for place in places}

        async def journey() -> None:
            async with aid.town.open() as asking:
                for name in names:
                    if f"dinsos.{name}" not in codes:
                        problem = (await asking.get(f"/v1/{name}", "dinsos-app")).json()
                        assert (problem["status"], problem["code"], problem["reason"]) == (502, "source_refused", "address_not_allowed")

        among(lambda name: addresses.get(name, ["127.0.0.1"]), journey)
        assert side.asked == []
        return ["check" if f"dinsos.{name}" in codes else "question" for name in names]


@case(
    "H1", sent="A base at the gateway's own machine: 127.0.0.1, localhost, [::1], 0", must="`titian check` or the question refuses; nobody is called"
)
def test_the_machine_itself_is_no_system(tmp_path: Path) -> None:
    literal = [To(host, networks=networks) for host in ("127.0.0.1", "[::1]", "0.0.0.0") for networks in ("", INTRANET)]
    named = [
        To(host, leads, networks)
        for networks in ("", INTRANET)
        for host, leads in (("localhost", "127.0.0.1"), ("loopback", "::1"), ("0", "0.0.0.0"))
    ]
    assert led(tmp_path, *literal, *named) == ["check"] * 6 + ["question"] * 6


@case("H2", sent="The loopback in decimal, hex, octal, percent-encoded or Unicode digits", must="As H1")
def test_no_spelling_of_an_address_leads_past_the_check(tmp_path: Path) -> None:
    plain = ["2130706433", "0x7f000001", "0x7f.1", "127.1", "017700000001", "0177.0.0.1", "%31%32%37.0.0.1", "127%2e0.0.1"]
    other = ["①②⑦.0.0.1", "127。0。0。1", "１２７.0.0.1", "١٢٧.٠.٠.١"]
    assert led(tmp_path, *map(To, plain), *map(To, other)) == ["question"] * 8 + ["check"] * 4


@case(
    "H3",
    sent="Metadata, NAT64, 6to4, IPv4-mapped and IPv4-compatible addresses, as a base and as what a name leads to",
    must="As H1, whatever `networks` says",
)
def test_an_address_that_carries_another_is_judged_by_the_one_inside(tmp_path: Path) -> None:
    never = ["169.254.169.254", "fe80::1", "fd00:ec2::254"]
    carrying = ["64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "::ffff:127.0.0.1", "::127.0.0.1"]
    literal = [To(f"[{one}]" if ":" in one else one, one, "") for one in never + carrying]
    named = [To(f"aplikasi{number}.test", one, "") for number, one in enumerate(never + carrying)]
    listed = [To(f"[{one}]" if ":" in one else one, one, f"{one}/{128 if ':' in one else 32}") for one in never]
    assert led(tmp_path, *literal, *named, *listed) == ["check"] * 8 + ["question"] * 8 + ["check"] * 3


@case(
    "H4",
    sent="A name that leads to the system first and to the loopback later, or to both at once",
    must="Only the checked address is called; the question after the change is refused",
)
def test_a_name_that_moves_is_not_followed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        good = stack.enter_context(far_side(answers([row(1)], "id"), "127.0.0.2"))
        port = int(good.address.rpartition(":")[2])
        victim = stack.enter_context(far_side(lambda _asked: Said({"data": [], "total": 0}), "127.0.0.1", port))
        aid = Aid(tmp_path, stack)
        aid.system("dinsos.orang", f"http://aplikasi.test:{port}", networks="127.0.0.2/32")
        aid.town.client("dinsos-app", "dinsos")
        leads = iter([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2", "127.0.0.1"]])
        assert checked(aid) == {}

        async def journey() -> list[httpx2.Response]:
            async with aid.town.open() as asking:
                said = []
                for _ in range(3):
                    said.append(await asking.get("/v1/orang", "dinsos-app"))
                    await asking.gateway.catalog.close()
                return said

        (first, *later), looked_up = among(lambda _name: next(leads), journey)
        assert (first.status_code, first.json()["meta"]["count"]) == (200, 1)
        for reply in later:
            assert (reply.status_code, reply.json()["reason"]) == (502, "address_not_allowed")
        assert looked_up == ["aplikasi.test"] * 3
        assert len(good.asked) == 1
        assert victim.asked == []


POSTED = 'list = "/orang"\nmethod = "POST"\nbody = { rahasia = "1276010101909001" }\n'
LOGIN = """
[connection.auth]
type = "login"
request = { path = "/masuk", form = { nama = "$SOURCE_USER", sandi = "$SOURCE_PASSWORD" } }
token = "$.token"
"""


@pytest.mark.parametrize("way", ["list", "posted list", "one record", "login"])
@case(
    "H5",
    sent="301, 302, 303, 307 and 308 to an internal address, as the answer to a GET, a POST and a login",
    must="502 `source_bad_answer` (`redirect`); neither question, body nor login reaches the other address",
)
def test_a_redirect_is_followed_by_nobody(tmp_path: Path, way: str) -> None:
    with ExitStack() as stack:
        victim = stack.enter_context(far_side(lambda _asked: Said({"data": [row(1)], "total": 1, "token": "x"})))
        aid = Aid(tmp_path, stack)
        side = aid.source("dinsos.orang", [row(1)], connection=LOGIN if way == "login" else "")
        if way == "posted list":
            path = aid.town.folder / "systems" / "dinsos.orang.toml"
            path.write_text(path.read_text().replace('list = "/orang"\n', POSTED))
        aid.town.client("dinsos-app", "dinsos")
        to = f"{victim.address}/orang"

        async def journey() -> None:
            # Each anew: who lies ten times to one gateway is asked no more.
            for status in (301, 302, 303, 307, 308):
                async with aid.town.open() as asking:
                    for place in (to, to.removeprefix("http:")):
                        side.answer = lambda _asked, status=status, place=place: Said(b"", status, {"location": place, "refresh": f"0; url={place}"})
                        reply = await asking.get("/v1/orang/0001" if way == "one record" else "/v1/orang", "dinsos-app")
                        assert (reply.status_code, reply.json()["code"], reply.json()["reason"]) == (502, "source_bad_answer", "redirect")
                        assert to not in reply.text

        among(lambda _name: [], journey)
        assert {(one.method, one.path) for one in side.asked} == {
            "list": {("GET", "/orang")},
            "posted list": {("POST", "/orang")},
            "one record": {("GET", "/orang/0001")},
            "login": {("POST", "/masuk")},
        }[way]
        assert victim.asked == []


@case(
    "H6",
    sent="A base with another scheme, a user, a fragment, a port of mail, Redis or a shell, or a name with a dot at its end",
    must="`titian check` refuses the file; a trailing dot changes nothing about where a name may lead",
)
def test_a_base_is_a_plain_address_of_a_web_server(tmp_path: Path) -> None:
    bases = [
        *("file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "ftp://10.0.0.1/a", "//10.0.0.1/", "10.0.0.1", "http://"),
        *("http://a@10.0.0.1", "http://a:b@10.0.0.1", "http://:b@10.0.0.1", "http://10.0.0.1#@127.0.0.1", "http://10.0.0.1?@127.0.0.1"),
        *("http://10.0.0.1#", "http://10.0.0.1?", "http://10.0.0.1\\\\@127.0.0.1", "http://10.0.0.1:99999", "http://10.0.0.1:0x50"),
        *("http://10.0.0.1:25", "http://10.0.0.1:6379", "https://10.0.0.1:22", "http://10.0.0.1/a b", "http://10.0.0.1/\\u0000"),
    ]
    with ExitStack() as stack:
        aid = Aid(tmp_path / "bases", stack)
        for number, base in enumerate(bases):
            aid.system(f"dinsos.orang{number}", base, networks=INTRANET)
        assert checked(aid) == {f"dinsos.orang{number}": {"wrong_value"} for number in range(len(bases))}
    assert led(tmp_path / "dots", To("localhost."), To("127.0.0.1."), To("aplikasi.test.")) == ["question"] * 3
