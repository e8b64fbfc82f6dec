"""Agreements (perjanjian berbagi pakai data): read and checked whole, applied, ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from sqlmodel import Session, col, select

from app.clock import now
from app.contract.contract import Contract
from app.errors import CityError
from app.trust.clause import grants
from app.trust.grammar import AgreementText, Faults, written
from app.trust.grant import Agreement, Grant, Quota
from app.trust.refusal import refusal
from app.trust.table import AgreementRow, changed

__all__ = ["Agreement", "Grant", "Quota", "apply", "end", "listed", "parse", "read"]


def read(path: Path, *, contracts: Mapping[str, Contract], organisations: Collection[str], systems: Collection[str]) -> Agreement:
    """One file. `systems` are the ids of the city's systems. Raises CityError with every problem of the file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refusal(str(path), "unreadable", "This file cannot be read", "Give the path of a UTF-8 TOML file.") from error
    faults = Faults(str(path), text)
    found = written(text, faults)
    if found is not None:
        _parties(found, organisations, systems, faults)
    return _settled(found, contracts, faults)


def parse(text: str, *, shown: str, contracts: Mapping[str, Contract]) -> Agreement:
    """An agreement that was applied before, read again against the contracts of now. Raises CityError."""
    faults = Faults(shown, text)
    return _settled(written(text, faults), contracts, faults)


def apply(session: Session, text: str, agreement: Agreement) -> None:
    """Puts an agreement in force; one of the same id is replaced. `text` is what `agreement` was read from."""
    changed(session)
    row = AgreementRow(
        id=agreement.id,
        text=text,
        consumer=agreement.consumer,
        provider=agreement.provider,
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
        applied=now(),
    )
    session.merge(row)
    session.flush()


def end(session: Session, identifier: str) -> None:
    """Ends an agreement as soon as the gateways look again. Raises CityError where there is no such agreement in force."""
    changed(session)
    row = session.get(AgreementRow, identifier)
    if row is None or row.ended is not None:
        raise refusal(identifier, "unknown_agreement", "There is no such agreement in force", "titian agreement list shows them.")
    row.ended = now()
    session.add(row)
    session.flush()


def listed(session: Session) -> Sequence[AgreementRow]:
    """Every agreement, ended ones too, by id."""
    return session.exec(select(AgreementRow).order_by(col(AgreementRow.id))).all()


def _settled(found: AgreementText | None, contracts: Mapping[str, Contract], faults: Faults) -> Agreement:
    agreement = None if found is None else _agreement(found, contracts, faults)
    if agreement is None or faults.problems:
        raise CityError(sorted(faults.problems, key=lambda problem: problem.line))
    return agreement


def _parties(found: AgreementText, organisations: Collection[str], systems: Collection[str], faults: Faults) -> None:
    for role in ("consumer", "provider"):
        name = getattr(found, role)
        if name not in organisations:
            faults.unknown((role,), "organisation", name, organisations)
    if found.provider in organisations and not any(system.split(".")[0] == found.provider for system in systems):
        faults.add(("provider",), "no_system", "The provider has no system here, so nothing would be opened", "Describe its system first.")


def _agreement(found: AgreementText, contracts: Mapping[str, Contract], faults: Faults) -> Agreement:
    if found.consumer == found.provider:
        faults.add(("provider",), "same_organisation", "Consumer and provider are the same", "One's own systems need no agreement.")
    if found.valid_to < found.valid_from:
        faults.add(("valid_to",), "ends_before_it_begins", "valid_to lies before valid_from", "Mend one of the two.")
    return Agreement(
        id=found.id,
        consumer=found.consumer,
        provider=found.provider,
        document=found.document,
        legal_basis=found.legal_basis,
        purposes=tuple(dict.fromkeys(found.purposes)),
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        grants=grants(found.grant, contracts, faults),
    )
