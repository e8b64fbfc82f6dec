"""Every old application of the demo city in one process: those that answer on a port, those that are a file, and the address that makes
them ill."""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from demo import bansos, dropserver, kur, rat, siak, siks, simpeg
from demo.old_file import Delivery, relabelled
from demo.old_server import HOST, MODES, SLOW, Application, Asked, Mode, Said, server
from demo.people import people_wanted, town

ON_A_PORT = ("siak", "bansos", "dropserver")
"""In the order of their ports; the address that makes them ill is on the port after the last of them."""
DELIVERIES = ("siks-dtsen-*.xlsx", "kur-*.txt.gz", "rat-*.xlsx", "simpeg.db", ".*", "~$*")
NOT_FOUND = Said({"error": "not_found"}, 404)


class Ill(Protocol):
    """What may have a bad day."""

    mode: str

    def switch(self, mode: Mode) -> None: ...

    def close(self) -> None: ...


def opened(folder: Path, first: int, *, today: date, slow: float = SLOW) -> dict[str, Ill]:
    """All seven, by name. `folder` is the city's; passwords come from the environment."""
    made = town(people_wanted(), today=today)
    trades = dropserver.businesses(made, today=today)
    word = os.environ
    answers = {
        "siak": (siak.Siak(made.siak, word["SIAK_USER"], word["SIAK_PASSWORD"]).answer, siak.BAD),
        "bansos": (bansos.Bansos(made, word["BANSOS_USER"], word["BANSOS_PASSWORD"]).answer, bansos.BAD),
        "dropserver": (dropserver.DropServer(trades, word["DROPSERVER_KEY"]).answer, dropserver.BAD),
    }
    kiriman = folder / "kiriman"
    for path in [path for pattern in DELIVERIES for path in kiriman.glob(pattern)]:
        path.unlink()
    files: dict[str, Ill] = {
        "siks": Delivery(siks.write(kiriman, siks.families(made, today=today), today=today), relabelled("NO_NIK", "NIK_BARU")),
        "kur": Delivery(kur.write(kiriman, kur.loans(trades, today=today), today=today), kur.moved),
        "rat": Delivery(rat.write(kiriman, rat.activities(), today=today), relabelled("KODE", "KODE REKENING")),
        "simpeg": simpeg.Archive(simpeg.write(kiriman, simpeg.servants(made, today=today))),
    }
    ports = {name: first + index if first else 0 for index, name in enumerate(ON_A_PORT)}
    return {**{name: Application(*answers[name], port, slow=slow) for name, port in ports.items()}, **files}


class Control:
    """`GET /control` tells every application's mode; `PUT /control/NAME` with `{"mode": …}` changes one. Only for who sits at this machine."""

    def __init__(self, offices: Mapping[str, Ill]) -> None:
        self.offices = offices

    def answer(self, asked: Asked) -> Said:
        # A page of the web that reaches the loopback through a name of its own sends that name.
        if asked.headers.get("host", "").rpartition(":")[0] not in (HOST, "localhost"):
            return Said({"error": "loopback_only"}, 403)
        if asked.path == "/control" and asked.method == "GET":
            return Said({name: one.mode for name, one in self.offices.items()})
        name = asked.path.removeprefix("/control/").rpartition(".")[2]
        one = self.offices.get(name)
        if one is None or asked.method not in ("GET", "PUT"):
            return NOT_FOUND
        return self._switched(name, one, asked.body) if asked.method == "PUT" else Said({"application": name, "mode": one.mode})

    def _switched(self, name: str, one: Ill, body: str) -> Said:
        try:
            mode = json.loads(body)["mode"]
        except (ValueError, TypeError, KeyError):
            mode = None
        if mode not in MODES:
            return Said({"error": "unknown_mode", "modes": MODES}, 422)
        one.switch(mode)
        return Said({"application": name, "mode": mode})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=9101, help="the first of four ports")
    parser.add_argument("--folder", type=Path, required=True, help="the city's folder")
    parser.add_argument("--today", type=date.fromisoformat, required=True)
    parser.add_argument("--slow", type=float, default=SLOW, help="seconds before a slow application answers")
    chosen = parser.parse_args()
    ended = threading.Event()
    for word in (signal.SIGTERM, signal.SIGINT):
        signal.signal(word, lambda *_: ended.set())
    offices = opened(chosen.folder, chosen.first, today=chosen.today, slow=chosen.slow)
    with server(Control(offices).answer, chosen.first + len(ON_A_PORT)) as control:
        thread = threading.Thread(target=control.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        ended.wait()
        control.shutdown()
    for one in offices.values():
        one.close()


if __name__ == "__main__":
    main()
