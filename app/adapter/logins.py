"""Whether the logins of a system's file can be applied: where tokens are fetched, and that no login writes over another."""

from __future__ import annotations

from collections.abc import Iterable

from app.adapter.egress import Network, origin, outside
from app.adapter.manifest import Auth, Basic, Bearer, Header, Login, OAuth2, QueryKey, Web
from app.adapter.problem import Toml
from app.errors import Problem


def misfits(connection: Web, ceiling: tuple[Network, ...], toml: Toml) -> Iterable[Problem]:
    """All of them, each at its line. The networks of the connection must be readable."""
    several = isinstance(toml.content.get("connection", {}).get("auth"), list)
    seen: set[tuple[str, str]] = set()
    for index, auth in enumerate(connection.auth):
        where = ("connection", "auth", index) if several else ("connection", "auth")
        if isinstance(auth, OAuth2) and not auth.token_url.startswith("/"):
            yield from _token_url(auth.token_url, connection, ceiling, toml, where)
        place = _place(auth)
        if place in seen:
            meaning = f"two logins write the {place[0]} {place[1]}, and only the last of them would be sent"
            yield toml.problem(where, "login_twice", meaning, "Leave one of them, or let one use another name.")
        if place is not None:
            seen.add(place)


def _token_url(url: str, connection: Web, ceiling: tuple[Network, ...], toml: Toml, where: tuple[str | int, ...]) -> Iterable[Problem]:
    try:
        origin(url)
    except ValueError as error:
        meaning = f"token_url cannot be used ({str(error).removeprefix('base is ')})"
        yield toml.problem((*where, "token_url"), "token_url", meaning, "What stands behind ? belongs into query = { … }.")
        return
    if outside(url, connection, ceiling):
        remedy = "Name its range in networks; TITIAN_NETWORKS is the ceiling."
        yield toml.problem((*where, "token_url"), "networks", "the address of token_url is not in the networks that this file names", remedy)


def _place(auth: Auth) -> tuple[str, str] | None:
    """Where a login stands in a request."""
    if isinstance(auth, QueryKey):
        return "parameter", auth.name
    if isinstance(auth, Header):
        return "header", auth.name.lower()
    if isinstance(auth, Login):
        return "header", auth.attach.header.lower()
    return ("header", "authorization") if isinstance(auth, Basic | Bearer | OAuth2) else None
