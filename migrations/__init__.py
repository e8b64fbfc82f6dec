"""The database's own history (Alembic), carried by the package: `upgrade` brings any state to head."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine

from app.db import DIALECTS

HERE = Path(__file__).parent


def configured(url: URL) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["url"] = url
    return config


def upgrade(engine: Engine) -> None:
    """To head, once: two processes that start together wait for each other."""
    config = configured(engine.url)
    with engine.connect() as connection:
        connection.exec_driver_sql(DIALECTS[engine.dialect.name].lock)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
