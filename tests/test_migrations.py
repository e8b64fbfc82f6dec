import threading
from pathlib import Path

from alembic import command
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


def test_clients_of_before_stay_when_clients_with_keys_come_and_go(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/titian.db")
    with database.engine.connect() as connection:
        config = migrations.configured(database.engine.url)
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO client VALUES ('a', 'b', 'c', '2026-11-24 05:00:00', NULL)")
        command.upgrade(config, "0002")
        connection.exec_driver_sql("INSERT INTO client (id, organisation, jwks, created) VALUES ('k', 'b', '{}', '2026-11-24 05:00:00')")
        found = connection.exec_driver_sql("SELECT id, secret_sha256, jwks FROM client ORDER BY id").all()
        assert [tuple(row) for row in found] == [("a", "c", None), ("k", None, "{}")]
        command.downgrade(config, "0001")
        assert [tuple(row) for row in connection.exec_driver_sql("SELECT id, secret_sha256 FROM client")] == [("a", "c")]
        connection.commit()
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
