"""Where rows stand in a body: RFC 9535 JSONPath, compiled once. The common forms ($, $.a.b, $.a.b[*]) are compiled by ourselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError

from app.errors import BadAnswer

SIMPLE = re.compile(r"\$((?:\.[A-Za-z_][A-Za-z0-9_]*)*)(\[\*\])?")
MISSING = object()
Select = Callable[[Any], list[Any]]
ENVIRONMENT = JSONPathEnvironment()


def value(path: str) -> Callable[[Any], Any]:
    """The first value at `path`, None where there is none. Raises ValueError for a path that is not RFC 9535."""
    found = SIMPLE.fullmatch(path)
    if found and not found[2]:
        names = tuple(found[1].split(".")[1:])
        return lambda body: None if (there := _walk(body, names)) is MISSING else there
    query = _compiled(path)

    def first(body: Any) -> Any:
        node = query.find_one(body)
        return None if node is None else node.value

    return first


def rows(path: str) -> Select:
    """The rows at `path`: a list's elements; one object where a list is due is a list of one; null is none.

    Raises BadAnswer: rows_missing (nothing stands there), row_not_object."""
    found = SIMPLE.fullmatch(path)
    if found:
        names = tuple(found[1].split(".")[1:])
        return lambda body: _listed(_walk(body, names))
    query = _compiled(path)

    def select(body: Any) -> list[Any]:
        nodes = [node.value for node in query.find(body)]
        if len(nodes) == 1 and (isinstance(nodes[0], list) or nodes[0] is None):
            return _listed(nodes[0])
        return _objects(nodes)

    return select


def _compiled(path: str) -> Any:
    try:
        return ENVIRONMENT.compile(path)
    except JSONPathError as error:
        raise ValueError(f"{path!r} is not a JSONPath (RFC 9535)") from error


def _walk(body: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        if not isinstance(body, dict) or name not in body:
            return MISSING
        body = body[name]
    return body


def _listed(there: Any) -> list[Any]:
    if there is MISSING:
        raise BadAnswer("rows_missing")
    if there is None or there == "":
        return []
    # `[*]` on an object would select its member values; an object where a list is due is a list of one.
    return _objects(there if isinstance(there, list) else [there])


def _objects(found: list[Any]) -> list[Any]:
    for row in found:
        if not isinstance(row, dict):
            raise BadAnswer("row_not_object")
    return found
