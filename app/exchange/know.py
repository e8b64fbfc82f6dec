"""Who is asking: the token becomes a Caller; only then is the question read."""

from __future__ import annotations

from collections.abc import Callable

from app.errors import Text, UnknownCaller
from app.exchange.call import NOBODY, Answer, Call, Exchange, Stage
from app.exchange.question import Grammar
from app.trust.caller import Caller


def known(caller_of: Callable[[str], Caller], grammar: Grammar) -> Stage:
    def stage(call: Call) -> Call:
        async def asked(exchange: Exchange) -> Answer:
            if exchange.token is not None:
                exchange.caller = caller_of(exchange.token)
            elif exchange.contract.open:
                exchange.caller = NOBODY
            else:
                raise UnknownCaller(Text("Kirim Authorization: Bearer dengan token.", "Send Authorization: Bearer with a token."))
            exchange.query = grammar.parse(exchange)
            return await call(exchange)

        return asked

    return stage
