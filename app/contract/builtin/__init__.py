"""Contracts that ship with the product: `titian.aplikasi` tells every system of the city."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from app.contract.contract import Contract
from app.contract.reading import read

FOLDER = Path(__file__).parent


@cache
def contracts() -> dict[str, Contract]:
    """By name."""
    found = [read(path, shown=path.name) for path in sorted(FOLDER.glob("*.odcs.yaml"))]
    return {contract.name: contract for contract in found}
