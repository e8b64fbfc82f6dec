"""What a running gateway says of itself, asked from another process."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector

from app.errors import CityError, Problem

PATIENCE = 10.0
MOST = 4 * 1024 * 1024
"""Seconds, and bytes of an answer."""


def asked(base: str) -> dict[str, Any]:
    """`/status` of the gateway at `base`; raises CityError where nothing usable is there. No proxy, no redirect is followed."""
    if urlsplit(base).scheme not in ("http", "https"):
        raise _none(base, "this is no http address")
    opener = OpenerDirector()
    for kind in (HTTPHandler, HTTPSHandler):
        opener.add_handler(kind())
    try:
        with opener.open(f"{base.rstrip('/')}/status", timeout=PATIENCE) as reply:
            found = json.loads(reply.read(MOST))
    except (URLError, OSError, ValueError) as error:
        raise _none(base, "no gateway answers here") from error
    if not isinstance(found, dict) or "systems" not in found:
        raise _none(base, "what answers here is no gateway")
    return found


def _none(base: str, meaning: str) -> CityError:
    return CityError([Problem(base, 1, "no_gateway", meaning, "Start it with titian serve, or name its address with --url.")])
