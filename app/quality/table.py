"""The table of findings."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class Quarantine(SQLModel, table=True):
    """One thing wrong with one row of one source. A row seen again raises `count`; a personal value never stands here."""

    __tablename__ = "quarantine"

    system: str = Field(primary_key=True)
    contract: str = Field(primary_key=True)
    digest: bytes = Field(primary_key=True)
    field: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    outcome: str
    first_seen: str
    last_seen: str
    count: int
