import threading
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

import migrations
from app.db import Database


def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/titian.db")
    migrations.upgrade(database.engine)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_upgrading_twice_and_at_once_does_no_harm(tmp_path: Path) -> None:
    faults: list[BaseException] = []

    def upgrade() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/titian.db")
        try:
            migrations.upgrade(database.engine)
        except BaseException as error:
            faults.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    upgrade()
    assert faults == []


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/baru/dalam/titian.db")
    migrations.upgrade(database.engine)
    assert (tmp_path / "baru" / "dalam" / "titian.db").is_file()
    database.close()
