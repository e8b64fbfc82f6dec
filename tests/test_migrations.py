import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlmodel import SQLModel

import migrations
from app.db import Database
from app.errors import CityError
from app.main import database_of
from app.settings import Settings


def test_the_migrations_make_exactly_the_tables_of_the_code(address: str) -> None:
    database = Database(address)
    migrations.upgrade(database.engine)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_clients_of_before_stay_when_clients_with_keys_come_and_go(address: str) -> None:
    database = Database(address)
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


def test_a_migration_that_would_be_written_now_is_empty(address: str) -> None:
    database = Database(address)
    migrations.upgrade(database.engine)
    config = migrations.configured(database.engine.url)
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    database.close()


def test_everything_that_was_made_can_be_taken_back(address: str) -> None:
    database = Database(address)
    migrations.upgrade(database.engine)
    config = migrations.configured(database.engine.url)
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    migrations.upgrade(database.engine)
    database.close()


def test_upgrading_twice_and_at_once_does_no_harm(address: str) -> None:
    faults: list[BaseException] = []

    def upgrade() -> None:
        database = Database(address)
        try:
            migrations.upgrade(database.engine)
        except BaseException as error:
            faults.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
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


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg", "postgresql+psycopg"])
def test_each_way_to_write_a_postgresql_address_is_the_driver_for_threads(scheme: str) -> None:
    database = Database(f"{scheme}://titian:rahasia@basis.kota/titian?connect_timeout=9")
    assert database.engine.dialect.driver == "psycopg"
    assert database.url.query["connect_timeout"] == "9"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("postgresql://titian:rahasia-kota@127.0.0.1:1/titian?password=rahasia-kota", "database_unusable"),
        ("postgresql://titian:rahasia-kota@127.0.0.1:1/titian?ssl=rahasia-kota", "database_unusable"),
        ("sqlite+aiosqlite:////proc/rahasia", "database_unusable"),
        ("mysql://titian:rahasia-kota@127.0.0.1/titian", "bad_database_url"),
        ("titian:rahasia-kota@127.0.0.1", "bad_database_url"),
        ("postgresql://titian:rahasia-kota@127.0.0.1:x/titian", "bad_database_url"),
    ],
)
def test_a_database_that_cannot_be_opened_is_named_without_its_password(address: str, code: str) -> None:
    with pytest.raises(CityError) as caught:
        database_of(Settings(database_url=address))
    assert caught.value.problems[0].code == code
    assert "rahasia-kota" not in str(caught.value)
    assert "rahasia-kota" not in repr(caught.value.__cause__)


def test_a_file_that_is_no_database_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "titian.db").write_text("bukan basis data " * 100)
    with pytest.raises(CityError, match="database_unusable"):
        database_of(Settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/titian.db"))


def test_a_missing_driver_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(CityError, match=r"pip install 'titian\[postgres\]'"):
        Database("postgresql://titian@127.0.0.1/titian")


def test_the_newest_file_is_the_head_and_alembic_stays_away_where_nothing_is_to_be_done(tmp_path: Path) -> None:
    address = f"sqlite+aiosqlite:///{tmp_path}/titian.db"
    database = Database(address)
    assert ScriptDirectory.from_config(migrations.configured(database.engine.url)).get_heads() == [migrations.head()]
    migrations.upgrade(database.engine)
    database.close()
    again = f"import sys, migrations; from app.db import Database; d = Database({address!r}); migrations.upgrade(d.engine); d.close()"
    loaded = subprocess.run([sys.executable, "-c", again + "; print('alembic' in sys.modules)"], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
