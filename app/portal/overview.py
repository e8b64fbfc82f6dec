"""The board, put together of the catalogue, the states of the sources and the agreements in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import Any

from app.catalog import Catalog
from app.contract.contract import Contract
from app.errors import plain
from app.portal.board import Application, Board, Dimension, Offer, Reader
from app.trust.agreement import Agreement, Grant

DIMENSIONS = ("GOV", "BRD", "ECO", "LIV", "SOC", "ENV")
STATES = {"ok": "ok", "incomplete": "partial", "unreachable": "silent", "unknown": "unknown"}
"""What a state is called here; any other failure is a disturbance, whose kind is the operator's."""

Held = Iterable[tuple[Agreement, Grant]]
States = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """What does not change while the gateway runs."""

    public_url: str
    version: str
    started: datetime


def board(catalog: Catalog, place: Place, *, states: States, held: Held, moment: datetime) -> Board:
    """`states` as `/status` lists the systems; `held` are the grants in force on the day of `moment`."""
    city, grants = catalog.city, tuple(held)
    offers = tuple(_offer(catalog, contract, grants) for contract in catalog.published.values())
    return Board(
        city=_line(city.name),
        zone=city.zone,
        contact=city.contact and _line(city.contact),
        public_url=place.public_url,
        version=place.version,
        moment=moment.replace(second=0, microsecond=0),
        started=place.started,
        dimensions=_dimensions(catalog),
        applications=tuple(_application(catalog, one) for one in states if one["system"] in catalog.systems),
        offers=offers,
        agreements=len({agreement.id for agreement, grant in grants if grant.contract in catalog.published}),
    )


def _line(text: str) -> str:
    """One line, without a character that nobody sees."""
    return plain(" ".join(text.split()))


def _sentence(text: str) -> str:
    """The first of it: what a record is. How to use it and what it is not stand in the documentation."""
    first, stop, _ = text.partition(". ")
    return first + stop.strip()


def _name(catalog: Catalog, organisation: str) -> str:
    found = catalog.organisations.get(organisation)
    return _line(found.name) if found else organisation


def _dimensions(catalog: Catalog) -> tuple[Dimension, ...]:
    teams = catalog.smartcity.team if catalog.smartcity else ()
    leads: dict[str, str] = {team.dimension: _name(catalog, team.lead) for team in teams}
    return tuple(Dimension(code, leads.get(code)) for code in DIMENSIONS)


def _application(catalog: Catalog, state: Mapping[str, Any]) -> Application:
    manifest = catalog.systems[state["system"]].manifest
    written = manifest.dimension or ""
    known = catalog.lists.codes.get("dimensi")
    part = known.codes.get(written) if known and len(written) > 3 else None
    return Application(
        title=_line(manifest.title),
        owner=_name(catalog, manifest.organisation),
        dimension=written[:3] if written[:3] in DIMENSIONS else "",
        part=_line(part.label) if part else None,
        kind=manifest.kind,
        state=STATES.get(state["state"], "disturbed"),
        since=_moment(state["since"]),
        as_of=_moment(state.get("as_of")),
        stale_since=_moment(state.get("stale_since")),
        quality=_hundredths(state.get("quality")),
    )


def _moment(text: str | None) -> datetime | None:
    """In whole minutes: what nobody sees need not make another page."""
    return datetime.fromisoformat(text).replace(second=0, microsecond=0) if text else None


def _hundredths(score: float | None) -> float | None:
    return None if score is None else floor(score * 100 + 1e-9) / 100


def _offer(catalog: Catalog, contract: Contract, held: Held) -> Offer:
    systems = catalog.systems
    titles = [systems[one.system].manifest.title if one.system in systems else one.system for one in catalog.sources[contract.name]]
    readers = [_reader(catalog, contract, agreement, grant) for agreement, grant in held if grant.contract == contract.name]
    return Offer(
        name=contract.name,
        path=f"/v{contract.major}/{contract.name}",
        title=_line(contract.title or contract.name),
        description=_sentence(_line(contract.description)),
        classification=contract.classification,
        fields=len(contract.properties),
        sources=tuple(_line(title) for title in titles),
        readers=tuple(sorted(readers, key=lambda one: (one.consumer, one.provider))),
    )


def _reader(catalog: Catalog, contract: Contract, agreement: Agreement, grant: Grant) -> Reader:
    open_to_all = [name for name, prop in contract.properties.items() if prop.classification != "tertutup"]
    fields = open_to_all if grant.fields is None else grant.fields
    return Reader(
        consumer=_name(catalog, agreement.consumer),
        provider=_name(catalog, agreement.provider),
        actions=grant.actions,
        fields=len(fields),
        masked=sum(mask != "none" and name in fields for name, mask in grant.masks),
        until=agreement.valid_to,
    )
