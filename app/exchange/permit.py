"""What the agreements allow: sources, fields and rows are written into the exchange, or the question is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from app.adapter.source import Source
from app.contract.contract import Contract
from app.contract.region import Regions
from app.errors import Fault, NotPermitted, PurposeRequired, Text
from app.exchange.call import Answer, Call, Exchange, Permit, Query, Stage, View
from app.exchange.filter import compiled
from app.exchange.question import names
from app.trust.agreement import Agreement, Grant

Held = Sequence[tuple[Agreement, Grant]]
Agreements = Callable[[str, str, date], Held]


class Permits:
    """The views of one contract, made from agreements once and kept while those agreements stay the same objects."""

    def __init__(self, contract: Contract, sources: tuple[Source, ...], regions: Regions) -> None:
        self.contract = contract
        self.sources = sources
        self.regions = regions
        self.all = frozenset(contract.properties)
        self.star = frozenset(p.name for p in contract.properties.values() if p.classification != "tertutup")
        self.free = frozenset(p.name for p in contract.properties.values() if p.classification == "terbuka")
        self._made: dict[tuple[str, str | None], tuple[Held, tuple[Permit, ...]]] = {}

    def of(self, organisation: str, purpose: str | None, held: Held) -> tuple[Permit, ...]:
        kept = self._made.get((organisation, purpose))
        if kept is not None and kept[0] is held:
            return kept[1]
        counted = [(agreement, grant) for agreement, grant in held if purpose in agreement.purposes]
        made = ((source, self._views(source, organisation, counted)) for source in self.sources)
        permits = tuple(Permit(source, views, frozenset[str]().union(*(view.fields for view in views))) for source, views in made if views)
        if len(self._made) > 10_000:
            self._made.clear()
        self._made[organisation, purpose] = (held, permits)
        return permits

    def _views(self, source: Source, organisation: str, counted: Held) -> tuple[View, ...]:
        if source.organisation == organisation:
            return (View(None, self.all, (), None),)
        views = [self._view(agreement, grant) for agreement, grant in counted if agreement.provider == source.organisation]
        if self.contract.open and self.free:
            views.append(View(None, self.free, (), None))
        return tuple(views)

    def _view(self, agreement: Agreement, grant: Grant) -> View:
        fields = self.star if grant.fields is None else frozenset(grant.fields)
        return View(agreement.id, fields, grant.rows, compiled(grant.rows, self.contract, self.regions))


def permitted(agreements: Agreements, permits: Permits, today: Callable[[], date]) -> Stage:
    def stage(call: Call) -> Call:
        async def asked(exchange: Exchange) -> Answer:
            caller, query = exchange.caller, exchange.query
            held = agreements(caller.organisation, exchange.contract.name, today())
            exchange.purpose = _purpose(exchange.named_purpose or caller.purpose, held, open_contract=exchange.contract.open)
            exchange.permits = permits.of(caller.organisation, exchange.purpose, held)
            if not exchange.permits:
                raise NotPermitted(_no_agreement(exchange.contract.name))
            exchange.agreements = used(exchange.permits)
            _named(query, exchange.permits, exchange.contract)
            return await call(exchange)

        return asked

    return stage


def _purpose(named: str | None, held: Held, *, open_contract: bool) -> str | None:
    purposes = {purpose for agreement, _ in held for purpose in agreement.purposes}
    if named is not None:
        if held and named not in purposes and not open_contract:
            raise NotPermitted(Text("Tujuan ini tidak ada dalam perjanjian.", "This purpose is not in the agreement."))
        return named
    if len(purposes) > 1 and not open_contract:
        listed = ", ".join(sorted(purposes))
        raise PurposeRequired(Text(f"Sebut satu di Titian-Purpose: {listed}.", f"Name one in Titian-Purpose: {listed}."))
    return next(iter(purposes), None)


def _named(query: Query, permits: tuple[Permit, ...], contract: Contract) -> None:
    wanted = dict.fromkeys((*(query.fields or ()), *names(query.conditions), *(contract.key if query.key else ())))
    withheld = [name for name in wanted if not any(name in permit.granted for permit in permits)]
    if withheld:
        listed = ", ".join(withheld)
        faults = tuple(Fault(name, "not_permitted", NotPermitted.remedy) for name in withheld)
        raise NotPermitted(Text(f"Perjanjian tidak memuat: {listed}.", f"The agreement does not name: {listed}."), faults=faults)


def _no_agreement(contract: str) -> Text:
    return Text(f"Tidak ada perjanjian yang berlaku untuk {contract}.", f"No agreement in force covers {contract}.")


def used(permits: tuple[Permit, ...]) -> tuple[str, ...]:
    """The agreements on which these permits rest."""
    return tuple(dict.fromkeys([view.agreement for permit in permits for view in permit.views if view.agreement]))


def shown(permit: Permit, query: Query) -> frozenset[str]:
    """The fields that may come out of one source: granted by any of its views and, where `fields` was given, asked for."""
    return permit.granted if query.fields is None else permit.granted & frozenset(query.fields)


def readable(permits: Permits, organisation: str, held: Held) -> frozenset[str]:
    """The fields that an organisation may read under any of its purposes; empty where the contract is not for it."""
    purposes = {None, *(purpose for agreement, _ in held for purpose in agreement.purposes)}
    views = (view for purpose in purposes for permit in permits.of(organisation, purpose, held) for view in permit.views)
    return frozenset[str]().union(*(view.fields for view in views))
