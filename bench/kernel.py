"""What the kernel says of processes: CPU, memory, and how much of the machine others used meanwhile."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def memory(pid: int) -> float:
    """Proportional set size of a process and its children, in MB."""
    total = 0
    for one in tree(pid):
        found = re.search(r"Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text())
        total += int(found[1]) if found else 0
    return total / 1024


def cpu(pid: int) -> float:
    """Seconds of CPU that a process and its children have used."""
    total = 0
    for one in tree(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total * TICK


def settle(pid: int) -> None:
    """Until a process rests, after at most 15 seconds: what it still does for a load that is gone would be the next one's burden."""
    for _ in range(75):
        before = cpu(pid)
        time.sleep(0.2)
        if cpu(pid) - before <= 0.02:
            return


def peak(pid: int) -> float:
    """MB: the most that a process and its children ever held, by the kernel's own mark (VmHWM)."""
    total = 0
    for one in tree(pid):
        try:
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{one}/status").read_text())
        except OSError:
            continue
        total += int(found[1]) if found else 0
    return total / 1024


class Watch:
    """From its making on: how many cores were busy with what is none of ours. `more` are processes of ours that are not our children."""

    def __init__(self, more: Sequence[int]) -> None:
        self._more = more
        self._began, self._busy, self._ours = time.monotonic(), _busy(), self._used()

    def _used(self) -> float:
        times = os.times()
        return times.children_user + times.children_system + sum(map(cpu, (os.getpid(), *self._more)))

    def others(self) -> float:
        return max(0.0, (_busy() - self._busy - (self._used() - self._ours)) / (time.monotonic() - self._began))


def _busy() -> float:
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + irq + softirq + steal) * TICK
