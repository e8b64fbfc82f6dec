"""The fixed tables of the store. The records themselves lie in tables made from contracts (`generation.py`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field, SQLModel

LONG = BigInteger().with_variant(Integer(), "sqlite")


class ReplicaRow(SQLModel, table=True):
    """One copy of what a system says of a contract: which generation of it is asked, and how the last try ended.

    `generation` names the table that is asked, `previous` the one before it, kept for readers that hold it; 0 is none. `form` is its columns
    as JSON, `fingerprint` a digest of the contract and the map it was made by. Times are RFC 3339, `due` seconds since 1970."""

    __tablename__ = "replica"

    system: str = Field(primary_key=True)
    contract: str = Field(primary_key=True)
    generation: int = Field(sa_column=Column(LONG, nullable=False))
    previous: int = Field(sa_column=Column(LONG, nullable=False))
    form: str
    fingerprint: str
    digest: str
    as_of: str | None = None
    previous_as_of: str | None = None
    rows: int
    rejected: int
    duplicates: int
    due: int = Field(sa_column=Column(LONG, nullable=False))
    last_try: str | None = None
    last_error: str | None = None


class LeaseRow(SQLModel, table=True):
    """Who alone may fill the copies of a system, and until when (seconds since 1970)."""

    __tablename__ = "lease"

    system: str = Field(primary_key=True)
    owner: str
    until: int = Field(sa_column=Column(LONG, nullable=False))
