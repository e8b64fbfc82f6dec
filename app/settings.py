"""Settings: what an operator may set from outside, read once from the environment at start and never changed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every `TITIAN_` variable. docs/reference/settings.md lists them for people; a test compares the two."""

    model_config = SettingsConfigDict(env_prefix="TITIAN_", frozen=True, extra="ignore")

    database_url: str = Field("sqlite+aiosqlite:///./var/titian.db", description="where clients, agreements and evidence are kept")
    valkey_url: str = Field("", description="where workers and machines count quotas together; empty: each by itself")
    city: Path = Field(Path("cities/tebing-tinggi"), description="the city folder")
    public_url: str = Field("http://127.0.0.1:8000", description="the address under which callers know this gateway")
    secrets: Path | None = Field(None, description="a file of NAME=value lines, or a folder of one file per secret")
    keys: Path = Field(Path("var/keys"), description="the folder of keys, made on first start with mode 600")
    log: Literal["json", "console"] = Field("console", description="how log lines are written")
    networks: str = Field("", description="ceiling for the networks of system files: CIDRs, separated by commas")
