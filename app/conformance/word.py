"""Whether a sick source is called by its name: the file against a far side that is dead, knows us not, or says nonsense."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.adapter.loading import find
from app.adapter.testing import Case, Far, closing, far, first_page, source_at, told_by_rules
from app.conformance.check import BRONZE, SILVER, Check
from app.errors import BadAnswer, Refused, SourceError, Text, Throttled, Unreachable

WORDS: dict[str, type[SourceError]] = {
    "refused": Refused,
    "throttled": Throttled,
    "unreachable": Unreachable,
    "bad_answer": BadAnswer,
    "login_again": Refused,
}


async def spoken(case: Case) -> list[Check]:
    """Nothing for a kind that does not ask over HTTP."""
    if "base" not in find(case.manifest.kind).Connection.model_fields:
        return []
    found = [
        ("dead_host", BRONZE, _is(await _at(case, _nobody()), Unreachable)),
        ("wrong_password", BRONZE, await _says(case, Refused, status=401)),
        ("login_page", SILVER, await _says(case, BadAnswer, body=b"<html><form action=/login>", media="text/html")),
        ("server_error", SILVER, await _says(case, SourceError, status=500)),
        ("too_many", SILVER, await _says(case, Throttled, status=429)),
        ("error_in_200", SILVER, all([await _ruled(case, body, outcome) for body, outcome in told_by_rules(case.manifest)])),
    ]
    contract = case.resource.contract
    return [Check(contract, name, grade, passed, Text("kata yang benar", "the right word")) for name, grade, passed in found]


def _nobody() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def _at(case: Case, place: str) -> SourceError | None:
    """What the first page fails with; None where it does not."""
    async with closing(source_at(case, place)) as source:
        try:
            await first_page(source)
        except SourceError as error:
            return error
    return None


def _is(error: SourceError | None, word: type[SourceError]) -> bool:
    return isinstance(error, word)


@asynccontextmanager
async def _far(case: Case, **words: object) -> AsyncIterator[Far]:
    with far(case) as side:
        for name, value in words.items():
            setattr(side, name, value)
        yield side


async def _says(case: Case, word: type[SourceError], **words: object) -> bool:
    async with _far(case, **words) as side:
        return _is(await _at(case, side.address), word)


async def _ruled(case: Case, body: bytes, outcome: str) -> bool:
    async with _far(case, body=body) as side:
        error = await _at(case, side.address)
    return error is None if outcome in ("ok", "empty") else isinstance(error, WORDS[outcome])
