"""The conformance suite over every file of cities/*/systems, and of a city of sheets: nothing to write for a new one."""

import json
import logging
import socket
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.sheet import Read
from app.adapter.loading import World
from app.adapter.secret import Secrets
from app.adapter.testing import HANG, SECRET, Case, cases, closing, example_rows, far, first_page, source_at, told_by_rules
from app.contract.lists import city_lists
from app.contract.reading import read
from app.errors import BadAnswer, Refused, SourceError, Throttled, Unreachable
from tests.fixtures.databases import table_for
from tests.fixtures.workbook import written_for

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"refused": Refused, "throttled": Throttled, "unreachable": Unreachable, "bad_answer": BadAnswer, "login_again": Refused}


def every() -> list[Case]:
    found: list[Case] = []
    for folder in [*sorted((ROOT / "cities").iterdir()), *(ROOT / "tests" / "fixtures" / name for name in ("sheet_city", "sql_city"))]:
        contracts = {path.name.removesuffix(".odcs.yaml"): read(path) for path in (folder / "contracts").glob("*.odcs.yaml")}
        lists = city_lists(folder / "codes", ZoneInfo("Asia/Jakarta"))
        found += cases(folder, World(contracts, lists, Secrets({}), ()))
    return found


ALL = every()
pytestmark = pytest.mark.anyio
each = pytest.mark.parametrize("case", ALL, ids=str)
over_http = pytest.mark.parametrize("case", [case for case in ALL if case.place == "base"], ids=str)
of_a_file = pytest.mark.parametrize("case", [case for case in ALL if case.place == "source"], ids=str)
of_a_database = pytest.mark.parametrize("case", [case for case in ALL if case.place == "dsn"], ids=str)
plain = pytest.mark.parametrize("case", [case for case in ALL if case.place == "dsn" and not {"query", "where"} & set(case.resource.read)], ids=str)


@each
async def test_the_example_is_true(case: Case) -> None:
    async with closing(source_at(case, case.nowhere)) as source:
        example = case.resource.example
        assert example is not None, "write [resource.example]: it is documentation and test at once"
        shaped = [source.lens.shape(row).values for row in example_rows(case)]
        for expected, got in zip(example.expect, shaped, strict=True):
            assert {name: got[name] for name in expected} == expected


@each
async def test_keys_in_the_example_are_unique_and_never_null(case: Case) -> None:
    async with closing(source_at(case, case.nowhere)) as source:
        keys = [source.lens.shape(row).key for row in example_rows(case)]
        assert None not in keys
        assert len(set(keys)) == len(keys)


@each
async def test_zeros_in_front_survive(case: Case) -> None:
    async with closing(source_at(case, case.nowhere)) as source:
        contract = case.world.contracts[case.resource.contract]
        plain = [name for name, prop in contract.properties.items() if prop.type == "string" and prop.semantic is None and not prop.options.pattern]
        rules = case.resource.rules()
        for name in plain:
            rule = rules.get(name)
            if rule is None or not isinstance(rule.source, str) or rule.codes or rule.code or "." in rule.source:
                continue
            assert source.lens.shape({rule.source: "007"}).values[name] == "007"


@each
async def test_a_missing_column_is_never_an_exception(case: Case) -> None:
    async with closing(source_at(case, case.nowhere)) as source:
        for row in example_rows(case):
            for column in row:
                shaped = source.lens.shape({name: value for name, value in row.items() if name != column})
                assert shaped.key is None or all(isinstance(part, str) for part in shaped.key)


@over_http
async def test_a_dead_host_is_unreachable(case: Case) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{probe.getsockname()[1]}"
    async with closing(source_at(case, dead)) as source:
        with pytest.raises(Unreachable):
            await first_page(source)


@pytest.mark.parametrize("status", [401, 403])
@over_http
async def test_a_wrong_password_is_refused(case: Case, status: int) -> None:
    with far(case) as side:
        side.status, side.body = status, b'{"pesan": "siapa?"}'
        async with closing(source_at(case, side.address)) as source:
            with pytest.raises(Refused):
                await first_page(source)


@over_http
async def test_html_in_place_of_json_is_a_bad_answer(case: Case) -> None:
    with far(case) as side:
        side.body, side.media = b"<html><form action=/login>", "text/html"
        async with closing(source_at(case, side.address)) as source:
            with pytest.raises(BadAnswer) as raised:
                await first_page(source)
            assert raised.value.reason == "html_not_json"


@over_http
async def test_200_with_an_error_inside_is_what_the_file_says(case: Case) -> None:
    for body, outcome in told_by_rules(case.manifest):
        with far(case) as side:
            side.body = body
            async with closing(source_at(case, side.address)) as source:
                if outcome == "empty":
                    assert (await first_page(source)).rows == []
                elif outcome != "ok":
                    with pytest.raises(WORDS[outcome]):
                        await first_page(source)


@over_http
async def test_a_source_that_hangs_is_unreachable(case: Case) -> None:
    with far(case) as side:
        side.delay = HANG
        async with closing(source_at(case, side.address, timeout=0.2)) as source:
            with pytest.raises(Unreachable) as raised:
                await first_page(source)
            assert raised.value.reason == "timeout"


@pytest.mark.parametrize("status", [429, 500, 503])
@over_http
async def test_every_other_failure_is_one_of_our_words(case: Case, status: int) -> None:
    with far(case) as side:
        side.status, side.body = status, b"Fatal error in /var/www/index.php line 3"
        async with closing(source_at(case, side.address)) as source:
            with pytest.raises(SourceError) as raised:
                await first_page(source)
            assert "index.php" not in f"{raised.value} {raised.value.detail} {raised.value.reason}"


@over_http
async def test_no_secret_or_personal_value_is_logged_or_shown(
    case: Case, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    example = case.resource.example
    assert example is not None
    personal = {str(value) for row in example.expect for name, value in row.items() if name in ("nik", "nama", "no_kk")}
    with far(case) as side, caplog.at_level(logging.DEBUG):
        side.body = json.dumps(example.raw).encode()
        async with closing(source_at(case, side.address)) as source:
            page = await first_page(source)
            shown = repr(source) + repr(source.adapter) + repr(case.manifest)
            assert page.rows
    out, err = capfd.readouterr()
    seen = caplog.text + out + err + shown
    assert SECRET not in seen
    assert [value for value in personal if value in caplog.text + out + err] == []


@of_a_file
async def test_the_example_is_the_same_out_of_a_real_file(case: Case, tmp_path: Path) -> None:
    example = case.resource.example
    assert example is not None
    path = written_for(tmp_path / "contoh.xlsx", Read.model_validate(case.resource.read), example_rows(case))
    async with closing(source_at(case, str(path), timeout=10.0)) as source:
        shaped = [source.lens.shape(row).values for row in (await first_page(source)).rows]
        for expected, got in zip(example.expect, shaped, strict=True):
            assert {name: got[name] for name in expected} == expected


@of_a_file
async def test_no_file_is_unreachable(case: Case, tmp_path: Path) -> None:
    async with closing(source_at(case, str(tmp_path / "tidak-ada.xlsx"))) as source:
        with pytest.raises(Unreachable) as raised:
            await first_page(source)
        assert raised.value.reason == "no_file"


@of_a_file
async def test_html_in_place_of_a_sheet_is_a_bad_answer(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "contoh.xls"
    path.write_text("<html><table><tr><td>Siti Contoh</td></tr></table>")
    async with closing(source_at(case, str(path), timeout=10.0)) as source:
        with pytest.raises(BadAnswer) as raised:
            await first_page(source)
        assert raised.value.reason == "html_not_a_sheet"


@plain
async def test_the_example_is_the_same_out_of_a_real_table(case: Case, tmp_path: Path) -> None:
    example = case.resource.example
    assert example is not None
    charset = case.manifest.connection.get("charset", "utf-8").replace("utf8mb4", "utf-8")
    path = table_for(tmp_path / "contoh.db", case.resource, example_rows(case), charset)
    async with closing(source_at(case, f"sqlite:///{path}", timeout=10.0)) as source:
        shaped = [source.lens.shape(row) for row in (await first_page(source)).rows]
        for expected in example.expect:
            key = tuple(str(expected[name]) for name in case.world.contracts[case.resource.contract].key)
            (got,) = [one.values for one in shaped if one.key == key]
            assert {name: got[name] for name in expected} == expected


@of_a_database
async def test_no_database_is_unreachable(case: Case) -> None:
    async with closing(source_at(case, case.nowhere)) as source:
        with pytest.raises(Unreachable) as raised:
            await first_page(source)
        assert raised.value.reason == "no_file"
