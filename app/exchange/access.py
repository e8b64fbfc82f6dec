"""What one organisation may do with one contract, and why: told to the caller itself and to the operator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.adapter.protocol import Condition
from app.contract.operator import OPERATORS
from app.exchange.call import Grants
from app.exchange.permit import Held, Permits
from app.trust.agreement import Agreement, Grant

ACTIONS = ("read", "verify")
SUFFIXES = {op: suffix for suffix, op in OPERATORS.items() if suffix != "in"}


def explained(permits: Permits, organisation: str, known: Held, today: date) -> dict[str, Any]:
    """`purposes` holds, for each purpose that may be named, the fields by action and how each is shown (plain, partial, token);
    `because` the agreements, those that do not hold today too, and what needs none; `withheld` the fields that no purpose opens."""
    held = tuple(pair for pair in known if pair[0].holds(today))
    purposes = [_purpose(permits, organisation, purpose, held) for purpose in _purposes(held)]
    seen = {field for one in purposes for action in ACTIONS for field in one[action]}
    return {
        "contract": permits.contract.name,
        "organisation": organisation,
        "purposes": purposes,
        "because": [*_unasked(permits, organisation), *(_agreed(permits, agreement, grant, today) for agreement, grant in known)],
        "withheld": [name for name in permits.contract.properties if name not in seen],
    }


def _purposes(held: Held) -> Iterable[str | None]:
    return dict.fromkeys(purpose for agreement, _ in held for purpose in agreement.purposes) or (None,)


def _purpose(permits: Permits, organisation: str, purpose: str | None, held: Held) -> dict[str, Any]:
    grants = ((action, permits.of(organisation, purpose, held, action)) for action in ACTIONS)
    return {"purpose": purpose, **{action: _fields(permits, found) for action, found in grants}}


def _fields(permits: Permits, grants: Grants) -> dict[str, str]:
    granted = frozenset[str]().union(*(permit.granted for permit in grants.permits))
    return {name: grants.masks.get(name, "plain") for name in permits.contract.properties if name in granted}


def _unasked(permits: Permits, organisation: str) -> Iterable[dict[str, Any]]:
    own = [source.system for source in permits.sources if source.organisation == organisation]
    if own:
        yield {"reason": "own_system", "systems": own}
    if permits.contract.open:
        yield {"reason": "open_contract", "fields": [name for name in permits.contract.properties if name in permits.free]}


def _agreed(permits: Permits, agreement: Agreement, grant: Grant, today: date) -> dict[str, Any]:
    return {
        "reason": "agreement",
        "agreement": agreement.id,
        "in_force": agreement.holds(today),
        "provider": agreement.provider,
        "systems": [source.system for source in permits.sources if source.organisation == agreement.provider],
        "document": agreement.document,
        "legal_basis": agreement.legal_basis,
        "purposes": list(agreement.purposes),
        "valid_from": agreement.valid_from.isoformat(),
        "valid_to": agreement.valid_to.isoformat(),
        "actions": list(grant.actions),
        "fields": [name for name in permits.contract.properties if name in (permits.star if grant.fields is None else grant.fields)],
        "mask": dict(grant.masks),
        "rows": dict(map(_written, grant.rows)),
        "quota": grant.quota.text if grant.quota is not None else None,
    }


def _written(condition: Condition) -> tuple[str, list[Any]]:
    suffix = SUFFIXES[condition.op]
    return f"{condition.field}__{suffix}" if suffix else condition.field, list(condition.values)


def told(found: Mapping[str, Any]) -> str:
    """For the operator: Indonesian first, then English."""
    lines = [f"{found['organisation']} -> {found['contract']}"]
    for one in found["purposes"]:
        lines.append(f"\nTujuan / purpose: {one['purpose'] or '-'}")
        for action in ACTIONS:
            shown = ", ".join(name if how == "plain" else f"{name} ({how})" for name, how in one[action].items())
            lines.append(f"  {action:7} {shown or '(tidak / nothing)'}")
    lines.append("\nSebab / because:")
    lines += [f"  {_reason(one)}" for one in found["because"]] or ["  (tidak ada perjanjian / no agreement)"]
    lines.append(f"\nTidak terbuka / withheld: {', '.join(found['withheld']) or '-'}")
    return "\n".join(lines)


def _reason(one: Mapping[str, Any]) -> str:
    if one["reason"] == "own_system":
        return f"milik sendiri / its own: {', '.join(one['systems'])}"
    if one["reason"] == "open_contract":
        return f"kontrak terbuka / open contract: {', '.join(one['fields'])}"
    state = "berlaku / in force" if one["in_force"] else "TIDAK berlaku / NOT in force"
    rows = "".join(f", {name}={','.join(map(str, values))}" for name, values in one["rows"].items())
    what = f"{', '.join(one['actions'])}{rows}, {one['quota'] or 'tanpa kuota / no quota'}"
    return f"{one['agreement']} {one['valid_from']}..{one['valid_to']} {state}: {one['provider']} ({one['document']}), {what}"
