"""`:verify`: what the caller claims is compared with the record; a word for each field comes out, never a value."""

from __future__ import annotations

from typing import Any

from app.exchange.call import Answer, Call, Exchange


def verified(call: Call) -> Call:
    async def asked(exchange: Exchange) -> Answer:
        answer = await call(exchange)
        if exchange.claims is not None:
            (record,) = answer.records
            # The numbers of quality are made of the values that are not told.
            answer.quality = None
            for part in answer.parts:
                part.invalid.clear()
                part.differs = 0
            answer.records = [{name: compared(claim, record.get(name)) for name, claim in exchange.claims.items()}]
        return answer

    return asked


def compared(claim: Any, value: Any) -> str:
    """`match`, `differs`, or `absent` where the record has no value. Text is compared without regard to case."""
    if value is None:
        return "absent"
    if isinstance(claim, str) and isinstance(value, str):
        return "match" if claim.casefold() == value.casefold() else "differs"
    return "match" if claim == value else "differs"
