"""A change to trust that cannot be made, said as one problem."""

from __future__ import annotations

from app.errors import CityError, Problem


def refusal(where: str, code: str, meaning: str, remedy: str) -> CityError:
    return CityError([Problem(where, 1, code, meaning, remedy)])
