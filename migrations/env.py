"""Alembic's environment: our tables are those of trust, ledger and quality."""

from alembic import context
from sqlmodel import SQLModel

import app.db
import app.ledger.table
import app.quality.table
import app.trust.table

__all__ = ["app"]

config = context.config
connection = config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, transactional_ddl=False)
context.run_migrations()
