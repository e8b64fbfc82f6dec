"""Databases as sources: read-only connections, keyset pages, every name quoted and every value bound."""

from app.adapter.database.dsn import Dsn
from app.adapter.database.keyset import SIZE, Keyset
from app.adapter.database.place import Terms, database
from app.adapter.database.table import Database, Table, column_of
from app.adapter.database.text import condition, named, one_select

__all__ = ["SIZE", "Database", "Dsn", "Keyset", "Table", "Terms", "column_of", "condition", "database", "named", "one_select"]
