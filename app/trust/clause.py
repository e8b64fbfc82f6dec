"""`[[grant]]` against the contract it names: from what is written to a Grant, every fault told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.adapter.manifest import Rate
from app.contract.contract import Contract
from app.contract.mask import MASKS, maskable
from app.trust.grammar import Faults, GrantText
from app.trust.grant import Grant, Quota
from app.trust.row import Path, conditions

ACTIONS = ("read", "verify")
UNBUILT_ACTIONS = ("aggregate", "overlap", "write")


def grants(written: Sequence[GrantText], contracts: Mapping[str, Contract], faults: Faults) -> tuple[Grant, ...]:
    """Every grant that can be read; an agreement speaks of a contract once, so that its quota there is one."""
    found: list[Grant] = []
    for place, grant in enumerate(written):
        at: Path = ("grant", place)
        _actions(grant, at=(*at, "actions"), faults=faults)
        contract = _contract(grant, contracts, at=at, faults=faults)
        if contract is None:
            continue
        if any(contract.name == earlier.contract for earlier in found):
            faults.add((*at, "contract"), "contract_twice", f"{contract.name} is granted twice", "Give the second an agreement of its own.")
        found.append(_grant(grant, contract, at=at, faults=faults))
    return tuple(found)


def _contract(grant: GrantText, contracts: Mapping[str, Contract], *, at: Path, faults: Faults) -> Contract | None:
    if grant.system is not None:
        faults.unbuilt((*at, "system"), "A grant of a system", "Grant a contract instead.")
    elif grant.contract is None:
        faults.add(at, "missing_key", "contract is missing", "Add contract.")
    elif grant.contract not in contracts:
        faults.unknown((*at, "contract"), "contract", grant.contract, contracts)
    else:
        return contracts[grant.contract]
    return None


def _grant(grant: GrantText, contract: Contract, *, at: Path, faults: Faults) -> Grant:
    return Grant(
        contract=contract.name,
        fields=_fields(grant, contract, at=at, faults=faults),
        actions=tuple(dict.fromkeys(grant.actions)),
        masks=_masks(grant, contract, at=(*at, "mask"), faults=faults),
        rows=conditions(grant.rows, contract, at=(*at, "rows"), faults=faults),
        quota=_quota(grant.quota, at=(*at, "quota"), faults=faults),
    )


def _actions(grant: GrantText, *, at: Path, faults: Faults) -> None:
    for action in grant.actions:
        if action in UNBUILT_ACTIONS:
            faults.unbuilt(at, f"The action {action}", 'Write actions = ["read"] or ["verify"].')
        elif action not in ACTIONS:
            faults.unknown(at, "action", action, (*ACTIONS, *UNBUILT_ACTIONS))


def _fields(grant: GrantText, contract: Contract, *, at: Path, faults: Faults) -> tuple[str, ...] | None:
    if grant.fields == "*":
        return None
    if not grant.fields or isinstance(grant.fields, str):
        faults.add((*at, "fields"), "no_fields", "fields is neither a list of fields nor *", 'List the fields, or write fields = "*".')
        return ()
    for name in grant.fields:
        if name not in contract.properties:
            faults.unknown((*at, "fields"), "field", name, contract.properties)
    return tuple(dict.fromkeys(grant.fields))


def _masks(grant: GrantText, contract: Contract, *, at: Path, faults: Faults) -> tuple[tuple[str, str], ...]:
    for field, how in grant.mask.items():
        prop = contract.properties.get(field)
        if prop is None:
            faults.unknown((*at, field), "field", field, contract.properties)
        elif how not in MASKS:
            faults.unknown((*at, field), "mask", how, MASKS)
        elif how != "none" and not maskable(prop):
            remedy = "Mask text that is neither open nor a code or a region, or leave the field out of this grant."
            faults.add((*at, field), "not_maskable", f"A {how} of {field} would be guessed at once", remedy)
        elif isinstance(grant.fields, list) and field not in grant.fields:
            faults.add((*at, field), "mask_without_field", f"{field} is masked but not granted", "Add it to fields, or drop its mask.")
    return tuple((field, how) for field, how in grant.mask.items() if how != "none")


def _quota(text: str | None, *, at: Path, faults: Faults) -> Quota | None:
    if text is None:
        return None
    try:
        rate = Rate.read(text)
    except ValueError:
        faults.add(at, "wrong_value", "quota cannot be read", 'Write it like "10000/day": second, minute, hour or day.')
        return None
    return Quota(rate.calls, rate.seconds, text)
