"""The tables of the evidence. Nothing in `ledger` is ever updated or deleted."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field, SQLModel

LONG = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits in both; only so SQLite takes it for the row's own number."""


class LedgerRow(SQLModel, table=True):
    """One entry; `format` and `phase` are hashed first, then the rest in this order; `hash` covers them all and `previous`."""

    __tablename__ = "ledger"

    seq: int = Field(sa_column=Column(LONG, primary_key=True, autoincrement=False))
    format: int
    phase: str
    time: str
    exchange: str = Field(index=True)
    client: str
    organisation: str
    agreement: str
    purpose: str
    contract: str
    system: str
    action: str
    route: str
    filters: str
    subjects: bytes
    status: int
    sources: str
    request_digest: bytes
    response_digest: bytes
    duration: int
    previous: bytes
    hash: bytes


class LedgerHead(SQLModel, table=True):
    """The signed end of the chain: `id` is always 1."""

    __tablename__ = "ledger_head"

    id: int = Field(primary_key=True)
    size: int = Field(sa_type=LONG)
    hash: bytes
    signature: bytes


class Subject(SQLModel, table=True):
    """Keyed hash of a person's number -> the random number that stands in the chain. Deleting the row is the erasure."""

    digest: bytes = Field(primary_key=True)
    number: bytes


class QuotaUse(SQLModel, table=True):
    """Calls charged to one agreement on one contract in one window; raised in the transaction of the evidence."""

    __tablename__ = "quota"

    agreement: str = Field(primary_key=True)
    contract: str = Field(primary_key=True)
    window: str = Field(primary_key=True)
    used: int
