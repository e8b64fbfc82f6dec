"""A contract that has changed beside tables that were made from it: what only adds is added, what would lose a kept record is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Connection

from app.errors import CityError, Problem
from app.store import generation
from app.store.replica import Shelf
from app.store.standing import Standing, change


def widened(shelf: Shelf, fingerprint: str) -> None:
    """Called once at start, before anything is asked; raises CityError where records that the city keeps here would be lost."""
    database = shelf.database
    with database.engine.begin() as connection:
        # Two gateways that start together wait for each other.
        connection.exec_driver_sql(database.dialect.lock)
        found = shelf.standing(connection)
        if not found.generation:
            return
        there, wanted = found.shape(), shelf.form.shape()
        lost = [*_lost(there, wanted), *(_unfilled(there, wanted, shelf) if shelf.kept and found.rows else ())]
        if lost and shelf.kept:
            raise CityError([_plan(shelf, lost)])
        words: dict[str, Any] = {} if found.fingerprint == fingerprint else {"due": 0}
        if not lost and (missing := {name: kind for name, kind in wanted["columns"].items() if name not in there["columns"]}):
            _add(connection, shelf, found, missing)
            words |= {"form": orjson.dumps({**there, "columns": {**there["columns"], **missing}}).decode(), "due": 0}
        if words:
            change(connection, database, found, words)


def _add(connection: Connection, shelf: Shelf, found: Standing, missing: Iterable[str]) -> None:
    for number in (found.generation, found.previous):
        if number:
            generation.widen(connection, found.table(number, kept=shelf.kept), shelf.form, missing)


def _lost(there: dict[str, Any], wanted: dict[str, Any]) -> Iterable[str]:
    if there["key"] != wanted["key"]:
        yield f"the key is {', '.join(wanted['key'])} and was {', '.join(there['key'])}"
    for name, kind in there["columns"].items():
        if name in wanted["columns"] and wanted["columns"][name] != kind:
            yield f"{name} changes its type"
        elif name not in wanted["columns"] and not name.startswith("_"):
            yield f"{name} is gone"


def _unfilled(there: dict[str, Any], wanted: dict[str, Any], shelf: Shelf) -> Iterable[str]:
    for name in shelf.form.contract.required:
        if name in wanted["columns"] and name not in there["columns"]:
            yield f"{name} is required and no record has it"


def _plan(shelf: Shelf, lost: list[str]) -> Problem:
    remedy = (
        f"Put the contract back as it was, take the records out (GET /v{shelf.form.contract.major}/{shelf.contract}), change the contract, mend the "
        f"file, then: titian import {shelf.contract} FILE --system {shelf.system} --replace"
    )
    meaning = f"records of {shelf.system} are kept in Titian, and {'; '.join(lost)}"
    return Problem(shelf.form.contract.file or shelf.contract, 1, "table_would_lose", meaning, remedy)
