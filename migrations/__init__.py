"""The database's own history (Alembic), carried by the package: `upgrade` brings any state to head."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Engine, inspect

from app.db import DIALECTS

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent


def configured(url: URL) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["url"] = url
    return config


def head() -> str:
    """The number of the newest step: what its file's name begins with."""
    return max(path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))


def upgrade(engine: Engine) -> None:
    """To head, once: two processes that start together wait for each other."""
    if _at_head(engine):
        # Alembic is 10 MB that a gateway would carry all its life.
        return
    from alembic import command

    config = configured(engine.url)
    with engine.connect() as connection:
        connection.exec_driver_sql(DIALECTS[engine.dialect.name].lock)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def _at_head(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return [*connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()] == [head()]
