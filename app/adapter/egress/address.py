"""Which addresses a system may live at, and a resolver that answers no others.

Every address of a name is checked, and only the checked ones are connected to, so a name cannot change between check and call. Addresses that
carry another inside (IPv4-mapped, 6to4, NAT64) are judged by the one inside."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from app.adapter.manifest import Connection

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
NEVER = tuple(ip_network(text) for text in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "0.0.0.0/8", "::/128", "224.0.0.0/4", "ff00::/8"))
"""Link-local and metadata addresses, unspecified and multicast: no system lives there, whatever a file says."""
NAT64 = ip_network("64:ff9b::/96")
CARRYING = tuple(ip_network(text) for text in ("64:ff9b:1::/48", "::/96"))
"""Local NAT64 (RFC 8215) and IPv4-compatible addresses: Python calls them global, and what they carry may be anything but public."""
NAME = re.compile(r"[A-Za-z0-9_.-]+")
NUMBER = re.compile(r"\d+|0[xX][0-9a-fA-F]*")
"""Where the last part of a name is a number, resolvers take the name for an address (WHATWG URL, "ends in a number")."""
Lookup = Callable[[str, int], Awaitable[list[str]]]


def unwrapped(address: Address) -> Address:
    """The address inside a mapped, 6to4 or NAT64 address; any other as it is."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address


def inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def allowed(address: Address, networks: tuple[Network, ...], ceiling: tuple[Network, ...]) -> bool:
    """Within the system's networks (without any: public addresses only) and within the operator's ceiling (without one: anywhere)."""
    here = unwrapped(address)
    if inside(here, NEVER) or (ceiling and not inside(here, ceiling)):
        return False
    return inside(here, networks) if networks else here.is_global and not inside(here, CARRYING)


def forbidden(connection: Connection, ceiling: tuple[Network, ...]) -> list[str]:
    """What is wrong with the networks of a system's file, in sentences without a full stop; the address in its base or dsn included."""
    found: list[str] = []
    networks: list[Network] = []
    for text in connection.networks:
        try:
            network = ip_network(text)
        except ValueError:
            found.append(f"{text!r} is not a network (CIDR)")
            continue
        networks.append(network)
        if any(network.version == never.version and network.subnet_of(never) for never in NEVER):  # type: ignore[arg-type]
            found.append(f"{text} is link-local, multicast or unspecified, where no system lives")
        if ceiling and not any(network.version == top.version and network.subnet_of(top) for top in ceiling):  # type: ignore[arg-type]
            found.append(f"{text} lies outside TITIAN_NETWORKS")
    host: str = urlsplit(getattr(connection, "base", "")).hostname or str(getattr(connection, "host", ""))
    literal = _literal(host)
    if literal is not None and not found and not allowed(literal, tuple(networks), ceiling):
        word = "base" if hasattr(connection, "base") else "dsn"
        found.append(f"the address {literal} of {word} is not in the networks that this file names")
    return found


def outside(url: str, connection: Connection, ceiling: tuple[Network, ...]) -> bool:
    """Whether a url names an address where this system may not live; a name is judged when it is asked for."""
    literal = _literal(urlsplit(url).hostname or "")
    return literal is not None and not allowed(literal, tuple(ip_network(text) for text in connection.networks), ceiling)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


class Forbidden(OSError):
    """A name that leads to an address where this system may not live."""


class Pinned:
    """Resolves a name and answers only with addresses that were checked; one forbidden address refuses the whole name."""

    def __init__(self, networks: tuple[Network, ...], ceiling: tuple[Network, ...], lookup: Lookup | None = None) -> None:
        self.networks, self.ceiling = networks, ceiling
        self.lookup = lookup or _system_lookup

    async def addresses(self, host: str, port: int) -> list[str]:
        """Raises Forbidden, and OSError where there is none. An address in place of a name is judged and never looked up; other spellings
        of one (0x7f.1, 127.1) are refused, whatever they lead to, and so is a name that is not ASCII (an IDN is written xn--…)."""
        found = [host] if _is_address(host) else await self.lookup(_plain(host), port)
        if not found:
            raise OSError("no address")
        for address in found:
            if not allowed(ip_address(address), self.networks, self.ceiling):
                raise Forbidden("address not allowed")
        return found


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _plain(host: str) -> str:
    if not NAME.fullmatch(host) or NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise Forbidden("not a plain name")
    return host


async def _system_lookup(host: str, port: int) -> list[str]:
    found: list[Any] = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
