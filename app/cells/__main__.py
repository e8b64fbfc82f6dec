"""The process that reads one file: an order (one line of JSON) and the content on stdin; frames on stdout, each with its length in front.

A frame is a list [sheet, names, rows]; the last one an object: {"seen": "xlsx"} or {"word": why it cannot be used}. A process that ends
without it met a file that broke the parser (or, killed by a signal, one that outgrew its limits)."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from typing import Any

import orjson

from app.cells import text, workbook
from app.cells.layout import Layout, cut
from app.cells.limit import MEMORY, WRITTEN, Unreadable
from app.cells.recognise import recognised


def main() -> None:
    order = orjson.loads(sys.stdin.buffer.readline())
    _bounded(order["seconds"])
    try:
        end = _written(order, sys.stdin.buffer.read())
    except Unreadable as error:
        end = {"word": error.word}
    except MemoryError:
        end = {"word": "sheet_too_large"}
    _frame(orjson.dumps(end))
    sys.stdout.buffer.flush()


def _written(order: dict[str, Any], content: bytes) -> dict[str, str]:
    seen, content = recognised(content, order["format"])
    layout = Layout(tuple(order["header"]), tuple(order["columns"]))
    total = 0
    for number, rows in enumerate(_sheets(seen, content, order)):
        for part in cut(rows, layout, number):
            frame = orjson.dumps(tuple(part))
            total += len(frame)
            if total > WRITTEN:
                raise Unreadable("sheet_too_large")
            _frame(frame)
    return {"seen": seen}


def _sheets(seen: str, content: bytes, order: dict[str, Any]) -> Iterator[Iterator[list[Any]]]:
    if seen == "text":
        return iter([text.rows(content, order["encoding"], order["delimiter"])])
    return workbook.sheets(content, order["sheet"])


def _frame(content: bytes) -> None:
    sys.stdout.buffer.write(b"%d\n%b" % (len(content), content))


def _bounded(seconds: int) -> None:
    """Memory, processor seconds, nothing written to disk: a core would hold people's data."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
