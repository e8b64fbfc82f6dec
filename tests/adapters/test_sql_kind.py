"""The kind `sql`, over the same rows in SQLite, PostgreSQL and MariaDB."""

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.sql import Connection, Read, Sql, build, completed, opened
from app.adapter.manifest import Resource
from app.adapter.mapping import MapLens
from app.adapter.protocol import Condition, Page, Pushed, Question
from app.contract.contract import Contract, Property
from app.errors import SourceError
from tests.fixtures.databases import PASSWORD, Filled, postgres, sqlite
from tests.fixtures.lists import LISTS

pytestmark = pytest.mark.anyio
COLUMNS = ("id", "nik", "nama", "lahir", "dicatat", "nilai", "bobot", "aktif", "kode", "foto")
TYPES = {
    "sqlite": "id integer PRIMARY KEY, nik char(16), nama varchar(60), lahir date, dicatat datetime, nilai decimal(15,2), bobot real,"
    " aktif boolean, kode varchar(10), foto blob",
    "postgresql": "id integer PRIMARY KEY, nik char(16), nama varchar(60), lahir date, dicatat timestamp, nilai numeric(15,2), bobot real,"
    " aktif boolean, kode varchar(10), foto bytea",
    "mariadb": "id integer PRIMARY KEY, nik char(16), nama varchar(60), lahir date, dicatat datetime, nilai decimal(15,2), bobot float,"
    " aktif tinyint(1), kode varchar(10), foto blob",
}
BLOB = {"sqlite": "x'ff00'", "postgresql": "'\\xff00'::bytea", "mariadb": "x'ff00'"}
KODE = ("NULL", "'a'", "'A'", "'b'", "'B'", "'é'", "'ab'", "'Z'", "'a'", "NULL")
FIELDS = (
    Property("id", "string", key=1),
    Property("nik", "string"),
    Property("nama", "string"),
    Property("lahir", "date"),
    Property("dicatat", "timestamp"),
    Property("nilai", "number", semantic="money"),
    Property("bobot", "number"),
    Property("kode", "string"),
    Property("hari", "date"),
)
CONTRACT = Contract("orang", "1.0.0", "Orang", "", "terbatas", {one.name: one for one in FIELDS}, ("id",))
OPS = ["eq", "gt", "gte", "lt", "lte"]
MAP: dict[str, Any] = {**{one.name: one.name for one in FIELDS if one.name != "hari"}, "hari": "dicatat"}
PUSH = {name: {"ops": OPS, "most": 20} for name in MAP if name != "hari"} | {"hari": {"param": "dicatat", "ops": OPS}}


def rows(count: int) -> list[str]:
    """Row n is the same in every database; every fifth has neither day nor moment."""
    made = []
    for n in range(1, count + 1):
        day = f"'{1950 + n % 60}-{n % 12 + 1:02}-{n % 28 + 1:02}'" if n % 5 else "NULL"
        moment = f"'2026-03-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}:00'" if n % 5 else "NULL"
        name = f"'Siti Contoh {n % 9}'" if n % 7 else "NULL"
        made.append(f"({n}, '9{n:015}', {name}, {day}, {moment}, {n % 40}.25, {n % 10}.5, {'NULL' if n % 3 else '{yes}'}, {KODE[n % 10]}, NULL)")
    return made


def fill(filled: Filled, count: int = 60) -> None:
    yes = "true" if filled.kind == "postgresql" else "1"
    values = ", ".join(rows(count)).replace("{yes}", yes)
    filled.run(f"CREATE TABLE orang ({TYPES[filled.kind]})", f"INSERT INTO orang VALUES {values}")


@asynccontextmanager
async def reading(words: dict[str, Any], read: dict[str, Any] | None = None, folder: Path = Path(), **resource: Any) -> AsyncIterator[Sql]:
    connection = Connection.model_validate({"timeout": 20.0, **words})
    way = opened("dinsos.basis", connection, ceiling=(), folder=folder)
    made = Resource.model_validate({"contract": "orang", "map": {name: name for name in COLUMNS}, **resource})
    sql = build(way, Read.model_validate(read or {"from": "orang"}), resource=completed(made, ("id",)), responses=())
    try:
        yield sql
    finally:
        await sql.close()
        await sql.close()


async def pages(sql: Sql, **question: Any) -> list[Page]:
    return [page async for page in sql.pages(Question(**question))]


async def ids(sql: Sql, **question: Any) -> list[int]:
    return [row["id"] for page in await pages(sql, **question) for row in page.rows]


async def failure(sql: Sql, **question: Any) -> str:
    with pytest.raises(SourceError) as raised:
        await pages(sql, **question)
    return f"{raised.value.word} {raised.value.reason}"


async def test_every_type_becomes_what_a_lens_reads(filled: Filled) -> None:
    fill(filled, 3)
    filled.run(f"UPDATE orang SET foto = {BLOB[filled.kind]}, nama = 'Sitī né 你' WHERE id = 3" if filled.kind != "mariadb" else
               "UPDATE orang SET foto = x'ff00', nama = 'Siti né' WHERE id = 3")  # fmt: skip
    async with reading(filled.words) as sql:
        (page,) = await pages(sql)
        row = page.rows[2]
        assert row["id"] == 3
        assert row["nik"] == "9000000000000003"
        assert row["nama"] == ("Siti né" if filled.kind == "mariadb" else "Sitī né 你")
        assert (row["lahir"], row["dicatat"]) == ("1953-04-04", "2026-03-04 03:03:00")
        assert (row["nilai"], row["bobot"], row["foto"]) == (3.25, 3.5, b"\xff\x00")
        assert row["aktif"] == 1
        assert (page.last, page.reason, page.total) == (True, None, None)
        flaws = dict(MapLens(Resource.model_validate({"contract": "o", "map": {"id": "id", "nama": "foto"}}), CONTRACT, LISTS).shape(row).flaws)
        assert flaws["nama"].rule == "not_text"


@pytest.mark.parametrize("by", [["id"], ["kode"], ["lahir", "kode"], ["kode", "id"], ["nilai"], ["dicatat"]])
async def test_a_walk_brings_every_row_once_over_ties_and_nothing(filled: Filled, by: list[str]) -> None:
    fill(filled)
    async with reading(filled.words, {"from": "orang", "count": True}, page={"by": by, "size": 7}) as sql:
        found = await pages(sql)
        assert sorted(row["id"] for page in found for row in page.rows) == list(range(1, 61))
        assert [page.number for page in found] == list(range(len(found)))
        assert [page.last for page in found] == [False] * (len(found) - 1) + [True]
        assert found[0].total == 60
        assert found[-1].reason is None
        for page in found:
            if page.token is not None:
                assert (await pages(sql, token=page.token, page=page.number))[0].rows == page.rows
        assert [page.rows for page in await pages(sql, page=2)] == ([page.rows for page in found[2:]] or [[]])


@pytest.mark.parametrize("sort", [(("id", False),), (("kode", True), ("id", False)), (("lahir", False), ("nama", True), ("id", True))])
async def test_a_list_goes_on_right_after_any_row(filled: Filled, sort: tuple[tuple[str, bool], ...]) -> None:
    fill(filled, 30)
    async with reading(filled.words, page={"size": 5}) as sql:
        whole = await ids(sql, sort=sort)
        at = 0
        for page in await pages(sql, sort=sort):
            assert page.after is not None
            for index in range(len(page.rows)):
                at += 1
                assert await ids(sql, sort=sort, token=page.after(index), page=page.number) == whole[at:]


async def test_a_list_goes_on_between_rows_that_its_order_does_not_tell_apart(filled: Filled) -> None:
    fill(filled, 30)
    async with reading(filled.words, page={"size": 4, "by": ["bobot"]}) as sql:
        whole, at = await ids(sql), 0
        for page in await pages(sql):
            assert page.after is not None
            for index in range(len(page.rows)):
                at += 1
                rest = await ids(sql, token=page.after(index), page=page.number)
                assert (len(rest), len(set(rest))) == (30 - at, 30 - at)
        assert len(set(whole)) == 30


def ordered(found: list[dict[str, Any]], sort: tuple[tuple[str, bool], ...]) -> list[int]:
    for name, descending in reversed(sort):
        found = sorted(found, key=lambda row: row[name] if row[name] is not None else "", reverse=descending)
        found = sorted(found, key=lambda row: row[name] is None)
    return [row["id"] for row in found]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["kode", "nama", "lahir", "dicatat", "nik"])
async def test_sorting_is_by_code_points_with_nothing_last(filled: Filled, name: str, descending: bool) -> None:
    fill(filled)
    sort = ((name, descending), ("id", False))
    async with reading(filled.words, page={"size": 7}) as sql:
        whole = [row for page in await pages(sql) for row in page.rows]
        assert await ids(sql, sort=sort) == ordered(whole, sort)


async def test_only_the_columns_that_are_needed_are_read_and_no_more_rows_than_enough(filled: Filled) -> None:
    fill(filled)
    async with reading(filled.words) as sql:
        (page,) = await pages(sql, fields=("nama", "id"), pushed=(Pushed("id", ("3",)),))
        assert page.rows == [{"id": 3, "nama": "Siti Contoh 3"}]
        first = await anext(aiter(sql.pages(Question(limit=5))))
        assert (len(first.rows), first.last) == (5, False)
        assert len(await ids(sql, limit=5)) == 60


def held(condition: Condition, value: Any) -> bool:
    """What the exchange holds of a filter, on canonical values."""
    if value is None:
        return False
    wanted = condition.values
    tests = {
        "eq": lambda: value in wanted,
        "gt": lambda: value > wanted[0],
        "gte": lambda: value >= wanted[0],
        "lt": lambda: value < wanted[0],
        "lte": lambda: value <= wanted[0],
    }
    return tests[condition.op]()


def conditions(shaped: list[dict[str, Any]]) -> list[Condition]:
    """Values that there are, and some beside them."""
    dice, made = random.Random(7), []
    beside: dict[str, list[Any]] = {
        "id": ["007", "7", "x", "61", "7.0"], "nik": ["9000000000000003 ", "x"], "nama": ["siti contoh 3", "Siti"], 
        "lahir": ["1953-04-05", "0001-01-01"],        "dicatat": ["2026-03-04T03:03:00.500000+07:00", "2026-03-04T00:00:00+07:00"],
        "nilai": [3, 3.5, -1, 1e15], "bobot": [3.5, 0.1, 3],
        "kode": ["a", "A", "e", "a ", "É"], "hari": ["2026-03-04", "2026-03-29", "9999-12-31"],
    }  # fmt: skip
    for prop in FIELDS:
        there = sorted({row[prop.name] for row in shaped if row[prop.name] is not None}, key=str)
        values = [*dice.sample(there, min(4, len(there))), *beside[prop.name]]
        made += [Condition(prop.name, "eq", (value,)) for value in values]
        made.append(Condition(prop.name, "eq", tuple(values[:3])))
        if prop.type != "string":
            made += [Condition(prop.name, op, (value,)) for value in values for op in OPS[1:]]
    return made


async def test_a_filter_at_the_database_is_the_filter_here(filled: Filled) -> None:
    fill(filled)
    async with reading(filled.words, map=MAP, push=PUSH) as sql:
        lens = MapLens(Resource.model_validate({"contract": "orang", "map": MAP, "push": PUSH}), CONTRACT, LISTS)
        everything = [lens.shape(row).values for page in await pages(sql) for row in page.rows]
        narrowed = 0
        for condition in conditions(everything):
            wanted = [row for row in everything if held(condition, row[condition.field])]
            got: list[dict[str, Any]] = []
            for pushed in lens.pushed(condition):
                got += [lens.shape(row).values for page in await pages(sql, pushed=(pushed,)) for row in page.rows]
            narrowed += len(got) < len(everything)
            kept = [row for row in got if held(condition, row[condition.field])]
            assert sorted(kept, key=lambda row: int(row["id"])) == wanted, condition
        assert narrowed > 80


async def test_one_record_is_the_one_whose_key_is_equal(filled: Filled) -> None:
    fill(filled, 10)
    by_kode = {"id": "kode", "nama": "nama"}
    async with reading(filled.words) as sql:
        assert [row["nik"] for row in (await sql.one(Question(key={"id": "7"}))).rows] == ["9000000000000007"]
        for other in ("007", "7.0", "x", "' OR 1=1 --", "99999999999999999999", ""):
            assert (await sql.one(Question(key={"id": other}))).rows == []
    async with reading(filled.words, map=by_kode) as sql:
        assert [row["kode"] for row in (await sql.one(Question(key={"id": "A"}))).rows] == ["A"]


async def test_what_a_caller_says_is_never_sql(filled: Filled) -> None:
    fill(filled, 10)
    async with reading(filled.words) as sql:
        for said in ("'; DROP TABLE orang; --", "\\' OR 1=1 -- ", "a' UNION SELECT 1", "%s", "%(x)s", "?", ":x", "\x00", "\ud800"):
            assert await ids(sql, pushed=(Pushed("nama", (said,)),)) == []
        assert len(await ids(sql)) == 10


async def test_a_table_of_a_schema_a_query_and_a_condition(filled: Filled) -> None:
    fill(filled)
    async with reading(filled.words, {"from": f"{filled.schema}.orang", "where": "id <= 30 AND nama LIKE 'Siti%3'"}) as sql:
        assert await ids(sql) == [3, 12, 30]
    query = "WITH semua AS (SELECT o.*, id * 2 AS dua FROM orang o) SELECT * FROM semua WHERE dua > 100"
    async with reading(filled.words, {"query": query, "count": True}, map={"id": "id", "dua": "dua"}, page={"size": 3}) as sql:
        assert await ids(sql, pushed=(Pushed("dua", ("118",), "gte"),)) == [59, 60]
        assert [row["dua"] for page in await pages(sql) for row in page.rows] == list(range(102, 122, 2))


async def test_a_small_view_is_read_in_one_piece_and_a_large_one_is_not_called_whole(filled: Filled) -> None:
    fill(filled)
    filled.run("CREATE VIEW tilikan AS SELECT id, nama FROM orang")
    async with reading(filled.words, {"from": "tilikan"}, map={"id": "id"}, page={"style": "none"}) as sql:
        (page,) = await pages(sql)
        assert (len(page.rows), page.last, page.reason) == (60, True, None)
    async with reading(filled.words, {"from": "tilikan"}, map={"id": "id"}, page={"style": "none", "size": 59}) as sql:
        (page,) = await pages(sql)
        assert (len(page.rows), page.reason) == (59, "too_many_rows")


async def test_names_are_quoted_whatever_they_hold(filled: Filled) -> None:
    mark = "`" if filled.kind == "mariadb" else '"'
    filled.run(f"CREATE TABLE {mark}data 100%{mark} (id integer PRIMARY KEY, {mark}No. KK{mark} varchar(20), {mark}select{mark} integer)",
               f"INSERT INTO {mark}data 100%{mark} VALUES (1, '0012', 5)")  # fmt: skip
    named = {"id": "id", "kk": "['No. KK']", "pilih": "select"}
    async with reading(filled.words, {"from": "data 100%"}, map=named) as sql:
        assert [page.rows for page in await pages(sql, pushed=(Pushed("['No. KK']", ("0012",)),))] == [[{"id": 1, "No. KK": "0012", "select": 5}]]


async def test_a_column_that_is_not_there_is_an_error_and_not_its_own_name(filled: Filled) -> None:
    fill(filled, 3)
    async with reading(filled.words, map={"id": "id", "nama": "namanya"}) as sql:
        assert await failure(sql) == "bad_answer bad_query"
    async with reading(filled.words, {"from": "tidak_ada"}) as sql:
        assert await failure(sql) == "bad_answer bad_query"


WRITING = {
    "sqlite": ("SELECT 1", "SELECT id, nama FROM orang"),
    "postgresql": (
        "CREATE FUNCTION tulis() RETURNS integer LANGUAGE plpgsql VOLATILE AS $f$ BEGIN"
        " PERFORM set_config('transaction_read_only', 'off', false); DELETE FROM orang; RETURN 1; END $f$",
        "SELECT tulis() AS id, 'x' AS nama",
    ),
    "mariadb": (
        "CREATE FUNCTION tulis() RETURNS INTEGER BEGIN DELETE FROM orang; RETURN 1; END",
        "SELECT tulis() AS id, 'x' AS nama",
    ),
}


async def test_a_query_that_writes_cannot(filled: Filled) -> None:
    fill(filled, 5)
    prepare, query = WRITING[filled.kind]
    filled.run(prepare)
    async with reading(filled.words, {"query": query}, map={"id": "id", "nama": "nama"}) as sql:
        if filled.kind != "sqlite":
            assert await failure(sql) == "bad_answer bad_query"
    async with reading(filled.words, {"from": "orang"}) as sql:
        assert len(await ids(sql)) == 5
        for statement in ("DELETE FROM orang", "CREATE TABLE lain (id integer)"):
            with pytest.raises(SourceError) as raised:
                await sql.table.database.pool.ask(lambda link, said=statement: link.rows(said, []))
            assert raised.value.reason == "bad_query"
        assert len(await ids(sql)) == 5


async def test_a_common_table_expression_that_writes_cannot(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    filled = postgres(request.getfixturevalue("server")(), request.getfixturevalue("relay")())
    fill(filled, 5)
    query = "WITH hapus AS (DELETE FROM orang RETURNING id) SELECT id FROM hapus"
    async with reading(filled.words, {"query": query}, map={"id": "id"}) as sql:
        assert await failure(sql) == "bad_answer bad_query"
    async with reading(filled.words) as sql:
        assert len(await ids(sql)) == 5


SLOW = {
    "sqlite": "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n WHERE id < 0",
    "postgresql": "SELECT 1 AS id FROM pg_sleep(20)",
    "mariadb": "SELECT SLEEP(20) + 1 AS id",
}


async def test_the_server_gives_up_a_statement_that_takes_too_long(filled: Filled) -> None:
    async with reading({**filled.words, "statement_timeout": 0.3}, {"query": SLOW[filled.kind]}, map={"id": "id"}) as sql:
        begun = time.monotonic()
        assert await failure(sql) == "unreachable timeout"
        assert time.monotonic() - begun < 10


async def test_a_reading_that_is_given_up_frees_its_connection(filled: Filled) -> None:
    fill(filled, 3)
    words = {**filled.words, "concurrency": 1, "timeout": 15.0}
    async with reading(words, {"query": SLOW[filled.kind]}, map={"id": "id"}) as sql:
        for _ in range(2):
            asking = asyncio.create_task(pages(sql))
            await asyncio.sleep(0.3)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        assert await sql.table.database.pool.ask(lambda link: link.rows("SELECT 7", [])) == [(7,)]


async def test_no_more_connections_than_the_file_allows(filled: Filled) -> None:
    fill(filled, 20)
    async with reading({**filled.words, "concurrency": 2}, page={"size": 3}) as sql:
        found = await asyncio.gather(*[ids(sql) for _ in range(8)])
        assert found == [list(range(1, 21))] * 8
        assert len(sql.table.database.pool._idle) <= 2


async def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(filled: Filled) -> None:
    fill(filled, 3)
    async with reading(filled.words) as sql:
        assert await ids(sql) == [1, 2, 3]
        filled.cut()
        assert await ids(sql) == [1, 2, 3]


async def test_a_file_that_was_put_in_place_of_another_is_read(tmp_path: Path) -> None:
    (tmp_path / "baru").mkdir()
    old, new = sqlite(tmp_path), sqlite(tmp_path / "baru")
    fill(old, 3)
    fill(new, 5)
    async with reading(old.words) as sql:
        assert await ids(sql) == [1, 2, 3]
        (tmp_path / "baru" / "sumber.db").rename(tmp_path / "sumber.db")
        assert await ids(sql) == [1, 2, 3, 4, 5]
        (tmp_path / "sumber.db").unlink()
        assert await failure(sql) == "unreachable no_file"
        (tmp_path / "sumber.db").write_text("<html>bukan basis data, dan cukup panjang untuk sebuah kepala berkas SQLite yang seratus bita</html>")
        assert await failure(sql) == "bad_answer not_a_database"


async def test_a_failure_after_a_page_ends_the_reading_with_its_reason(filled: Filled) -> None:
    fill(filled)
    async with reading(filled.words, page={"size": 10}) as sql:
        found = []
        async for page in sql.pages(Question()):
            found.append(page)
            if len(found) == 2:
                filled.run("DROP TABLE orang")
        assert [len(page.rows) for page in found] == [10, 10, 0]
        assert (found[-1].last, found[-1].reason) == (True, "bad_query")


async def test_rows_that_vanish_are_told_where_they_were_counted(filled: Filled) -> None:
    fill(filled)
    async with reading(filled.words, {"from": "orang", "count": True}, page={"size": 10, "max_pages": 3}) as sql:
        assert (await pages(sql))[-1].reason == "max_pages"
    async with reading(filled.words, {"from": "orang", "count": True}, page={"size": 30}) as sql:
        found = []
        async for page in sql.pages(Question()):
            found.append(page)
            if len(found) == 1:
                filled.run("DELETE FROM orang WHERE id > 40")
        assert (sum(len(page.rows) for page in found), found[-1].reason) == (40, "short_of_total")


async def test_the_reader_account_is_refused_in_our_word(filled: Filled) -> None:
    if filled.kind == "sqlite":
        pytest.skip("a file has no account")
    for wrong in (filled.dsn.replace(":rahasia", ":salah", 1), filled.dsn.replace("pembaca", "orang_lain", 1)):
        async with reading({**filled.words, "dsn": wrong}) as sql:
            assert await failure(sql) == "refused login_failed"


async def test_nobody_at_the_port_is_unreachable(filled: Filled) -> None:
    if filled.kind == "sqlite":
        async with reading({"dsn": "sqlite:///tidak-ada.db"}) as sql:
            assert await failure(sql) == "unreachable no_file"
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    head, _, name = filled.dsn.rpartition("/")
    async with reading({**filled.words, "dsn": f"{head.rpartition(':')[0]}:{port}/{name}"}) as sql:
        assert await failure(sql) == "unreachable refused_connection"


@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mariadb"])
async def test_a_server_lives_only_where_the_file_says(scheme: str) -> None:
    for host, networks in (("127.0.0.1", []), ("localhost", ["10.0.0.0/8"]), ("2130706433", []), ("[::1]", []), ("169.254.169.254", ["0.0.0.0/0"])):
        words = {"dsn": f"{scheme}://u:p@{host}/x", "networks": networks}
        async with reading(words) as sql:
            assert await failure(sql) == "refused address_not_allowed"


async def test_a_ca_demands_tls_and_its_name(mariadb: Any, relay: Any) -> None:
    started = mariadb()
    name = started.fresh()
    started.run(name, "CREATE TABLE orang (id int PRIMARY KEY)", "INSERT INTO orang VALUES (1)")
    networks = ["127.0.0.0/8", "::1/128"]
    at_name, ca = started.dsn(name).replace("127.0.0.1", "localhost"), str(started.folder / "ca.pem")
    async with reading({"dsn": at_name, "networks": networks, "ca": ca}, map={"id": "id"}) as sql:
        assert await ids(sql) == [1]
        assert (await sql.table.database.pool.ask(lambda link: link.rows("SHOW STATUS LIKE 'Ssl_cipher'", [])))[0][1] != ""
    for dsn, other in ((at_name, str(started.folder / "other.pem")), (started.dsn(name), ca), (at_name, "tidak-ada.pem")):
        async with reading({"dsn": dsn, "networks": networks, "ca": other}, map={"id": "id"}) as sql:
            assert await failure(sql) == "unreachable tls"
    plain = f"postgresql://pembaca:{PASSWORD}@127.0.0.1:{relay().port}/sumber"
    async with reading({"dsn": plain, "networks": networks, "ca": ca}) as sql:
        assert await failure(sql) == "unreachable tls"


async def test_a_name_that_leads_nowhere_is_unreachable() -> None:
    async with reading({"dsn": "mysql://u:p@tidak-ada.invalid/x"}) as sql:
        assert await failure(sql) == "unreachable dns"


async def test_nothing_shows_the_password(filled: Filled) -> None:
    async with reading(filled.words) as sql:
        connection = Connection.model_validate(filled.words)
        shown = repr(sql) + repr(sql.table) + repr(connection) + str(connection) + repr(connection.place) + repr(sql.table.database)
        assert PASSWORD not in shown
        assert "rahasia" not in shown


async def test_text_that_is_not_utf8_is_read_by_its_charset_and_asked_in_it(tmp_path: Path, mariadb: Any) -> None:
    file = sqlite(tmp_path)
    file.run(
        "CREATE TABLE orang (id integer PRIMARY KEY, nama text)",
        "INSERT INTO orang VALUES (1, CAST(x'52656EE9' AS TEXT)), (2, 'Siti'), (3, CAST(x'80' AS TEXT))",
    )
    two = {"id": "id", "nama": "nama"}
    for charset, euro in (("cp1252", "€"), ("latin1", "\x80")):
        async with reading({**file.words, "charset": charset}, map=two, page={"by": ["nama"], "size": 1}) as sql:
            assert [row["nama"] for page in await pages(sql) for row in page.rows] == ["René", "Siti", euro]
            assert await ids(sql, pushed=(Pushed("nama", ("René",)),)) == [1]
            assert await ids(sql, sort=(("nama", False), ("id", False))) == [1, 2, 3]
    started = mariadb()
    name = started.fresh()
    started.run(
        name, "CREATE TABLE orang (id int PRIMARY KEY, nama varchar(20)) CHARACTER SET latin1", "INSERT INTO orang VALUES (1, 'René €'), (2, 'rene')"
    )
    for charset in ("utf8mb4", "latin1", "cp1252"):
        async with reading(
            {"dsn": started.dsn(name), "networks": ["127.0.0.0/8"], "charset": charset}, map=two, page={"by": ["nama"], "size": 1}
        ) as sql:
            assert sorted(row["nama"] for page in await pages(sql) for row in page.rows) == ["René €", "rene"]
            assert await ids(sql, pushed=(Pushed("nama", ("René €",)),)) == [1]
            assert await ids(sql, pushed=(Pushed("nama", ("Rene €",)),)) == []
            assert await ids(sql, sort=(("nama", True), ("id", False))) == [2, 1]


async def test_bytes_that_are_no_text_are_a_flaw_of_one_field(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = sqlite(tmp_path)
    file.run("CREATE TABLE orang (id integer PRIMARY KEY, nama text)", "INSERT INTO orang VALUES (1, CAST(x'52FF' AS TEXT)), (2, 'Siti')")
    old = postgres(request.getfixturevalue("server")(), request.getfixturevalue("relay")(), "sumber_lama")
    old.run("CREATE TABLE orang (id integer PRIMARY KEY, nama text)", "INSERT INTO orang VALUES (1, E'R\\xff'), (2, 'Siti')")
    for filled in (file, old):
        for by in ("id", "nama"):
            async with reading(filled.words, map={"id": "id", "nama": "nama"}, page={"by": [by], "size": 1}) as sql:
                found = {row["id"]: row["nama"] for page in await pages(sql) for row in page.rows}
                assert found == {1: b"R\xff", 2: "Siti"}
        lens = MapLens(Resource.model_validate({"contract": "o", "map": {"id": "id", "nama": "nama"}}), CONTRACT, LISTS)
        assert [flaw.rule for _, flaw in lens.shape({"id": 1, "nama": b"R\xff"}).flaws] == ["not_text"]


async def test_zero_dates_are_nothing_and_odd_ones_are_told(mariadb: Any) -> None:
    started = mariadb()
    name = started.fresh()
    started.run(
        name,
        "CREATE TABLE orang (id int PRIMARY KEY, lahir date NOT NULL, dicatat datetime NOT NULL, jam time, tahun year, tanda bit(1))",
        "INSERT INTO orang VALUES (1, '0000-00-00', '0000-00-00 00:00:00', '25:10:00', 2020, b'1'),"
        "(2, '2020-00-00', '2020-01-01', NULL, NULL, NULL),"
        "(3, '2019-05-05', '2019-05-05 10:00:00', '-01:00:00', 1999, b'0')",
    )
    names = {one: one for one in ("id", "lahir", "dicatat", "jam", "tahun", "tanda")}
    async with reading({"dsn": started.dsn(name), "networks": ["127.0.0.0/8"]}, map=names, page={"size": 1}) as sql:
        found = [tuple(row.values()) for page in await pages(sql) for row in page.rows]
        assert found == [
            (1, None, None, "25:10:00", 2020, 1),
            (2, "2020-00-00", "2020-01-01 00:00:00", None, None, None),
            (3, "2019-05-05", "2019-05-05 10:00:00", "-01:00:00", 1999, 0),
        ]
        for name in ("lahir", "dicatat"):
            assert await ids(sql, sort=((name, False), ("id", False))) == [3, 2, 1]
            assert await ids(sql, sort=((name, True), ("id", False))) == [2, 3, 1]


async def test_moments_with_a_zone_and_days_without_end(request: pytest.FixtureRequest) -> None:
    filled = postgres(request.getfixturevalue("server")(), request.getfixturevalue("relay")())
    filled.run(
        "CREATE TYPE warna AS ENUM ('merah', 'biru')",
        "CREATE TABLE orang (id integer PRIMARY KEY, saat timestamptz, hari date, nilai numeric, kode uuid, warna warna,"
        " isi jsonb, alamat inet, lagi text[])",
        "INSERT INTO orang VALUES (1, '2026-03-01 23:30:00+07', 'infinity', 'NaN',"
        " '7f000000-0000-4000-8000-000000000001', 'merah', '{\"a\": 1}', '10.0.0.1', '{a,b}')",
        "INSERT INTO orang VALUES (2, '2026-03-02 00:30:00+07', '0001-01-01 BC', 12345678901234567.25)",
    )
    names = {one: one for one in ("id", "saat", "hari", "nilai", "kode", "warna", "isi", "alamat", "lagi")}
    async with reading(filled.words, map=names) as sql:
        (page,) = await pages(sql)
        first, second = page.rows
        assert first["hari"] == "infinity"
        assert (first["isi"], first["warna"], first["alamat"], first["lagi"]) == ({"a": 1}, "merah", "10.0.0.1", ["a", "b"])
        assert (first["nilai"], second["nilai"]) == ("NaN", "12345678901234567.25")
        assert await ids(sql, pushed=(Pushed("saat", ("2026-03-01T23:30:00+07:00",)),)) == [1]
        assert await ids(sql, pushed=(Pushed("saat", ("2026-03-02T00:30:00+07:00",), "gte"),)) == [2]
        assert await ids(sql, pushed=(Pushed("warna", ("merah",)),)) == [1]
        assert await ids(sql, pushed=(Pushed("kode", (first["kode"],)),)) == [1]


async def test_pages_and_keys_that_a_database_cannot_give_are_told() -> None:
    def resource(**words: Any) -> Resource:
        return Resource.model_validate({"contract": "x", "map": {"id": {"from": ["a", "b"]}, "nik": "isi.nik", "nama": "nama"}, **words})

    for words, key in (({"page": {"style": "offset"}}, ("nama",)), ({}, ("id",)), ({}, ("nik",)), ({"push": {"nik": {}}}, ("nama",))):
        with pytest.raises(ValueError, match=r"keyset|columns"):
            completed(resource(**words), key)
    assert completed(resource(), ("nama",)).page.by == ("nama",)
    assert completed(resource(page={"by": ["no"]}), ("id",)).page.by == ("no",)


@pytest.mark.parametrize(
    "words",
    [
        {"dsn": "oracle://u:p@h/x"},
        {"dsn": "postgresql:///x"},
        {"dsn": "postgresql://u:p@/x?host=/var/run/postgresql"},
        {"dsn": "postgresql://u:p@%2Fvar%2Frun/x"},
        {"dsn": "mysql://u:p@h/x?local_infile=1"},
        {"dsn": "mysql://u:p@h:99999/x"},
        {"dsn": "mysql://h/x"},
        {"dsn": "sqlite:///../luar.db"},
        {"dsn": "sqlite://:memory:"},
        {"dsn": "sqlite:///"},
        {"dsn": "sqlite:///a.db", "ca": "ca.pem"},
        {"dsn": "sqlite:///a.db", "charset": "koi8-r"},
        {"dsn": "sqlite:///a.db", "statement_timeout": 0.0},
    ],
)
def test_a_connection_that_makes_no_sense_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as raised:
        Connection.model_validate(words)
    assert "u:p" not in str(raised.value)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"from": "a", "query": "SELECT 1"},
        {"query": "DELETE FROM a"},
        {"query": "SELECT 1; DELETE FROM a"},
        {"query": "SELECT 1 -- x"},
        {"query": "SELECT 1 /* x */"},
        {"query": "SELECT 1 # x"},
        {"query": "SELECT * FROM a INTO OUTFILE 'x'"},
        {"query": "SELECT * FROM a FOR UPDATE"},
        {"query": "SELECT 'a"},
        {"query": "SELECT ?"},
        {"query": "SELECT $$a$$"},
        {"from": "a", "where": "1=1) OR (1=1"},
        {"from": "a", "where": "nama = 'x\\'"},
        {"from": "a", "where": " "},
        {"from": "a", "kolom": "x"},
    ],
)
def test_sql_that_is_not_one_select_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Read.model_validate(words)
