"""The rows over HTTP sources: one function for each group, which starts what it measures and returns medians."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from typing import NamedTuple

import jwt

from bench import world
from bench.load import KEYED, LIST, MANY, ONE
from bench.peer import peers
from bench.rig import Case, Load, Rig, Row, Subject, wait

TITIAN, WITHOUT, TEXTBOOK = "titian", "titian without evidence", "textbook gateway"
NGINX, FASTIFY, EXPRESS, EXPRESS_JWT, ENVOY = "nginx", "fastify + http-proxy", "express-gateway", "express-gateway + jwt", "envoy + jwt, limit, log"
RECORD, RECOGNISED, FRESH = "one record, 2 kB", "list of 100, 20 in turn", "list of 100, 200 different"
MERGED_RECORD, MERGED_LIST = "one record, merged", "list of 100 by key, merged"
SLOW, CITY, BOTH_CORES = "one record after 20 ms", "one record, large city", "list of 100, two cores"
KEY, ASKED = "/v1/bantuan/S-%06d", "/v1/bantuan?limit=100&periode="
SYSTEMS = (5, 500)


def workers_name(number: int) -> str:
    return f"titian, {number} worker{'s' * (number > 1)}"


class Competitor(NamedTuple):
    """A subject with what it is asked for one record, and for a list."""

    subject: Subject
    one: str
    many: str


def _textbook(rig: Rig) -> Competitor:
    shared = secrets.token_hex(32)
    environment = {**os.environ, "BENCH_SOURCE": f"http://127.0.0.1:{world.SOURCE}", "BENCH_SECRET": shared}
    command = (sys.executable, "-m", "uvicorn", "bench.textbook:app", "--port", str(world.TEXTBOOK), "--no-access-log")
    process = rig.start(1, *command, env=environment)
    wait(f"http://127.0.0.1:{world.TEXTBOOK}/openapi.json", process)
    token = jwt.encode({"aud": "titian", "exp": time.time() + 6 * 3600, "sub": "ukur"}, shared, algorithm="HS256")
    return Competitor(Subject(TEXTBOOK, world.TEXTBOOK, process, token), KEY, "/v1/bantuan?periode=")


def _competitors(rig: Rig, *wanted: str) -> list[Competitor]:
    """Peers that are installed, by name; why one is not there is kept."""
    found = []
    for peer in peers(rig.folder):
        if peer.name not in wanted:
            continue
        if peer.missing:
            rig.absent[peer.name] = peer.missing
            continue
        if peer.command[0] == "nginx":
            process = rig.nginx(1, world.proxy(rig.folder))
        else:
            process = rig.start(1, *peer.command, env={**os.environ, **peer.environment}, stdout=subprocess.DEVNULL)
        wait(f"http://127.0.0.1:{peer.port}/satu/S-000001.json", process)
        found.append(Competitor(Subject(peer.name, peer.port, process, peer.token), peer.one, peer.many))
    return found


def _ours(rig: Rig) -> list[Competitor]:
    return [Competitor(rig.unrecorded(WITHOUT), KEY, ASKED), Competitor(rig.titian(TITIAN), KEY, ASKED)]


def record(rig: Rig) -> list[Row]:
    """One record of 2 kB among 1,000 keys: every peer, at 1, 32 and 256 connections."""
    there = [*_competitors(rig, NGINX, FASTIFY, EXPRESS, EXPRESS_JWT, ENVOY), _textbook(rig), *_ours(rig)]
    loads = [Load(one.subject, ONE, one.one) for one in there]
    return rig.rounds([Case(RECORD, connections, loads) for connections in (1, 32, 256)])


def listing(rig: Rig) -> list[Row]:
    """A list of 100 records, 50 kB: 20 that come again and are recognised, and 200 of which none is."""
    there = [*_competitors(rig, NGINX, EXPRESS), _textbook(rig), *_ours(rig)]
    shapes = ((RECOGNISED, LIST), (FRESH, MANY))
    return rig.rounds(
        [Case(shape, connections, [Load(one.subject, script, one.many) for one in there]) for shape, script in shapes for connections in (1, 32)]
    )


def merged(rig: Rig) -> list[Row]:
    """The same records asked of one source and of three that know the same keys."""
    there = [rig.titian(f"{number} merged", world.plain(number, words=world.BY_KEY)) for number in (1, 3)]
    return rig.rounds(
        [
            Case(MERGED_RECORD, 32, [Load(one, ONE, KEY) for one in there]),
            Case(MERGED_LIST, 32, [Load(one, KEYED, "/v1/bantuan?limit=100&id__in=") for one in there]),
        ]
    )


def slow(rig: Rig) -> list[Row]:
    """A source that answers after 20 ms."""
    source = rig.start(0, sys.executable, "-m", "bench.slow", str(rig.folder / "www"), str(world.SLOW))
    wait(f"http://127.0.0.1:{world.SLOW}/ukur", source)
    proxy = Subject(NGINX, world.SLOW_PROXY, rig.nginx(1, world.proxy(rig.folder, world.SLOW_PROXY, world.SLOW)))
    wait(f"http://127.0.0.1:{world.SLOW_PROXY}/ukur", proxy.process)
    titian = rig.titian(TITIAN, world.plain(connection=f'base = "http://127.0.0.1:{world.SLOW}"\nconcurrency = 64'))
    loads = [Load(proxy, ONE, "/satu/S-%06d.json"), Load(titian, ONE, KEY)]
    return rig.rounds([Case(SLOW, 32, loads, world.SLOW)])


def large(rig: Rig) -> list[Row]:
    """The same record in a city of 5 systems and of 500, each of which feeds a contract of its own."""
    there = []
    for number in SYSTEMS:
        plan = world.plain()
        others = {f"dinsos.lain{one}": f"lain{one}" for one in range(number - 1)}
        contracts = {**plan.contracts, **{contract: (system,) for system, contract in others.items()}}
        systems = {**plan.systems, **{system: world.system(system, contract) for system, contract in others.items()}}
        there.append(rig.titian(f"{number} systems", world.Plan(contracts, systems)))
    return rig.rounds([Case(CITY, 32, [Load(one, ONE, KEY) for one in there])])


def workers(rig: Rig) -> list[Row]:
    """One worker and two, neither held to a core: the source and the load take their share of both."""
    there = [rig.titian(workers_name(number), cores="0,1", workers=number) for number in (1, 2)]
    return rig.rounds([Case(BOTH_CORES, 32, [Load(one, MANY, ASKED) for one in there])])
