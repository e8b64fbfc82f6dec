"""The body of a request as JSON (RFC 8259), read strictly: what one parser takes and the next understands otherwise is refused."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NoReturn

from app.errors import BadQuestion, Fault, Text

DEEPEST = 64
DIGITS = 300
UNFIT = re.compile("[\x00\ud800-\udfff]")


def loads(body: bytes) -> Any:
    """Raises BadQuestion: not UTF-8, a byte order mark, NaN or Infinity, duplicate names, lone surrogates, NUL, depth, endless numbers."""
    if body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _refuse("tanda BOM", "a byte order mark")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal("bukan UTF-8", "it is not UTF-8") from error
    try:
        made = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_int=_int, parse_float=_float)
    except RecursionError as error:
        raise _refusal(*DEEP) from error
    except ValueError as error:
        raise _refusal("bukan JSON", "it is not JSON") from error
    if "\\u" in text or text.count("[") + text.count("{") > DEEPEST:
        _look_through(made, "", 0)
    return made


DEEP = ("terlalu dalam", "it is nested too deep")


def _look_through(made: Any, pointer: str, depth: int) -> None:
    """Depth, and what escapes may bring in although the text itself may not hold it."""
    if isinstance(made, str):
        if UNFIT.search(made):
            _refuse("memuat NUL atau surrogate", "it holds NUL or a lone surrogate", pointer)
        return
    if not isinstance(made, dict | list):
        return
    if depth == DEEPEST:
        _refuse(*DEEP)
    if isinstance(made, dict):
        for name, value in made.items():
            _look_through(name, pointer, depth)
            _look_through(value, f"{pointer}/{_escaped(name)}", depth + 1)
    else:
        for place, value in enumerate(made):
            _look_through(value, f"{pointer}/{place}", depth + 1)


def _escaped(name: str) -> str:
    """One step of a JSON pointer (RFC 6901); a name of the caller's own is told back to its first hundred characters."""
    return name[:100].replace("~", "~0").replace("/", "~1")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        _refuse("nama ganda", "a name stands twice")
    return made


def _constant(_name: str) -> NoReturn:
    _refuse("NaN atau Infinity", "NaN or Infinity")


def _int(text: str) -> int:
    if len(text) > DIGITS:
        _refuse("bilangan terlalu panjang", "a number is too long")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        _refuse("bilangan terlalu besar", "a number is too large")
    return number


def _refuse(indonesian: str, english: str, pointer: str = "") -> NoReturn:
    raise _refusal(indonesian, english, pointer)


def _refusal(indonesian: str, english: str, pointer: str = "") -> BadQuestion:
    said = Text(f"Isi tidak dapat dibaca: {indonesian}.", f"The body cannot be read: {english}.")
    return BadQuestion(said, faults=(Fault(pointer, "unreadable", said),) if pointer else ())
