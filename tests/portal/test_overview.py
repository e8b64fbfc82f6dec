"""The board of a real town, over HTTP: what it tells, and what it keeps to itself."""

import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from app.clock import now
from app.main import Gateway
from app.portal.board import Board
from app.portal.overview import Place, board
from tests.fixtures.aid import Aid, nik, row
from tests.fixtures.far_side import Said
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
MORE = """
[smartcity]
team = [{ dimension = "SOC", name = "Pokja", lead = "dinsos" }]
"""


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[tuple[Asking, Aid]]:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack, key="nik")
        city = aid.town.folder / "city.toml"
        city.write_text(city.read_text() + MORE)
        file = aid.town.folder / "contracts" / "orang.odcs.yaml"
        file.write_text(file.read_text().replace('{purpose: "Uji"}', '{purpose: "Satu baris per orang.", usage: "Untuk uji. Ya."}'))
        aid.source("dinsos.orang", [row(1), row(2)])
        aid.source("disdukcapil.orang", [row(1)])
        file = aid.town.folder / "systems" / "dinsos.orang.toml"
        file.write_text(file.read_text().replace('kind = "rest"', 'kind = "rest"\ndimension = "SOC3"'))
        aid.town.client("bappeda-app", "bappeda")
        aid.town.agreement(
            "PKS-RAHASIA-1", "bappeda", "dinsos", "orang", fields='["nik", "nama", "umur"]', more='mask = { nik = "token" }\nquota = "777/day"'
        )
        aid.town.agreement(
            "PKS-LAMA", "diskominfo", "dinsos", "orang", begins=now().date() - timedelta(days=9), ends=now().date() - timedelta(days=2)
        )
        async with aid.town.open() as asking:
            yield asking, aid


def told(gateway: Gateway) -> list[tuple[str, str]]:
    return [(one.title, one.state) for one in gateway.board().applications]


async def test_before_the_first_question_nothing_is_claimed(tmp_path: Path) -> None:
    async with opened(tmp_path) as (asking, _):
        text = (await asking.get("/")).text
        assert "2 aplikasi, belum satu pun ditanya sejak gerbang dinyalakan" in text
        assert {state for _, state in told(asking.gateway)} == {"unknown"}


async def test_a_source_that_fails_is_named_with_its_moment(tmp_path: Path) -> None:
    async with opened(tmp_path) as (asking, aid):
        assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 200
        assert told(asking.gateway)[0] == ("Aplikasi dinsos.orang", "ok")
        aid.sides["dinsos.orang"].answer = lambda _asked: Said("<html>rusak</html>", status=200)
        assert (await asking.get("/v1/orang", "bappeda-app")).status_code == 502
        assert told(asking.gateway)[0] == ("Aplikasi dinsos.orang", "disturbed")
        text = (await asking.get("/")).text
        assert re.search(r"2 aplikasi: 1 terganggu sejak \d\d\.\d\d WIB, 1 belum ditanya\.", text)
        assert "rusak" not in text


async def test_organisations_dimensions_and_readers_come_out_of_the_files(tmp_path: Path) -> None:
    async with opened(tmp_path) as (asking, _):
        board = asking.gateway.board()
        assert [(one.owner, one.dimension) for one in board.applications] == [("Dinsos", "SOC"), ("Disdukcapil", "")]
        assert [one.lead for one in board.dimensions if one.lead] == ["Dinsos"]
        (offer,) = [one for one in board.offers if one.name == "orang"]
        assert (offer.fields, offer.sources, board.agreements) == (7, ("Aplikasi dinsos.orang", "Aplikasi disdukcapil.orang"), 1)
        assert offer.description == "Satu baris per orang."
        (reader,) = offer.readers
        assert (reader.consumer, reader.provider, reader.fields, reader.masked, reader.actions) == ("Bappeda", "Dinsos", 3, 1, ("read",))
        assert reader.until == now().date() + timedelta(days=30)


async def test_all_fields_that_are_not_closed_are_counted_where_an_agreement_says_star(tmp_path: Path) -> None:
    async with opened(tmp_path) as (asking, aid):
        aid.town.agreement("PKS-2", "disdukcapil", "dinsos", "orang", fields='"*"')
        asking.gateway.registry.refresh()
        assert [(one.consumer, one.fields) for one in asking.gateway.board().offers[0].readers] == [("Bappeda", 3), ("Disdukcapil", 6)]


async def test_strangers_learn_no_client_no_document_no_rule_and_no_person(tmp_path: Path) -> None:
    async with opened(tmp_path) as (asking, aid):
        await asking.get("/v1/orang", "bappeda-app")
        for spoken in ("id", "en"):
            text = (await asking.get(f"/?bahasa={spoken}")).text
            for kept in (
                "bappeda-app",
                "PKS",
                "777",
                "Perwal",
                "uji</",
                nik(1),
                "Orang 1",
                "umur",
                str(aid.sides["dinsos.orang"].address),
                "127.0.0.1",
            ):
                assert kept not in text, kept


async def test_characters_that_nobody_sees_do_not_reach_the_page(tmp_path: Path) -> None:
    with ExitStack() as stack:
        aid = Aid(tmp_path, stack)
        aid.source("dinsos.orang", [row(1)])
        file = aid.town.folder / "systems" / "dinsos.orang.toml"
        file.write_text(file.read_text().replace("Aplikasi dinsos", "Aplikasi\u202e\u200b\\u001b dinsos"))
        async with aid.town.open() as asking:
            text = (await asking.get("/")).text
            assert "Aplikasi??? dinsos" in text
            assert not set("\u202e\u200b\x1b") & set(text)


async def test_what_nobody_sees_makes_no_other_page(tmp_path: Path) -> None:
    """A busy gateway renders as often as an idle one."""
    async with opened(tmp_path) as (asking, _):
        gateway = asking.gateway

        def seen(second: int, quality: float | None) -> Board:
            state = {"state": "ok", "since": "2026-11-24T03:00:07Z", "as_of": f"2026-11-24T03:00:{second:02}Z", "quality": quality}
            states = [{**one, **state} for one in gateway.states.shown()]
            place = Place("http://titian.test", "0", gateway.started)
            return board(gateway.catalog, place, states=states, held=(), moment=gateway.started)

        assert seen(1, 0.96701) == seen(59, 0.96999)
        assert seen(1, 0.96701) != seen(1, 0.97)
        assert seen(1, None).applications[0].quality is None
        assert seen(1, 0.29).applications[0].quality == 0.29
