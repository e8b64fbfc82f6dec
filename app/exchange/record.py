"""Outermost: whatever happened below is evidence, refusals too, before the caller hears of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from app.clock import monotonic
from app.errors import Answerable, Unavailable
from app.exchange.call import Answer, Call, Exchange, Outcome
from app.ledger.entry import Entry
from app.ledger.receipt import digest


class Book(Protocol):
    """The part of the ledger that an exchange needs."""

    def write(self, entry: Entry) -> Awaitable[None]:
        """Returns once the entry is committed; raises Unavailable where it cannot be."""

    def note(self, entry: Entry) -> None:
        """Written soon; nobody waits."""

    def salt(self, exchange: str) -> bytes:
        """The receipt of one exchange."""


Render = Callable[[Exchange, Answer, bytes], Outcome]
Refuse = Callable[[Exchange, Answerable, bytes], Outcome]
Ended = Callable[[Exchange], Awaitable[Outcome]]


def recorded(book: Book, *, render: Render, refuse: Refuse, time: Callable[[], str]) -> Callable[[Call], Ended]:
    """An answer that is not open data waits until its entry is committed; where it cannot be, it is 503 and nothing leaves."""

    def stage(call: Call) -> Ended:
        async def ended(exchange: Exchange) -> Outcome:
            started = monotonic()
            salt = book.salt(exchange.id)

            def entry(outcome: Outcome, subjects: tuple[str, ...] = ()) -> Entry:
                return _entry(exchange, outcome, salt, time=time(), started=started, subjects=subjects)

            try:
                answer = await call(exchange)
                outcome = render(exchange, answer, salt)
            except Answerable as error:
                outcome = refuse(exchange, error, salt)
                book.note(entry(outcome))
                return outcome
            except BaseException:
                book.note(entry(Outcome(500, [], b"")))
                raise
            try:
                if _public(exchange):
                    book.note(entry(outcome, answer.subjects))
                else:
                    await book.write(entry(outcome, answer.subjects))
            except Unavailable as error:
                outcome = refuse(exchange, error, salt)
            return outcome

        return ended

    return stage


def _public(exchange: Exchange) -> bool:
    """Whether nothing but open fields could be seen: of an open contract, without an agreement, of other organisations."""
    own = any(permit.source.organisation == exchange.caller.organisation for permit in exchange.permits)
    return exchange.contract.open and not exchange.agreements and not own


def _entry(exchange: Exchange, outcome: Outcome, salt: bytes, *, time: str, started: float, subjects: tuple[str, ...]) -> Entry:
    caller = exchange.caller
    return Entry(
        exchange=exchange.id,
        time=time,
        client=caller.client,
        organisation=caller.organisation,
        agreement=",".join(exchange.agreements),
        purpose=exchange.purpose or "",
        contract=exchange.contract.name,
        system="",
        action=exchange.action,
        route=exchange.route,
        filters=",".join(_asked(exchange)),
        subjects=subjects,
        status=outcome.status,
        sources=",".join(f"{system}={status}" for system, status in exchange.asked),
        request_digest=digest(salt, exchange.body or b""),
        response_digest=digest(salt, outcome.body),
        duration=round((monotonic() - started) * 1000),
        charges=exchange.charges,
    )


def _asked(exchange: Exchange) -> Iterable[str]:
    """The names of what was filtered, sorted and compared by."""
    query = exchange.query
    yield from (f"{condition.field}:{condition.op}" for condition in query.conditions)
    yield from (f"{name}:sort" for name, _ in query.sort)
    yield from (f"{name}:verify" for name in exchange.claims or ())
