"""The tables that records lie in: one for each generation of a copy, made, filled and dropped, over both databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, inspect

from app.db import Database
from app.store.form import Form


def stem(system: str, contract: str, *, kept: bool) -> str:
    """What the names of all generations begin with: `t_` where the city keeps the records, `r_` where they are copies."""
    return f"{'t' if kept else 'r'}_{blake2b(f'{system} {contract}'.encode(), digest_size=8).hexdigest()}_"


def listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def create(connection: Connection, table: str, form: Form) -> None:
    connection.exec_driver_sql(f'CREATE TABLE "{table}" ({", ".join(map(form.declared, form.columns))})')


def index(connection: Connection, table: str, form: Form, number: int) -> None:
    """The index of one of `form.indexed`: down to the last term of an order by it, so that a list can begin anywhere."""
    columns = form.indexed[number]
    connection.exec_driver_sql(f'CREATE INDEX "{table}_{number}" ON "{table}" ({listed(columns)})')


def fill(connection: Connection, database: Database, *, table: str, form: Form, records: Sequence[tuple[Any, ...]]) -> None:
    """Puts records into a table, as fast as the database takes them."""
    into = f'"{table}" ({listed(form.columns)})'
    if form.dialect == "postgresql":
        raw: Any = connection.connection.driver_connection
        with raw.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for record in records:
                copy.write_row(record)
        return
    marks = ", ".join("?" * len(form.columns))
    connection.exec_driver_sql(database.sql(f"INSERT INTO {into} VALUES ({marks})"), list(records))


def drop(connection: Connection, table: str) -> None:
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table}"')


def widen(connection: Connection, table: str, form: Form, columns: Iterable[str]) -> None:
    for name in columns:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ADD COLUMN {form.declared(name)}')


def tables(database: Database, beginning: str) -> list[str]:
    """The tables whose names begin so."""
    with database.engine.connect() as connection:
        return [name for name in inspect(connection).get_table_names() if name.startswith(beginning)]
