"""What a running gateway says of itself, asked from another process."""

from __future__ import annotations

import json
from typing import Any

import httpx2

from app.errors import CityError, Problem

PATIENCE = 10.0
MOST = 4 * 1024 * 1024
"""Seconds, and bytes of an answer."""


def asked(base: str) -> dict[str, Any]:
    """`/status` of the gateway at `base`; raises CityError where nothing usable is there. No proxy, no redirect is followed."""
    try:
        with (
            httpx2.Client(timeout=PATIENCE, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", f"{base.rstrip('/')}/status") as reply,
        ):
            body = bytearray()
            for piece in reply.iter_bytes():
                body += piece
                if len(body) > MOST:
                    raise _none(base, "what answers here is no gateway")
            found = json.loads(body)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise _none(base, "no gateway answers here") from error
    if not isinstance(found, dict) or "systems" not in found:
        raise _none(base, "what answers here is no gateway")
    return found


def _none(base: str, meaning: str) -> CityError:
    return CityError([Problem(base, 1, "no_gateway", meaning, "Start it with titian serve, or name its address with --url.")])
