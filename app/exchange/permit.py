"""What the agreements allow: sources, fields and rows are written into the exchange, or the question is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from app.adapter.source import Source
from app.contract.contract import Contract
from app.contract.mask import stricter
from app.contract.region import Regions
from app.errors import Fault, NotPermitted, PurposeRequired, Text
from app.exchange.call import Answer, Call, Exchange, Grants, Permit, Query, Stage, View
from app.exchange.filter import compiled
from app.exchange.question import names
from app.trust.agreement import Agreement, Grant

Held = Sequence[tuple[Agreement, Grant]]
Agreements = Callable[[str, str, date], Held]


MOST_PURPOSES = 1000


class Permits:
    """The views of one contract, made from agreements once and kept while those agreements stay the same objects."""

    def __init__(self, contract: Contract, sources: tuple[Source, ...], regions: Regions) -> None:
        self.contract = contract
        self.sources = sources
        self.regions = regions
        self.all = frozenset(contract.properties)
        self.star = frozenset(p.name for p in contract.properties.values() if p.classification != "tertutup")
        self.free = frozenset(p.name for p in contract.properties.values() if p.classification == "terbuka")
        self._made: dict[tuple[str, str | None, str], tuple[Held, Grants]] = {}
        self._meant: dict[str | None, tuple[Held, str | None]] = {}

    def of(self, organisation: str, purpose: str | None, held: Held, action: str = "read") -> Grants:
        kept = self._made.get((organisation, purpose, action))
        if kept is not None and kept[0] is held:
            return kept[1]
        counted = [(agreement, grant) for agreement, grant in held if purpose in agreement.purposes and action in grant.actions]
        made = ((source, self._views(source, organisation, counted)) for source in self.sources)
        permits = tuple(Permit(source, views, frozenset[str]().union(*(view.fields for view in views))) for source, views in made if views)
        masks = _masks(permits)
        if masks:
            # Its own rows beside masked ones would be a dictionary: whatever it writes there comes back with its token.
            permits = tuple(permit for permit in permits if permit.source.organisation != organisation)
        if len(self._made) > 10_000:
            self._made.clear()
        grants = Grants(permits, used(permits), masks)
        self._made[organisation, purpose, action] = (held, grants)
        return grants

    def purpose(self, named: str | None, held: Held) -> str | None:
        """The purpose that is meant where `named` was said; raises NotPermitted, PurposeRequired. Kept while `held` is the same object."""
        kept = self._meant.get(named)
        if kept is None or kept[0] is not held:
            if len(self._meant) > MOST_PURPOSES:
                self._meant.clear()
            kept = self._meant[named] = (held, _purpose(named, held, open_contract=self.contract.open))
        return kept[1]

    def _views(self, source: Source, organisation: str, counted: Held) -> tuple[View, ...]:
        if source.organisation == organisation:
            return (View(None, self.all),)
        views = [self._view(agreement, grant) for agreement, grant in counted if agreement.provider == source.organisation]
        if self.contract.open and self.free:
            views.append(View(None, self.free))
        return tuple(views)

    def _view(self, agreement: Agreement, grant: Grant) -> View:
        fields = self.star if grant.fields is None else frozenset(grant.fields)
        return View(agreement.id, fields, grant.rows, compiled(grant.rows, self.contract, self.regions), grant.masks)


def permitted(agreements: Agreements, permits: Permits, today: Callable[[], date]) -> Stage:
    def stage(call: Call) -> Call:
        async def asked(exchange: Exchange) -> Answer:
            caller = exchange.caller
            held = agreements(caller.organisation, exchange.contract.name, today())
            exchange.purpose = permits.purpose(exchange.named_purpose or caller.purpose, held)
            exchange.permits, exchange.agreements, exchange.masks = permits.of(caller.organisation, exchange.purpose, held, exchange.action)
            if not exchange.permits:
                raise NotPermitted(_no_agreement(exchange))
            _named(exchange)
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
    return next(iter(purposes)) if len(purposes) == 1 else None


def _named(exchange: Exchange) -> None:
    """Whatever the question speaks of must be granted: an answer leaks through a filter or an order too."""
    query, permits = exchange.query, exchange.permits
    key = exchange.contract.key if query.key else ()
    wanted = dict.fromkeys((*(query.fields or ()), *names(query.conditions), *(name for name, _ in query.sort), *key))
    if permits[0].granted.issuperset(wanted):
        return
    withheld = [name for name in wanted if not any(name in permit.granted for permit in permits)]
    if withheld:
        listed = ", ".join(withheld)
        faults = tuple(Fault(name, "not_permitted", NotPermitted.remedy) for name in withheld)
        raise NotPermitted(Text(f"Perjanjian tidak memuat: {listed}.", f"The agreement does not name: {listed}."), faults=faults)


def _no_agreement(exchange: Exchange) -> Text:
    name, action = exchange.contract.name, exchange.action
    return Text(f"Tidak ada perjanjian yang berlaku untuk {name} ({action}).", f"No agreement in force covers {name} ({action}).")


def used(permits: tuple[Permit, ...]) -> tuple[str, ...]:
    """The agreements on which these permits rest."""
    return tuple(dict.fromkeys([view.agreement for permit in permits for view in permit.views if view.agreement]))


def _masks(permits: tuple[Permit, ...]) -> Mapping[str, str]:
    """Of two masks the stricter one; a field that one view masks is masked in all, or a join would undo it."""
    found: dict[str, str] = {}
    for permit in permits:
        for view in permit.views:
            for name, how in view.masks:
                found[name] = stricter(how, found.get(name, "none"))
    return found


def shown(permit: Permit, query: Query) -> frozenset[str]:
    """The fields that may come out of one source: granted by any of its views and, where `fields` was given, asked for."""
    return permit.granted if query.fields is None else permit.granted & frozenset(query.fields)


class Reach(NamedTuple):
    """The fields that an organisation may read, and those that it may have compared, under any of its purposes."""

    read: frozenset[str]
    verify: frozenset[str]


def reach(permits: Permits, organisation: str, held: Held) -> Reach:
    """Both empty where the contract is not for it."""
    purposes = {None, *(purpose for agreement, _ in held for purpose in agreement.purposes)}
    found = []
    for action in Reach._fields:
        granted = (permit.granted for purpose in purposes for permit in permits.of(organisation, purpose, held, action).permits)
        found.append(frozenset[str]().union(*granted))
    return Reach(*found)
