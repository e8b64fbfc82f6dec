from datetime import UTC, datetime

import orjson

import migrations
from app.db import Database
from app.quality.finding import MOST, Findings, listed
from tests.fixtures.book import content

ROW = {"no_ktp": "127601010190900", "nama": "Siti Contoh"}


def opened(address: str) -> tuple[Database, Findings]:
    database = Database(address)
    migrations.upgrade(database.engine)
    return database, Findings(database, b"k" * 32, clock=lambda: datetime(2026, 11, 24, 3, tzinfo=UTC))


def test_a_row_seen_a_thousand_times_is_one_finding(address: str) -> None:
    database, findings = opened(address)
    for turn in range(4):
        for _ in range(250):
            findings.note("dinsos.bansos", "bantuan", dict(reversed(ROW.items())) if turn % 2 else ROW, "nik", "wrong_length", "rejected")
        findings.flush()
    (found,) = listed(database)
    assert (found.system, found.contract, found.field, found.rule, found.outcome, found.times) == (
        "dinsos.bansos",
        "bantuan",
        "nik",
        "wrong_length",
        "rejected",
        1000,
    )
    assert found.first_seen == found.last_seen == "2026-11-24T03:00:00Z"
    database.close()


def test_neither_the_row_nor_a_hash_that_could_be_guessed_is_kept(address: str) -> None:
    database, findings = opened(address)
    findings.note("dinsos.bansos", "bantuan", ROW, "nik", "wrong_length", "rejected")
    findings.flush()
    (one,) = listed(database)
    other = Findings(database, b"l" * 32)
    other.note("dinsos.bansos", "bantuan", ROW, "nik", "wrong_length", "rejected")
    other.flush()
    assert len({found.digest for found in listed(database)}) == 2
    everything = content(database)
    assert b"127601010190900" not in everything
    assert b"Siti" not in everything
    assert "value" not in one._fields
    database.close()


def test_other_fields_rules_and_systems_are_other_findings(address: str) -> None:
    database, findings = opened(address)
    for system, field, rule in (("a.x", "nik", "r1"), ("a.x", "nik", "r2"), ("a.x", "nama", "r1"), ("b.y", "nik", "r1")):
        findings.note(system, "bantuan", ROW, field, rule, "nulled")
    findings.flush()
    assert len(listed(database)) == 4
    assert len(listed(database, 2)) == 2
    database.close()


def test_findings_wait_while_the_database_is_away(address: str) -> None:
    database, findings = opened(address)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE quarantine RENAME TO away")
    findings.note("dinsos.bansos", "bantuan", ROW, "nik", "wrong_length", "rejected")
    findings.flush()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO quarantine")
    findings.flush()
    assert len(listed(database)) == 1
    database.close()


def test_more_findings_than_may_wait_are_counted_and_never_block(address: str) -> None:
    database, findings = opened(address)
    for number in range(MOST + 5):
        findings.note("dinsos.bansos", "bantuan", {"n": number}, "nik", "wrong_length", "rejected")
    assert findings.dropped == 5
    database.close()


def test_what_was_noted_is_written_at_the_end_and_odd_rows_do_no_harm(address: str) -> None:
    database, findings = opened(address)
    findings.start()
    for row in (ROW, [1, 2], "teks", None, {1: {2: object()}}):
        findings.note("dinsos.bansos", "bantuan", row, "nik", "unreadable", "rejected")
    findings.stop()
    findings.stop()
    assert len(listed(database)) == 5
    database.close()


def test_a_finding_that_comes_while_writing_fails_is_counted_too(address: str) -> None:
    database = Database(address)
    migrations.upgrade(database.engine)
    late = [True]

    def clock() -> datetime:
        if late.pop() if late else False:
            findings.note("dinsos.bansos", "bantuan", ROW, "nik", "wrong_length", "rejected")
        return datetime(2026, 11, 24, 3, tzinfo=UTC)

    findings = Findings(database, b"k" * 32, clock=clock)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE quarantine RENAME TO away")
    findings.note("dinsos.bansos", "bantuan", ROW, "nik", "wrong_length", "rejected")
    findings.flush()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO quarantine")
    findings.flush()
    assert [found.times for found in listed(database)] == [2]
    database.close()


def test_a_row_that_cannot_be_written_as_json_does_not_break_the_question(address: str) -> None:
    database, findings = opened(address)
    deep = orjson.loads(b"[" * 1000 + b"]" * 1000)
    for row in (deep, {"n": 2**70}, {"nama": "\ud800"}):
        findings.note("dinsos.bansos", "bantuan", row, "nik", "unreadable", "rejected")
    findings.flush()
    assert [found.times for found in listed(database)] == [3]
    database.close()
