"""A source that fails in each way a source can; and the other one, which must not notice."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.adapter.egress.pace import WAITING
from app.exchange.breaker import ENOUGH, FIRST
from tests.faults.relay import Relay, relay
from tests.faults.ward import SICK, Ward, ask_sick, others_are_well, state, told
from tests.fixtures.aid import answers, row
from tests.fixtures.case import case
from tests.fixtures.far_side import Asked, Said
from tests.fixtures.town import Asking

pytestmark = pytest.mark.anyio
RECORD = "/v1/orang/0001"


async def well_again(asking: Asking) -> None:
    """The rest is over, and the source is well."""
    breaker = asking.gateway.states.of(SICK).breaker
    breaker.until = breaker.until and 0.0
    reply = await ask_sick(asking)
    assert (reply.status_code, reply.json()["meta"]["count"]) == (200, 1)
    assert (state(asking)["state"], state(asking)["open_until"]) == ("ok", None)


@case(
    "F1",
    sent="Nobody listens where the source was",
    must="502 `source_unreachable` (`refused_connection`); after five, 504 (`known_down`) at once with Retry-After; "
    "`/status` says until when; the first good answer ends it",
)
async def test_a_source_that_refuses_connections_is_soon_not_asked(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        async with relay(ward.sides[SICK].address) as side:
            ward.sick(side.base)
            async with ward.town.open() as asking:
                assert (await ask_sick(asking)).status_code == 200
                await side.stop()
                for _ in range(ENOUGH):
                    assert told(await ask_sick(asking)) == (502, "source_unreachable", "refused_connection")
                await side.start()
                opened = side.opened
                reply = await ask_sick(asking, RECORD)
                assert told(reply) == (504, "source_unreachable", "known_down")
                assert 1 <= int(reply.headers["retry-after"]) <= FIRST
                assert side.opened == opened
                await others_are_well(asking)
                found = state(asking)
                assert (found["state"], found["reason"]) == ("unreachable", "refused_connection")
                assert found["open_until"] is not None
                numbers = (await asking.get("/metrics")).text
                assert f'titian_source_up{{system="{SICK}",worker="1"}} 0.0' in numbers
                assert f'titian_source_failures_total{{system="{SICK}",word="unreachable",worker="1"}} {ENOUGH}.0' in numbers
                await well_again(asking)


async def hung(asking: Asking, side: Relay) -> asyncio.Task[object]:
    """A question that the source holds."""
    task = asyncio.create_task(ask_sick(asking))
    await side.arrived.wait()
    return task


@case(
    "F2",
    sent="The source takes the question and says nothing; forty more come for its one slot",
    must="504 (`timeout`) at the deadline; who would wait behind too many is told at once: 503 (`busy`) with Retry-After. "
    "The others are answered meanwhile",
)
async def test_a_source_that_hangs_holds_its_own_callers_only(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        async with relay(ward.sides[SICK].address) as side:
            ward.sick(side.base, connection="concurrency = 1\n")
            async with ward.town.open() as asking:
                await asking.token("dinsos-app")
                side.mode = "hang"
                first = await hung(asking, side)
                more = [asyncio.create_task(ask_sick(asking)) for _ in range(WAITING + 8)]
                while sum(task.done() for task in more) < 8:
                    await asyncio.sleep(0)
                refused = [task.result() for task in more if task.done()]
                assert {told(reply) for reply in refused} == {(503, "source_throttled", "busy")}
                assert {reply.headers["retry-after"] for reply in refused} == {"1"}
                await others_are_well(asking, first)
                assert told(await first) == (504, "source_unreachable", "timeout")
                assert {told(reply)[0] for reply in await asyncio.gather(*more)} <= {503, 504}
                side.mode = "plain"
                await well_again(asking)


@pytest.mark.parametrize("mode", ["drip", "slow_close"])
@case("F3", sent="The source sends a byte now and then, or all but the end", must="504 (`timeout`) at the deadline that counts to the last byte")
async def test_a_source_that_drips_meets_the_deadline(tmp_path: Path, mode: str) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        async with relay(ward.sides[SICK].address) as side:
            ward.sick(side.base, timeout=1.5)
            async with ward.town.open() as asking:
                await asking.token("dinsos-app")
                side.mode, side.after = mode, 20
                pending = await hung(asking, side)
                await others_are_well(asking, pending)
                assert told(await pending) == (504, "source_unreachable", "timeout")
                side.mode = "plain"
                await well_again(asking)


@pytest.mark.parametrize(("mode", "status", "reason"), [("reset", 504, "dropped"), ("truncate", 502, "broken_reply")])
@pytest.mark.parametrize("path", ["/v1/orang", RECORD])
@case("F4", sent="The connection is reset, or ends, in the middle of a body", must="502 or 504, never a shorter 200; the next answer is whole")
async def test_half_an_answer_is_none(tmp_path: Path, mode: str, status: int, reason: str, path: str) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ward.sides[SICK].answer = answers([row(number) for number in range(1, 9)], "id")
        async with relay(ward.sides[SICK].address) as side:
            ward.sick(side.base)
            async with ward.town.open() as asking:
                side.mode, side.after = mode, 250
                found = told(await ask_sick(asking, path))
                assert found[0] in (502, 504)
                assert found[2] in ("dropped", "broken_reply")
                assert (status, reason) == (found[0], found[2]) or mode == "reset"
                await others_are_well(asking)
                side.mode = "plain"
                assert (await ask_sick(asking)).json()["meta"]["count"] == 8


@case(
    "F5",
    sent="A Content-Length larger than the body, bytes that are no HTTP",
    must="502 `source_bad_answer` (`broken_reply`); nothing of them is told",
)
async def test_a_broken_frame_is_a_bad_answer(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        async with relay(ward.sides[SICK].address) as side:
            ward.sick(side.base)
            async with ward.town.open() as asking:
                side.mode = "garbage"
                reply = await ask_sick(asking)
                assert told(reply) == (502, "source_bad_answer", "broken_reply")
                assert "SSH" not in reply.text
                side.mode = "plain"
                ward.sides[SICK].answer = lambda _asked: Said(b'{"data": []', headers={"content-length": "4000", "connection": "close"})
                assert told(await ask_sick(asking))[:2] in {(502, "source_bad_answer"), (504, "source_unreachable")}
                await others_are_well(asking)


SPOILT = [
    (b"<!doctype html><form>Login", "html_not_json"),
    (b"<br />\n<b>Warning</b>: mysqli_connect()" + b'{"data": []}', "html_not_json"),
    (b'{"data": [{"id": "0001", "nm": "Ora', "not_json"),
    (b"", "empty_body"),
]


@pytest.mark.parametrize(("body", "reason"), SPOILT)
@case(
    "F6",
    sent="Broken JSON, an HTML login page or a PHP warning in front of JSON, with status 200",
    must="502 `source_bad_answer` with the word of what it is; its text stands in no answer; five of them are an outage",
)
async def test_what_is_not_the_json_that_is_due_is_a_bad_answer(tmp_path: Path, body: bytes, reason: str) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ward.sick(ward.sides[SICK].address)
        ward.sides[SICK].answer = lambda _asked: Said(body)
        async with ward.town.open() as asking:
            for _ in range(ENOUGH):
                reply = await ask_sick(asking)
                assert told(reply) == (502, "source_bad_answer", reason)
                assert "mysqli" not in reply.text
            assert told(await ask_sick(asking)) == (504, "source_unreachable", "known_down")
            await others_are_well(asking)


LATIN = '{"data": [{"id": "0001", "nm": "Orang \xe9", "umur": 1}], "total": 1}'.encode("latin-1")


@case(
    "F7",
    sent="Latin-1 with and without saying so, JSON said to be text/html",
    must="Read where it is declared; else 502 (`charset`). A wrong type alone changes nothing",
)
async def test_a_charset_is_read_as_declared_and_never_guessed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ward.sick(ward.sides[SICK].address)
        side = ward.sides[SICK]
        async with ward.town.open() as asking:
            side.answer = lambda _asked: Said(LATIN, headers={"content-type": "application/json; charset=iso-8859-1"})
            assert (await ask_sick(asking)).json()["data"][0]["nama"] == "Orang \xe9"
            side.answer = lambda _asked: Said(LATIN)
            assert told(await ask_sick(asking)) == (502, "source_bad_answer", "charset")
            side.answer = lambda _asked: Said({"data": [row(1)], "total": 1}, headers={"content-type": "text/html"})
            assert (await ask_sick(asking)).status_code == 200
            await others_are_well(asking)


@case(
    "F8",
    sent='200 with `{"status": "error"}`',
    must="502 `source_bad_answer` (`response_rule`) by the file's own rule, never 200; a failure for the breaker",
)
async def test_an_error_within_a_200_is_a_failure(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ward.sick(ward.sides[SICK].address)
        ward.sides[SICK].answer = lambda _asked: Said({"status": "error", "data": [row(1)], "total": 1})
        async with ward.town.open() as asking:
            for _ in range(ENOUGH):
                assert told(await ask_sick(asking)) == (502, "source_bad_answer", "response_rule")
            assert told(await ask_sick(asking))[2] == "known_down"
            await others_are_well(asking)
            ward.sides[SICK].answer = answers([row(1)], "id")
            await well_again(asking)


@pytest.mark.parametrize("status", [429, 503])
@case(
    "F9",
    sent="429 or 503 with Retry-After; a burst of 503 without",
    must="503 `source_throttled` with the same Retry-After, and until then the source is not asked, by whatever contract or route; "
    "a bare 503 is asked once more, and that for a tenth of the calls at most",
)
async def test_a_source_that_asks_for_less_gets_less(tmp_path: Path, status: int) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ward.sick(ward.sides[SICK].address)
        side = ward.sides[SICK]
        plain = side.answer

        def tired(asked: Asked) -> Said:
            return Said({}, 503) if len(side.asked) == 1 else plain(asked)

        side.answer = tired
        async with ward.town.open() as asking:
            assert (await ask_sick(asking)).status_code == 200
            assert len(side.asked) == 2
            side.answer = lambda _asked: Said({}, status, {"retry-after": "17"})
            reply = await ask_sick(asking)
            assert told(reply) == (503, "source_throttled", f"status_{status}")
            assert reply.headers["retry-after"] == "17"
            assert len(side.asked) == 3
            reply = await ask_sick(asking, RECORD)
            assert told(reply) == (503, "source_throttled", "told_to_wait")
            assert 1 <= int(reply.headers["retry-after"]) <= 17
            assert len(side.asked) == 3
            await others_are_well(asking)
            side.answer = plain
            await well_again(asking)
            side.answer = lambda _asked: Said({}, 503)
            before = len(side.asked)
            for _ in range(4):
                assert told(await ask_sick(asking)) == (504, "source_unreachable", "status_503")
            assert len(side.asked) - before == 4, "the one repetition of these few calls was spent"
