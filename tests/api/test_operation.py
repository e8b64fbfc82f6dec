"""What operators see: alive, ready, status, numbers; and that none of it tells of anybody."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures.aid import Aid, nik, row
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
ROUTES = {"/v1/orang", "/v1/orang/{key}", "/v1/orang:search"}


def aid(tmp_path: Path, stack: ExitStack, **words: str) -> Aid:
    made = Aid(tmp_path, stack, **words)
    made.source("dinsos.orang", [row(1), row(2)])
    made.town.client("bappeda-app", "bappeda")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields=words.get("fields", f'["{made.key}", "nama"]'))
    return made


@contextmanager
def away(asking: Asking, table: str) -> Iterator[None]:
    with asking.gateway.database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO away_{table}")
    yield
    with asking.gateway.database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE away_{table} RENAME TO {table}")


async def test_a_process_that_answers_is_alive(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).town.open() as asking:
            with away(asking, "trust_revision"):
                reply = await asking.get("/healthz")
            assert (reply.status_code, reply.json()) == (200, {"status": "ok"})


async def test_ready_names_every_part(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        async with made.town.open() as asking:
            reply = await asking.get("/readyz")
            parts = dict.fromkeys(("database", "keys", "city", "evidence"), "ok")
            assert (reply.status_code, reply.json()) == (200, {"status": "ok", "parts": parts})


async def test_not_ready_while_evidence_cannot_be_written_and_ready_again_after(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).town.open() as asking:
            with away(asking, "ledger"):
                unanswered = await asking.get("/v1/orang", "bappeda-app")
                assert (unanswered.status_code, unanswered.json()["code"]) == (503, "unavailable")
                reply = await asking.get("/readyz")
                assert (reply.status_code, reply.json()["parts"]["evidence"]) == (503, "failed")
                assert (reply.json()["status"], reply.headers["retry-after"]) == ("failed", "5")
                assert reply.json()["parts"]["database"] == "ok"
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 200
            assert (await asking.get("/readyz")).status_code == 200


async def test_not_ready_while_nobody_can_be_looked_up(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack).town.open() as asking:
            with away(asking, "trust_revision"):
                reply = await asking.get("/readyz")
                assert (reply.status_code, reply.json()["parts"]["database"]) == (503, "failed")
                assert "trust" not in reply.text
            assert (await asking.get("/readyz")).status_code == 200


async def test_a_source_that_is_away_makes_nothing_unready(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.town.system("dinsos.orang", "http://127.0.0.1:9", _resource())
        made.town.client("bappeda-app", "bappeda")
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang")
        async with made.town.open() as asking:
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 502
            assert (await asking.get("/readyz")).status_code == 200


def _resource() -> str:
    return '[[resource]]\ncontract = "orang"\n[resource.read]\nlist = "/orang"\nrows = "$.data"\n[resource.map]\nid = "id"\nnama = "nm"\n'


async def test_the_status_holds_no_secret_and_no_address_of_a_source(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        async with made.town.open() as asking:
            await asking.get("/v1/orang", "bappeda-app")
            reply = await asking.get("/status")
            assert reply.json()["status"] == "ok"
            assert reply.json()["contracts"] == ["orang", "aplikasi"]
            assert "dinsos.orang" in str(reply.json()["systems"])
            assert reply.headers["cache-control"] == "no-store"
            for hidden in ("rahasia-sumber", 'gerbang"', made.town.secrets["bappeda-app"], made.sides["dinsos.orang"].address, "127.0.0.1", "sqlite"):
                assert hidden not in reply.text
            assert str(tmp_path) not in reply.text


async def test_the_numbers_are_by_template_and_tell_of_nobody(tmp_path: Path) -> None:
    with ExitStack() as stack:
        async with aid(tmp_path, stack, key="nik").town.open() as asking:
            found = await asking.search("orang", {"filter": {"nik": nik(1)}}, "bappeda-app")
            assert (found.status_code, len(found.json()["data"])) == (200, 1)
            for path in (
                f"/v1/orang/{nik(2)}",
                f"/v1/orang?nik={nik(2)}",
                "/v1/orang?nama=Orang+1",
                "/v1/orang/rahasia",
                "/v1/lain/tersembunyi",
                "/v2/x",
            ):
                await asking.get(path, "bappeda-app")
            reply = await asking.get("/metrics")
            assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
            families = {family.name: family for family in text_string_to_metric_families(reply.text)}
            assert {"titian_exchanges", "titian_exchange_seconds", "titian_registry_age_seconds", "titian_ledger_batches"} <= set(families)
            assert {sample.labels["route"] for sample in families["titian_exchanges"].samples} == ROUTES
            counted = {(s.labels["route"], s.labels["status"]): s.value for s in families["titian_exchanges"].samples if s.name.endswith("_total")}
            assert counted["/v1/orang:search", "200"] == 1
            for hidden in (nik(1), nik(2), "rahasia", "tersembunyi", "Orang", "bappeda"):
                assert hidden not in reply.text


async def test_the_numbers_of_one_gateway_are_its_own(tmp_path: Path) -> None:
    with ExitStack() as stack:
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            async with aid(tmp_path / folder, stack).town.open() as asking:
                assert "titian_exchanges_total{" not in (await asking.get("/metrics")).text
                await asking.get("/v1/orang/0001", "bappeda-app")
                said = (await asking.get("/metrics")).text
                assert 'titian_exchanges_total{route="/v1/orang/{key}",status="200",worker="1"} 1.0' in said
