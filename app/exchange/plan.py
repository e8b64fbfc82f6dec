"""How one permit is read: what its source filters, sorts and leaves out itself, and what is tested here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.adapter.protocol import Condition, Pushed, Question
from app.errors import Text, Unprocessable
from app.exchange.call import Exchange, Permit, Stand, Test

Words = tuple[tuple[str, bool], ...]


class Plan(NamedTuple):
    """`asks` are the questions to put one after another, each with its filters; `residual`: something only we can test, and `test` does.

    `sort` is the order that the source was found to give, None for its own; `fields` the columns that are needed, () for all."""

    permit: Permit
    asks: tuple[tuple[Pushed, ...], ...]
    residual: bool
    test: Test | None
    sort: Words | None = None
    fields: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the source can say how many records there are, exactly."""
        return self.permit.source.counts and not self.residual and len(self.asks) == 1

    def question(self, exchange: Exchange, ask: tuple[Pushed, ...], *, stand: Stand | None = None, limit: int | None = None) -> Question:
        """One more row than `limit` is asked for: whether there is a next page is known then."""
        page, token, _ = stand or (0, None, False)
        return Question(
            pushed=ask,
            page=page or None,
            token=token,
            sort=self.sort or (),
            fields=self.fields,
            limit=None if limit is None or self.residual else limit + 1,
            count=exchange.query.count and self.counts,
            traceparent=exchange.traceparent,
        )

    def scanned(self, rows: int) -> None:
        """Raises Unprocessable where more was read than may be filtered here."""
        source = self.permit.source
        if rows > source.scan:
            fields = ", ".join(name for name in source.lens.pushable if name in self.permit.granted) or "-"
            raise Unprocessable(
                Text(
                    f"Terlalu banyak baris untuk disaring di sini; saring dengan: {fields}.",
                    f"Too many rows to filter here; filter by: {fields}.",
                )
            )


def planned(
    permit: Permit, conditions: Sequence[Condition], test: Test | None, *, sort: Words | None = None, needed: frozenset[str] | None = None
) -> Plan:
    """`conditions` may be pushed; the rows of the one agreement are pushed with them; every row is tested here all the same.

    `needed` are the fields that anything looks at, None for all."""
    lens, views = permit.source.lens, permit.views
    wanted = [*conditions, *(views[0].conditions if len(views) == 1 else ())]
    pushed = [lens.pushed(condition) for condition in wanted]
    # Of filters that need several questions one is pushed: the questions of two would multiply.
    several = next((one for one in pushed if len(one) > 1), ())
    fixed = tuple([one[0] for one in pushed if len(one) == 1])
    asks = tuple([(*fixed, one) for one in several]) or (fixed,)
    residual = any([not one or (len(one) > 1 and one is not several) for one in pushed]) or (len(views) > 1 and any(view.rows for view in views))
    return Plan(permit, asks, residual, test, sort, () if needed is None else lens.columns(needed))
