"""What a reply means: the file's own rules first, then what HTTP says; and its body as JSON, recognised by its first character."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from app.adapter.manifest import Outcome, ResponseRule, Scalar, Test
from app.adapter.protocol import Reply
from app.adapter.rows import value
from app.clock import now
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable

CHARSET = re.compile(r"charset=\"?([A-Za-z0-9_-]+)", re.IGNORECASE)
LATIN = frozenset({"iso-8859-1", "latin-1", "latin1", "windows-1252", "cp1252"})
GONE = (502, 503, 504)
LONGEST_WAIT = 3600
Judge = Callable[[Reply, Any], Outcome | None]


def json_of(reply: Reply) -> Any:
    """Raises BadAnswer: empty_body, html_not_json, charset, not_json."""
    body = reply.body.removeprefix(codecs.BOM_UTF8).strip()
    if not body:
        raise BadAnswer("empty_body")
    if body.startswith(b"<"):
        raise BadAnswer("html_not_json")
    charset = CHARSET.search(reply.headers.get("content-type", ""))
    if charset is not None and charset[1].lower() in LATIN:
        body = body.decode("cp1252", errors="replace").encode()
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("charset" if not _utf8(body) else "not_json") from error


def _utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def judge(rules: Sequence[ResponseRule]) -> Judge:
    """The first of the file's rules whose tests all hold; None where none does. `body` is None where it could not be read."""
    compiled = [([_test(name, wanted) for name, wanted in rule.when.items()], rule.then) for rule in rules]

    def outcome(reply: Reply, body: Any) -> Outcome | None:
        for tests, then in compiled:
            if all(test(reply, body) for test in tests):
                return then
        return None

    return outcome


def _test(name: str, wanted: Test | Scalar) -> Callable[[Reply, Any], bool]:
    holds = _holds(wanted)
    if name == "status":
        return lambda reply, _body: holds(reply.status)
    if name == "content_type":
        return lambda reply, _body: holds(reply.headers.get("content-type", "").split(";")[0].strip().lower())
    find = value(name)
    return lambda _reply, body: holds(find(body))


def row_test(when: Mapping[str, Test | Scalar]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether the columns of a row meet every test; no test meets no row."""
    tests = [(name, _holds(wanted)) for name, wanted in when.items()]
    return lambda row: bool(tests) and all(holds(row.get(name)) for name, holds in tests)


def _holds(wanted: Test | Scalar) -> Callable[[Any], bool]:
    if not isinstance(wanted, Test):
        return lambda found: _same(found, wanted)

    def holds(found: Any) -> bool:
        if wanted.present is not None and (found is not None) != wanted.present:
            return False
        if wanted.contains is not None and not (isinstance(found, str) and wanted.contains in found):
            return False
        return wanted.one_of is None or any(_same(found, one) for one in wanted.one_of)

    return holds


def _same(found: Any, wanted: Scalar) -> bool:
    """Text is text and a boolean is a boolean: "1", 1 and true are three things."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def failure(outcome: str, reply: Reply, reason: str) -> SourceError:
    """The word for an outcome that is neither ok nor empty."""
    if outcome == "refused":
        return Refused(reason)
    if outcome == "throttled":
        told = retry_after(reply)
        return Throttled(reason) if told is None else Throttled(reason, retry_after=told, told=True)
    return Unreachable(reason) if outcome == "unreachable" else BadAnswer(reason)


def by_status(reply: Reply) -> Outcome:
    """What HTTP itself says, where the file says nothing."""
    status = reply.status
    if status == 429 or (status == 503 and "retry-after" in reply.headers):
        return "throttled"
    if status in GONE:
        return "unreachable"
    if status in (401, 403, 407):
        return "refused"
    return "ok" if 200 <= status < 300 else "bad_answer"


def retry_after(reply: Reply) -> int | None:
    """Seconds out of Retry-After (RFC 9110: a number or a date), bounded; None where it says nothing."""
    text = reply.headers.get("retry-after", "")
    if text.isdecimal():
        return min(int(text[:9]), LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(text) - now()).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(1, min(int(seconds), LONGEST_WAIT))
