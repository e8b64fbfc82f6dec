"""NIB, the number of a business (PP 5/2021): 13 digits, nothing inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.contract.digits import digits as plain
from app.contract.digits import of_cell


def reader(*, cells: bool = False) -> Callable[[Any], Any]:
    """`cells`: the value comes from the cell of a sheet, which keeps 13 digits but no 0 in front."""
    return lambda raw: of_cell(raw, 13) if cells else plain(raw, 13)
