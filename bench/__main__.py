"""Every row of the measurement from one command. `BENCH_ONLY=record,list` measures some of them and only prints."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from app.errors import CityError
from bench import kept, rows
from bench.kernel import memory
from bench.load import DONE, LIST, MANY, ONE
from bench.report import machine, publish, report
from bench.rig import Rig, Row, Spoilt, needed, on, wait

# bench.profile measures with the same parts.
__all__ = ["DONE", "LIST", "MANY", "ONE", "memory", "needed", "on", "wait"]

GROUPS: dict[str, Callable[[Rig], list[Row]]] = {
    "record": rows.record,
    "list": rows.listing,
    "merged": rows.merged,
    "kept": kept.kept,
    "slow": rows.slow,
    "systems": rows.large,
    "workers": rows.workers,
}


def chosen() -> list[str]:
    names = [name for name in os.environ.get("BENCH_ONLY", "").split(",") if name]
    if unknown := set(names) - set(GROUPS):
        raise SystemExit(f"BENCH_ONLY: {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    return names or list(GROUPS)


def main() -> int:
    """A group that is spoilt is told and the others are measured; nothing is published then."""
    needed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # What measures, and whatever is not placed elsewhere, stands with the load.
    os.sched_setaffinity(0, {0})
    started, names = time.monotonic(), chosen()
    there: list[Row] = []
    facts: list[tuple[str, str]] = []
    absent: dict[str, str] = {}
    others: list[float] = []
    spoilt: dict[str, str] = {}
    for name in names:
        rig = Rig(name)
        try:
            with rig:
                there += GROUPS[name](rig)
        except (Spoilt, CityError, OSError, subprocess.SubprocessError) as fault:
            spoilt[name] = str(fault)
            print(f"{name}: SPOILT: {fault}", flush=True)
        facts += rig.facts
        absent |= rig.absent
        others += rig.others
    whole = names == list(GROUPS)
    text = report(there, facts, absent, machine(time.monotonic() - started, others), whole=whole)
    print(text)
    for name, reason in spoilt.items():
        print(f"\n{name} counts for nothing: {reason}")
    if whole and not spoilt:
        publish(text)
    return int(bool(spoilt))


if __name__ == "__main__":
    raise SystemExit(main())
