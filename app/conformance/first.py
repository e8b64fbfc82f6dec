"""The first records of a source, for a person who connects it: canonical, and what is personal masked."""

from __future__ import annotations

from typing import Any

from app.adapter.protocol import Question
from app.adapter.source import Source
from app.contract.contract import Contract
from app.contract.mask import partial
from app.errors import SourceError

FEW = 5


async def first_records(source: Source, contract: Contract) -> list[dict[str, Any]]:
    """At most five, in the source's order; raises the failure of the source."""
    found: list[dict[str, Any]] = []
    try:
        async for page in source.adapter.pages(Question(limit=FEW)):
            found += [shaped.values for shaped in map(source.lens.shape, page.rows) if shaped.key is not None]
            if len(found) >= FEW:
                break
    except SourceError as error:
        error.system = source.system
        raise
    return [{name: shown(contract, name, value) for name, value in values.items()} for values in found[:FEW]]


def shown(contract: Contract, name: str, value: Any) -> Any:
    """A value that is open or a code as it is; of what is personal its first half."""
    prop = contract.properties[name]
    if value is None or prop.classification != "tertutup":
        return value
    return partial(str(value))
