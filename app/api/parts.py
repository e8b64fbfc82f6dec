"""What the frame is handed by main: callables and values, never another room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from app.catalog import City
from app.contract.contract import Contract
from app.exchange.permit import Reach

Reply = tuple[int, dict[str, Any], list[tuple[str, str]]]
Desk = Callable[[str | None, list[tuple[str, str]]], Reply]
"""Authorization header and form to an answer."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`edition` changes whenever the city was read again; `authenticate` proves a client by its Authorization header; `issue`, `revoke` and
    `introspect` answer what is sent to the token endpoints (in a thread); `reach` tells which fields of which contracts the bearer of a token
    may read or have compared, `access` what may be done with one contract and why, both raising UnknownCaller; `ready` names each part and
    whether it is well."""

    public_url: str
    version: str
    edition: Callable[[], int]
    city: Callable[[], City]
    contracts: Callable[[], Mapping[str, Contract]]
    codes: Callable[[Contract], Mapping[str, list[str]]]
    authenticate: Callable[[str | None], object | None]
    issue: Desk
    revoke: Desk
    introspect: Desk
    metadata: Callable[[], dict[str, Any]]
    jwks: Callable[[], dict[str, Any]]
    reach: Callable[[str], Mapping[str, Reach]]
    access: Callable[[str | None, str], dict[str, Any]]
    ready: Callable[[], Awaitable[dict[str, bool]]]
    status: Callable[[], dict[str, Any]]
    metrics: Callable[[], bytes]
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]
