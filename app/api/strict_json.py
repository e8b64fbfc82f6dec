"""The body of a request as JSON (RFC 8259), read strictly: what one parser takes and the next understands otherwise is refused."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NoReturn

from app.errors import BadQuestion, Text

DEEPEST = 64
DIGITS = 300
SURROGATE = re.compile("[\ud800-\udfff]")


def loads(body: bytes) -> Any:
    """Raises BadQuestion: not UTF-8, a byte order mark, NaN or Infinity, duplicate names, lone surrogates, NUL, depth, endless numbers."""
    if body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _refuse("tanda BOM", "a byte order mark")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal("bukan UTF-8", "it is not UTF-8") from error
    _shallow(text)
    try:
        made = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_int=_int, parse_float=_float)
    except (ValueError, RecursionError) as error:
        raise _refusal("bukan JSON", "it is not JSON") from error
    if "\\u" in text:
        _clean(made)
    return made


def _shallow(text: str) -> None:
    depth = deepest = 0
    for sign in re.findall(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        depth += 1 if sign in "[{" else -1 if sign in "]}" else 0
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            _refuse("terlalu dalam", "it is nested too deep")
    if "\x00" in text:
        _refuse("memuat NUL", "it holds NUL")


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


def _clean(made: Any) -> None:
    """Escapes may bring in what the text itself may not hold."""
    if isinstance(made, str):
        if "\x00" in made or SURROGATE.search(made):
            _refuse("memuat NUL atau surrogate", "it holds NUL or a lone surrogate")
    elif isinstance(made, dict):
        for name, value in made.items():
            _clean(name)
            _clean(value)
    elif isinstance(made, list):
        for value in made:
            _clean(value)


def _refuse(indonesian: str, english: str) -> NoReturn:
    raise _refusal(indonesian, english)


def _refusal(indonesian: str, english: str) -> BadQuestion:
    return BadQuestion(Text(f"Isi tidak dapat dibaca: {indonesian}.", f"The body cannot be read: {english}."))
