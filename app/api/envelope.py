"""The one shape of an answer: data, where it came from, as of when, how good; or the problem that stands in its place."""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import orjson

from app.api.problems import problem
from app.clock import stamp
from app.errors import Answerable
from app.exchange.call import Answer, Exchange, Limit, Outcome, Part, Place, Quality

Headers = list[tuple[bytes, bytes]]
JSON = (b"content-type", b"application/json")
VARY = b"Authorization, Accept-Language, Titian-Purpose, Prefer"


class Envelope:
    """Renders answers and refusals of the data routes. `seal` turns a place into a cursor."""

    def __init__(self, public_url: str, seal: Callable[[Place, Exchange], str]) -> None:
        self.public_url = public_url.rstrip("/")
        self.seal = seal

    def answer(self, exchange: Exchange, answer: Answer, salt: bytes) -> Outcome:
        single = exchange.query.key is not None
        data = orjson.dumps(answer.records[0] if single else answer.records, default=str)
        # A cache of the caller's own may keep what is not closed, but asks each time whether it still holds: agreements end.
        kept = answer.complete and exchange.body is None and exchange.contract.classification != "tertutup"
        headers = [*_common(exchange, salt, kept=kept), (b"titian-complete", b"?1" if answer.complete else b"?0")]
        if exchange.complete_only:
            headers.append((b"preference-applied", b"complete"))
        if exchange.body is None:
            tag = entity_tag(exchange, answer, data)
            headers += [(b"etag", tag), (b"vary", VARY)]
            if exchange.held is not None and held(tag, exchange.held):
                return Outcome(304, headers, b"")
        rest = orjson.dumps(
            {
                "meta": {
                    "count": len(answer.records),
                    "total": answer.total,
                    "complete": answer.complete,
                    "exchange": exchange.id,
                    "sources": [_source(part) for part in answer.parts],
                    "quality": _quality(answer.quality),
                },
                "links": {"self": self._link(exchange, None), "next": self._next(exchange, answer.next)},
            },
            default=str,
        )
        return Outcome(200, [JSON, *headers], b"".join((b'{"data":', data, b",", rest[1:])))

    def refusal(self, exchange: Exchange, error: Answerable, salt: bytes) -> Outcome:
        status, headers, body = problem(error, language=exchange.language, exchange=exchange.id, public_url=self.public_url)
        return Outcome(status, [*headers, *_common(exchange, salt)], body)

    def _link(self, exchange: Exchange, cursor: str | None) -> str:
        params = [(name, value) for name, value in exchange.params if cursor is None or name != "cursor"]
        if cursor is not None:
            params.append(("cursor", cursor))
        return self.public_url + exchange.path + ("?" + urlencode(params) if params else "")

    def _next(self, exchange: Exchange, place: Place | None) -> str | None:
        return None if place is None else self._link(exchange, self.seal(place, exchange))


def entity_tag(exchange: Exchange, answer: Answer, data: bytes) -> bytes:
    """RFC 9110 8.8.3: over what this caller sees and nothing that changes by itself; weak for a list."""
    seen = (
        exchange.caller.organisation,
        exchange.purpose,
        exchange.agreements,
        exchange.language,
        answer.complete,
        answer.total,
        answer.next is None,
    )
    hashed = sha256(orjson.dumps(seen))
    hashed.update(data)
    tag = b'"' + hashed.hexdigest()[:30].encode() + b'"'
    return tag if exchange.query.key is not None else b"W/" + tag


def held(tag: bytes, named: bytes) -> bool:
    """Whether If-None-Match names the tag, by weak comparison (RFC 9110 13.1.2)."""
    bare = tag.removeprefix(b"W/")
    return named.strip() == b"*" or any(one.strip().removeprefix(b"W/") == bare for one in named.split(b",")[:100])


def _common(exchange: Exchange, salt: bytes, *, kept: bool = False) -> Headers:
    headers = [
        (b"cache-control", b"private, no-cache" if kept else b"no-store"),
        (b"content-language", exchange.language.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"titian-exchange", exchange.id.encode()),
        (b"titian-receipt", base64.urlsafe_b64encode(salt).rstrip(b"=")),
    ]
    if exchange.limits:
        headers += _limits(exchange.limits)
    return headers


def _limits(limits: tuple[Limit, ...]) -> Headers:
    """RateLimit and RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers (a draft), and beside them the three older fields."""
    tightest = limits[0] if len(limits) == 1 else min(limits, key=lambda limit: limit.left)
    policy = ", ".join([f'"{limit.name}";q={limit.calls};w={limit.window}' for limit in limits])
    left = ", ".join([f'"{limit.name}";r={max(0, limit.left)};t={limit.reset}' for limit in limits])
    return [
        (b"ratelimit-policy", policy.encode()),
        (b"ratelimit", left.encode()),
        (b"ratelimit-limit", str(tightest.calls).encode()),
        (b"ratelimit-remaining", str(max(0, tightest.left)).encode()),
        (b"ratelimit-reset", str(tightest.reset).encode()),
    ]


def _source(part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {
        "system": part.system,
        "status": part.status,
        "as_of": stamp(part.as_of),
        "records": part.records,
        "rejected": len(part.rejected),
        "invalid": part.invalid,
        "differs": part.differs,
        "ms": part.ms,
    }
    if part.reason is not None:
        found["reason"] = part.reason
    if part.stale_since is not None:
        found["stale_since"] = stamp(part.stale_since)
    return found


def _quality(quality: Quality | None) -> dict[str, Any]:
    if quality is None:
        return {"basis": "answer", **dict.fromkeys(Quality._fields)}
    return {"basis": "answer", **dict(zip(Quality._fields, map(_rounded, quality), strict=True))}


def _rounded(value: float | None) -> float | None:
    # Most are whole, and to round costs more than to look.
    return value if value is None or value in (0.0, 1.0) else round(value, 4)
