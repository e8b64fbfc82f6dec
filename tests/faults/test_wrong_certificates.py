"""A source whose TLS is wrong, and names that lead nowhere."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults import tls
from tests.faults.ward import Ward, ask_sick, others_are_well, told
from tests.fixtures.case import case
from tests.fixtures.names import among
from tests.fixtures.raw_side import ok, raw_side, saying
from tests.fixtures.town import Asking

BODY = b'{"data": [], "total": 0}'


@pytest.mark.anyio
@pytest.mark.parametrize("reason", [*tls.WRONG, "good"])
@case(
    "F10",
    sent="A certificate that ran out, of another host, of an unknown authority",
    must="504 `source_unreachable` (`tls_expired`, `tls_wrong_host`, `tls_untrusted`); nothing is sent",
)
async def test_a_wrong_certificate_is_told_by_what_is_wrong_and_never_accepted(tmp_path: Path, reason: str) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ca, file = tls.authority(tmp_path)
        async with raw_side(saying(ok(BODY), keep=True), tls.WRONG.get(reason, tls.good)(ca)) as side:
            ward.sick(side.address, connection=f'ca = "{file}"\n')
            async with ward.town.open() as asking:
                reply = await ask_sick(asking)
                if reason == "good":
                    assert (reply.status_code, len(side.asked)) == (200, 1)
                else:
                    assert told(reply) == (504, "source_unreachable", reason)
                    assert side.asked == []
                await others_are_well(asking)


@pytest.mark.anyio
@case("F10", sent="A source that speaks TLS 1.1 at most", must="504 `source_unreachable` (`tls_version`); nothing older than TLS 1.2 is tried")
async def test_an_old_version_of_tls_is_not_spoken(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ca, file = tls.authority(tmp_path)
        port = stack.enter_context(tls.old_server(ca))
        ward.sick(f"https://{tls.HOST}:{port}", connection=f'ca = "{file}"\n')
        async with ward.town.open() as asking:
            assert told(await ask_sick(asking)) == (504, "source_unreachable", "tls_version")
            await others_are_well(asking)


@case(
    "F11",
    sent="A name that nobody knows; a name server that says nothing",
    must="504 `source_unreachable` (`dns`, `timeout`) at the deadline at most",
)
def test_a_name_without_an_address_is_said_and_holds_nobody_else(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ward = Ward(tmp_path, stack)
        ward.sick("http://aplikasi.test:8000")

        async def journey() -> None:
            async with ward.town.open() as asking:
                assert told(await ask_sick(asking)) == (504, "source_unreachable", "dns")
                await others_are_well(asking)
            async with ward.town.open() as asking:
                await silent(asking)

        async def silent(asking: Asking) -> None:
            await asking.token("dinsos-app")
            loop = asyncio.get_running_loop()
            held = asyncio.Event()

            async def never(*_args: object, **_words: object) -> list[object]:
                held.set()
                return await asyncio.Future()

            loop.getaddrinfo = never  # type: ignore[method-assign]
            pending = asyncio.create_task(ask_sick(asking))
            await held.wait()
            await others_are_well(asking, pending)
            assert told(await pending) == (504, "source_unreachable", "timeout")

        among(lambda _name: [], journey)
