"""Which addresses a system may live at."""

from ipaddress import ip_address, ip_network

import pytest

from app.adapter.egress import Pinned, allowed, forbidden
from app.adapter.egress.address import Forbidden, unwrapped
from app.adapter.manifest import Connection
from app.errors import Refused
from tests.fixtures.far_side import Said, far_side
from tests.fixtures.raw_side import answering, fails, way_to

LOOPBACK = [
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "017700000001",
    "0177.0.0.1",
    "１２７.0.0.1",
    "١٢٧.٠.٠.١",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "127%2e0.0.1",
    "[::1%25lo]",
    "localhost",
]
CARRYING = ["64:ff9b:1::7f00:1", "64:ff9b:1:a9fe:a9:fe00::", "::127.0.0.1", "::10.0.0.1"]
INTRANET = (ip_network("10.0.0.0/8"),)
ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@pytest.mark.anyio
@pytest.mark.parametrize("host", LOOPBACK)
async def test_no_spelling_of_the_loopback_is_connected_to(host: str) -> None:
    with far_side(lambda _asked: Said({})) as side:
        port = side.address.rsplit(":", 1)[1]
        async with way_to(f"http://{host}:{port}", lookup=answering("127.0.0.1"), networks=["10.0.0.0/8"]) as egress:
            with fails(Refused, "address_not_allowed"):
                await egress.ask("GET", "/")
            with fails(Refused, "address_not_allowed"):
                await egress.login("POST", "/", headers={}, form=None, json={})
        assert side.asked == []


@pytest.mark.anyio
@pytest.mark.parametrize("host", LOOPBACK)
async def test_the_resolver_refuses_a_spelling_by_what_it_leads_to(host: str) -> None:
    with pytest.raises(Forbidden):
        await Pinned((), (), answering("127.0.0.1")).addresses(host, 80)


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1"])
async def test_the_resolver_of_the_machine_is_not_trusted_with_odd_spellings(host: str) -> None:
    with pytest.raises(Forbidden):
        await Pinned((), ()).addresses(host, 80)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "10.1.2.3", "169.254.169.254", "0.0.0.0", "[fe80::1]"],
)
async def test_an_address_in_place_of_a_name_is_judged_too(host: str) -> None:
    with far_side(lambda _asked: Said({})) as side:
        port = side.address.rsplit(":", 1)[1]
        async with way_to(f"http://{host}:{port}", networks=[]) as egress:
            with fails(Refused, "address_not_allowed"):
                await egress.ask("GET", "/")
            with fails(Refused, "address_not_allowed"):
                await egress.login("POST", "/", headers={}, form=None, json={})
        assert side.asked == []


@pytest.mark.anyio
async def test_a_name_that_leads_to_a_public_and_a_loopback_address_is_refused() -> None:
    with far_side(lambda _asked: Said({})) as side:
        port = side.address.rsplit(":", 1)[1]
        async with way_to(f"http://layanan.test:{port}", lookup=answering("8.8.8.8", "127.0.0.1"), networks=[]) as egress:
            with fails(Refused, "address_not_allowed"):
                await egress.ask("GET", "/")
        assert side.asked == []


@pytest.mark.anyio
async def test_a_name_is_connected_to_at_the_address_that_was_checked() -> None:
    with far_side(lambda _asked: Said({"here": True})) as side:
        port = side.address.rsplit(":", 1)[1]
        async with way_to(f"http://layanan.test:{port}", lookup=answering("127.0.0.1")) as egress:
            assert (await egress.ask("GET", "/")).body == b'{"here": true}'
        assert side.asked[0].headers["host"] == f"layanan.test:{port}"


@pytest.mark.anyio
async def test_every_address_of_a_name_is_answered_where_all_are_allowed() -> None:
    found = await Pinned(ANYWHERE, (), answering("10.0.0.1", "2001:db8::1")).addresses("layanan.test", 443)
    assert found == ["10.0.0.1", "2001:db8::1"]


@pytest.mark.anyio
async def test_a_name_without_an_address_is_an_error() -> None:
    with pytest.raises(OSError, match="no address"):
        await Pinned((), (), answering()).addresses("layanan.test", 443)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2002:7f00:0001::", "127.0.0.1"),
        ("64:ff9b::a9fe:a9fe", "169.254.169.254"),
        ("2001:db8::1", "2001:db8::1"),
        ("10.1.2.3", "10.1.2.3"),
    ],
)
def test_an_address_inside_another_is_the_one_that_counts(outer: str, inner: str) -> None:
    assert unwrapped(ip_address(outer)) == ip_address(inner)


@pytest.mark.parametrize(
    "text",
    ["::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "100.64.0.1", "fc00::1", *CARRYING],
)
def test_without_networks_only_public_addresses_are_allowed(text: str) -> None:
    assert not allowed(ip_address(text), (), ())
    assert allowed(ip_address("8.8.8.8"), (), ())


@pytest.mark.parametrize(
    "text",
    ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::1", "fd00:ec2::254", "0.0.0.0", "::", "224.0.0.1", "ff02::1"],
)
def test_no_system_lives_at_a_metadata_address_whatever_a_file_names(text: str) -> None:
    assert not allowed(ip_address(text), ANYWHERE, ())
    assert not allowed(ip_address(text), (ip_network(text),), ANYWHERE)


def test_the_ceiling_stands_over_the_networks_of_a_file() -> None:
    assert allowed(ip_address("10.1.2.3"), INTRANET, INTRANET)
    assert not allowed(ip_address("10.1.2.3"), INTRANET, (ip_network("10.9.0.0/16"),))
    assert not allowed(ip_address("8.8.8.8"), (), INTRANET)


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        (["ten"], "'ten' is not a network (CIDR)"),
        (["169.254.169.254/32"], "169.254.169.254/32 is link-local, multicast or unspecified, where no system lives"),
        (["192.168.0.0/16"], "192.168.0.0/16 lies outside TITIAN_NETWORKS"),
    ],
)
def test_a_file_is_told_what_is_wrong_with_its_networks(networks: list[str], told: str) -> None:
    assert told in forbidden(Connection.model_validate({"networks": networks}), INTRANET)


def test_a_file_with_good_networks_is_told_nothing() -> None:
    assert forbidden(Connection.model_validate({"networks": ["10.1.0.0/16"]}), INTRANET) == []
