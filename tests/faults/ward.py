"""A town with one system that is sick and one that is well: the contract `orang` comes from the first, `warga` from the second."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import httpx2

from tests.fixtures.aid import NUMBERED, Aid, answers, row
from tests.fixtures.far_side import far_side
from tests.fixtures.town import Asking

SICK, WELL = "dinsos.sakit", "disdukcapil.sehat"
OTHERS = 5


class Ward(Aid):
    """`base` is where the sick one is asked (a relay, most often), `timeout` its deadline."""

    def __init__(self, tmp_path: Path, stack: ExitStack, *, address: str | None = None) -> None:
        super().__init__(tmp_path, stack, address=address)
        self.town.contract("warga", NUMBERED)
        self.sides[WELL] = stack.enter_context(far_side(answers([row(2)], "id")))
        self.sides[SICK] = stack.enter_context(far_side(answers([row(1)], "id")))
        self.system(WELL, self.sides[WELL].address, contract="warga")
        self.town.client("dinsos-app", "dinsos")
        self.town.client("disdukcapil-app", "disdukcapil")

    def sick(self, base: str, *, timeout: float = 2.0, **words: str) -> None:
        self.system(SICK, base, **words)
        path = self.town.folder / "systems" / f"{SICK}.toml"
        path.write_text(path.read_text().replace("timeout = 2.0", f"timeout = {timeout}"))


async def ask_sick(asking: Asking, path: str = "/v1/orang") -> httpx2.Response:
    return await asking.get(path, "dinsos-app")


async def others_are_well(asking: Asking, *waiting: asyncio.Task[httpx2.Response]) -> None:
    """Every question to the other system is answered, and only then may those to the sick one end."""
    for _ in range(OTHERS):
        reply = await asking.get("/v1/warga", "disdukcapil-app")
        assert (reply.status_code, reply.json()["meta"]["complete"]) == (200, True)
    assert [task.done() for task in waiting] == [False] * len(waiting)


def told(reply: httpx2.Response) -> tuple[int, str, str]:
    """Status, code, reason."""
    problem = reply.json()
    assert problem["source"] == SICK
    return reply.status_code, problem["code"], problem["reason"]


def state(asking: Asking, system: str = SICK) -> dict[str, object]:
    (found,) = [one for one in asking.gateway.states.shown() if one["system"] == system]
    return found
