"""Alembic's environment: our tables are those of trust, ledger, quality and store; those that are made from contracts are the store's own."""

from alembic import context
from sqlmodel import SQLModel

import app.db
import app.ledger.table
import app.quality.table
import app.store.table
import app.trust.table

__all__ = ["app"]

config = context.config
connection = config.attributes["connection"]


def fixed(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not (name or "").startswith(("r_", "t_"))


context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, transactional_ddl=False, include_name=fixed)
context.run_migrations()
