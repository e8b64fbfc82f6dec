"""A grade is shown, never claimed: sources that lie about their filters, their order or their pages do not get it."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.conformance.check import Report
from app.errand import grades, tried
from tests.fixtures.aid import Aid, row
from tests.fixtures.far_side import Asked, Said

pytestmark = pytest.mark.anyio
CONTACT = 'legal_basis = "Perwal uji"\ncontact = "mailto:opd@kota.example"\n'
EXAMPLE = """
[resource.example]
raw = { data = [ { id = "0001", nm = "Siti Contoh", umur = 36, lahir = "01/01/1990" } ] }
expect = [ { id = "0001", nama = "Siti Contoh", lahir = "1990-01-01" } ]
"""
PUSH = """nama = { param = "nama" }
umur = { param = "umur", ops = ["gte"] }
[resource.sort]
by_key = true"""
ROWS = [row(number, nm="Siti" if number % 5 else "SITI", umur=30 + number % 7) for number in range(1, 41)]
Choose = Callable[[dict[str, Any], dict[str, str]], bool]


def honest(one: dict[str, Any], params: dict[str, str]) -> bool:
    return ("nama" not in params or one["nm"] == params["nama"]) and ("umur" not in params or one["umur"] >= int(params["umur"]))


def ignores(one: dict[str, Any], params: dict[str, str]) -> bool:
    return honest(one, {name: value for name, value in params.items() if name != "nama"})


def strictly_greater(one: dict[str, Any], params: dict[str, str]) -> bool:
    return honest(one, {"nama": params["nama"]} if "nama" in params else {}) and ("umur" not in params or one["umur"] > int(params["umur"]))


def folds_case(one: dict[str, Any], params: dict[str, str]) -> bool:
    return honest({**one, "nm": one["nm"].lower()}, {**params, "nama": params["nama"].lower()} if "nama" in params else params)


def said(choose: Choose, rows: list[dict[str, Any]], *, total: bool = True) -> Callable[[Asked], Said]:
    def answer(asked: Asked) -> Said:
        chosen = [one for one in rows if choose(one, asked.params)]
        page, size = int(asked.params["halaman"]), int(asked.params["per"])
        body = {"data": chosen[(page - 1) * size : page * size]}
        return Said({**body, "total": len(chosen)} if total else body)

    return answer


async def reported(tmp_path: Path, answer: Callable[[Asked], Said], *, total: bool = True, contact: bool = True) -> Report:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack)
        made.source("dinsos.orang", [], push=PUSH, get=False).answer = answer
        path = made.town.folder / "systems" / "dinsos.orang.toml"
        text = path.read_text() + EXAMPLE
        text = text.replace('legal_basis = "Perwal uji"\n', CONTACT) if contact else text
        path.write_text(text if total else text.replace('total = "$.total"\n', ""))
        (report,) = await grades(made.town.settings)
        return report


def failed(report: Report) -> list[str]:
    return [check.name for check in report.checks if not check.passed]


async def test_an_honest_source_reaches_silver(tmp_path: Path) -> None:
    report = await reported(tmp_path, said(honest, ROWS))
    assert (report.grade, failed(report), report.lacking) == ("perak", [], ())
    (pages,) = [check for check in report.checks if check.name == "pages"]
    assert int(pages.note.en.split()[0]) >= 3


@pytest.mark.parametrize("choose", [ignores, strictly_greater, folds_case])
async def test_a_source_that_filters_otherwise_than_its_file_says_stays_bronze(tmp_path: Path, choose: Choose) -> None:
    report = await reported(tmp_path, said(choose, ROWS))
    assert (report.grade, failed(report)) == ("perunggu", ["push"])
    assert "nama__eq" in report.lacking[0].note.en or "umur__gte" in report.lacking[0].note.en


async def test_a_source_out_of_order_stays_bronze(tmp_path: Path) -> None:
    report = await reported(tmp_path, said(honest, ROWS[::-1]))
    assert (report.grade, failed(report)) == ("perunggu", ["sort"])


async def test_without_a_total_a_list_cut_short_is_not_noticed_and_said_so(tmp_path: Path) -> None:
    report = await reported(tmp_path, said(honest, ROWS, total=False), total=False)
    assert (report.grade, failed(report)) == ("perunggu", ["short_total"])


async def test_a_list_that_does_not_end_whole_is_no_silver(tmp_path: Path) -> None:
    good = said(honest, ROWS)

    def answer(asked: Asked) -> Said:
        return Said({}, status=500) if int(asked.params["halaman"]) > 2 else good(asked)

    report = await reported(tmp_path, answer)
    assert report.grade == "perunggu"
    assert "pages" in failed(report)


async def test_a_source_that_does_not_answer_has_no_grade(tmp_path: Path) -> None:
    report = await reported(tmp_path, lambda _: Said({}, status=500))
    assert (report.grade, failed(report)) == ("belum", ["reached"])


async def test_nobody_to_ask_is_no_bronze(tmp_path: Path) -> None:
    report = await reported(tmp_path, said(honest, ROWS), contact=False)
    assert (report.grade, [check.name for check in report.lacking]) == ("belum", ["contact"])


async def test_a_first_look_shows_five_records_and_no_personal_value(tmp_path: Path) -> None:
    with ExitStack() as stack:
        made = Aid(tmp_path, stack, key="nik")
        made.source("dinsos.orang", [row(number) for number in range(1, 30)])
        ((contract, records),) = await tried(made.town.settings, "dinsos.orang")
        assert (contract, len(records)) == ("orang", 5)
        assert records[0]["nik"] == "12760101********"
        assert records[0]["umur"] == 1


def test_the_demo_reaches_silver_with_every_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.settings import Settings
    from tests.fixtures.demo_city import demo_city

    with demo_city(tmp_path) as running:
        own = running.home / "var" / "demo"
        monkeypatch.setenv("TITIAN_CITY", str(own / "city"))
        monkeypatch.setenv("TITIAN_SECRETS", str(own / "secrets"))
        found = {report.system: (report.grade, report.lacking) for report in asyncio.run(grades(Settings()))}
    assert len(found) >= 6
    assert {system: told for system, told in found.items() if told != ("perak", ())} == {}
