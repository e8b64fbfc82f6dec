"""What is shown of each source, and how it is told at a terminal."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from app.cli.asking import asked
from app.errors import CityError
from app.exchange.state import told
from tests.fixtures.aid import Aid, answers, row
from tests.fixtures.far_side import Said, far_side
from tests.fixtures.live import HOST, bearer, lines, listening
from tests.fixtures.live import ask as heard


def by_system(found: dict) -> dict[str, dict]:
    return {one["system"]: one for one in found["systems"]}


def test_a_running_gateway_is_asked_how_its_sources_are(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        side = made.source("dinsos.orang", [row(1), row(2, umur="tua")])
        made.source("disdukcapil.orang", [row(3)])
        made.town.client("dinsos-app", "dinsos")
        live = stack.enter_context(listening(made.town))
        base, key = f"http://127.0.0.1:{live.port}", bearer(live, "dinsos-app")
        for answer, status in ((side.answer, 200), (lambda _asked: Said({}, 500), 502), (answers([row(1)], "id"), 200)):
            side.answer = answer
            assert heard(live, lines(b"/v1/orang", HOST, b"Connection: close", key)).status == status
        found = by_system(asked(base))
        assert found["disdukcapil.orang"] == {
            **dict.fromkeys(("reason", "since", "quality", "open_until", "as_of", "stale_since")),
            "system": "disdukcapil.orang",
            "state": "unknown",
        }
        mine = found["dinsos.orang"]
        assert (mine["state"], mine["reason"], mine["open_until"]) == ("ok", None, None)
        assert mine["since"] is not None
        assert 0.9 < mine["quality"] < 1.0, "the mean of a good and a better answer"
        shown = CliRunner().invoke(cli.app, ["status", "--url", base])
        assert shown.exit_code == 0
        assert "dinsos.orang" in shown.stdout
        assert "baik / ok" in shown.stdout
        assert "belum ditanya" in shown.stdout
        machine = CliRunner().invoke(cli.app, ["status", "--url", base, "--json"])
        assert by_system(json.loads(machine.stdout)).keys() == found.keys()


def test_where_no_gateway_answers_is_said() -> None:
    with far_side(lambda _asked: Said({"halo": 1})) as side, far_side(lambda _asked: Said(b"<html>")) as page:
        for base in (side.address, page.address, "http://127.0.0.1:1", "file:///etc/passwd", "ftp://x"):
            with pytest.raises(CityError, match="no_gateway"):
                asked(base)


def test_a_line_says_what_there_is_and_no_control_character_passes() -> None:
    plain = {"since": "2026-11-24T03:00:00Z", "quality": 0.5, "reason": "timeout", "open_until": "2026-11-24T03:01:00Z"}
    one = {**plain, "system": "a.b", "state": "unreachable", "as_of": "2026-11-23T00:00:00Z", "stale_since": "2026-11-24T00:00:00Z"}
    city = {"id": "kota", "name": "Kota\x1b[2J"}
    text = told({"city": city, "version": "1", "started": "2026-11-24T00:00:00Z", "systems": [one]})
    for piece in ("tidak terjangkau / unreachable", "(timeout)", "mutu 0.50", "asked again 2026-11-24T03:01", "as of 2026-11-23", "stale since"):
        assert piece in text
    assert "\x1b" not in text
