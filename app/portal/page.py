"""The board as HTML: a pure function, kept for as long as the board stays the same."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.portal.board import Application, Board
from app.portal.voice import Voice

HERE = Path(__file__).parent
STATIC = HERE / "static"
ORDER = ("ok", "partial", "disturbed", "silent", "unknown")
TROUBLE = ("partial", "disturbed", "silent")
NAMES = {
    "GOV": "Smart Governance",
    "BRD": "Smart Branding",
    "ECO": "Smart Economy",
    "LIV": "Smart Living",
    "SOC": "Smart Society",
    "ENV": "Smart Environment",
}
PAGES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
)
STYLE = sha256((STATIC / "portal.css").read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=8)
def page(board: Board, language: str) -> bytes:
    """UTF-8. `language` is id or en."""
    voice = Voice(language, board.zone, board.moment)
    return (
        PAGES.get_template("page.html")
        .render(
            board=board,
            voice=voice,
            say=voice.say,
            names=NAMES,
            states=ORDER,
            groups=_groups(board),
            counted=_counted(board),
            summary=summary(board, voice),
            troubled=_troubled(board),
            style=STYLE,
        )
        .encode()
    )


def summary(board: Board, voice: Voice) -> str:
    """One sentence on all applications: how many answer, and since when some do not."""
    number = len(board.applications)
    if not number:
        return voice.say("no_applications")
    found = {state: [one for one in board.applications if one.state == state] for state in ORDER}
    if len(found["ok"]) == number:
        return voice.say("all_well", n=number)
    if len(found["unknown"]) == number:
        return voice.say("none_asked", n=number, since=voice.short(board.started))
    parts = [voice.say(f"part_{state}", n=len(some)) + _since(state, board, voice) for state, some in found.items() if some]
    return voice.say("counted", n=number, parts=", ".join(parts))


def _troubled(board: Board) -> list[Application]:
    """Longest first; what has no moment last."""
    return sorted((one for one in board.applications if one.state in TROUBLE), key=lambda one: one.since or board.moment)


def _since(state: str, board: Board, voice: Voice) -> str:
    """Since when, where one application alone is in trouble; of several the page says it one by one."""
    troubled = _troubled(board)
    if state not in TROUBLE or len(troubled) > 1 or troubled[0].since is None:
        return ""
    return " " + voice.say("since", since=voice.short(troubled[0].since))


def _groups(board: Board) -> list[tuple[str, list[Application]]]:
    """Applications by dimension, in the order of the six; what has none comes last."""
    order = [one.code for one in board.dimensions] + [""]
    placed = sorted(board.applications, key=lambda one: (order.index(one.dimension), one.title.casefold()))
    return [(code, list(some)) for code, some in groupby(placed, key=lambda one: one.dimension)]


def _counted(board: Board) -> dict[str, int]:
    return {one.code: sum(application.dimension == one.code for application in board.applications) for one in board.dimensions}
