"""SIGHUP: the city is read again while it is asked, all of it or nothing."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fixtures.aid import Aid, answers, row
from tests.fixtures.far_side import Asked, Said
from tests.fixtures.fleet import Fleet, Line, fleet, until
from tests.fixtures.town import Town

MORE = "      - {name: alamat, logicalType: string}\n"
GRANT = '"id", "nama", "alamat"'


def aid(tmp_path: Path, stack: ExitStack) -> Aid:
    made = Aid(tmp_path, stack)
    made.source("dinsos.orang", [row(1, alm="Jalan Uji 1")])
    patient = made.town.folder / "systems/dinsos.orang.toml"
    patient.write_text(patient.read_text().replace("timeout = 2.0", "timeout = 60.0"))
    made.town.client("bappeda-app", "bappeda")
    made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields='["id", "nama"]')
    return made


def changed(town: Town) -> None:
    """A field more in the contract and in its source, another name for the city."""
    contract, system, city = (town.folder / name for name in ("contracts/orang.odcs.yaml", "systems/dinsos.orang.toml", "city.toml"))
    contract.write_text(contract.read_text().replace("      - {name: umur", MORE + "      - {name: umur"))
    system.write_text(system.read_text() + 'alamat = "alm"\n')
    city.write_text(city.read_text().replace("Kota Uji", "Kota Baru"))


def title(line: Line) -> str:
    return str(line.ask("/openapi.json").json["info"]["title"])


def fields(line: Line, token: str) -> set[str]:
    return set(line.ask("/v1/orang/0001", token).json["data"])


def logged(gateway: Fleet, word: str) -> str:
    """The next line of the log that has this word in it."""
    assert gateway.process.stderr is not None
    for line in gateway.process.stderr:
        if word in line:
            return line
    raise AssertionError(word)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_city_that_changed_is_followed_by_every_worker_and_a_broken_one_by_none(tmp_path: Path, workers: int) -> None:
    arrived, go = threading.Event(), threading.Event()
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        plain = made.sides["dinsos.orang"].answer
        gateway = stack.enter_context(fleet(made.town, workers))
        lines = gateway.each()
        token = gateway.token()
        assert [fields(line, token) for line in lines] == [{"id", "nama"}] * workers

        rest = made.town.folder / "systems/dinsos.orang.toml"
        good = rest.read_text()
        rest.write_text(good.replace('umur = "umur"', 'umurr = "umur"'))
        made.town.write("contracts/rusak.odcs.yaml", "id: [\n")
        gateway.process.send_signal(signal.SIGHUP)
        said = logged(gateway, "city_not_reloaded")
        assert "systems/dinsos.orang.toml" in said
        assert "contracts/rusak.odcs.yaml:" in said
        assert [fields(line, token) for line in lines] == [{"id", "nama"}] * workers
        assert {title(line) for line in lines} == {"Titian Kota Uji"}

        def slow(asked: Asked) -> Said:
            arrived.set()
            assert go.wait(60)
            return plain(asked)

        rest.write_text(good)
        (made.town.folder / "contracts/rusak.odcs.yaml").unlink()
        changed(made.town)
        made.town.agreement("PKS-1", "bappeda", "dinsos", "orang", fields=f"[{GRANT}]")
        made.sides["dinsos.orang"].answer = slow
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(gateway.line().ask, "/v1/orang/0001", token)
            assert arrived.wait(60)
            gateway.process.send_signal(signal.SIGHUP)
            until(lambda: {title(line) for line in lines} == {"Titian Kota Baru"})
            go.set()
            assert waiting.result().status == 200, "a question in flight is answered by the city that it was asked of"
        made.sides["dinsos.orang"].answer = plain
        until(lambda: all(fields(line, token) == {"id", "nama", "alamat"} for line in lines))
        assert all("alamat" in str(line.ask("/openapi.json").json["components"]["schemas"]["Orang"]) for line in lines)
        assert "city_not_reloaded" not in gateway.ended()


@pytest.mark.anyio
async def test_what_a_reload_leaves_out_is_gone_and_the_rest_is_remembered(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        side = made.source("disdukcapil.orang", [row(2)])
        made.town.agreement("PKS-2", "bappeda", "disdukcapil", "orang", more='quota = "5/day"\n')
        async with made.town.open() as asking:
            reply = await asking.get("/v1/orang", "bappeda-app")
            assert [one["id"] for one in reply.json()["data"]] == ["0001", "0002"]
            side.answer = answers([row(3)], "id")
            former = asking.gateway.edition
            (made.town.folder / "systems/dinsos.orang.toml").unlink()
            await asking.gateway.reload()
            assert asking.gateway.edition is not former
            reply = await asking.get("/v1/orang", "bappeda-app")
            assert [one["id"] for one in reply.json()["data"]] == ["0003"]
            assert "r=3" in reply.headers["ratelimit"], "what was used before counts on"
            assert [one["system"] for one in (await asking.http.get("/status")).json()["systems"]] == ["disdukcapil.orang"]
            (made.town.folder / "city.toml").unlink()
            former = asking.gateway.edition
            await asking.gateway.reload()
            assert asking.gateway.edition is former
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 200


@pytest.mark.anyio
async def test_a_kind_that_breaks_while_it_is_read_ends_nothing(tmp_path: Path) -> None:
    """Whatever may stand in the folder: what serves goes on."""
    with ExitStack() as stack:
        made = aid(tmp_path, stack)
        async with made.town.open() as asking:
            former = asking.gateway.edition
            for name in ("systems/dinsos.orang.toml", "contracts/orang.odcs.yaml", "codes/wilayah.csv", "city.toml"):
                path = made.town.folder / name
                kept = path.read_bytes()
                for content in (b"\xff\xfe\x00", b"", b"[" * 10_000):
                    path.write_bytes(content)
                    await asking.gateway.reload()
                    assert asking.gateway.edition is former, (name, content[:5])
                path.write_bytes(kept)
            await asking.gateway.reload()
            assert asking.gateway.edition is not former
            assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 200
