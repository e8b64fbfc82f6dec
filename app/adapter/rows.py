"""Where rows stand in a body: RFC 9535 JSONPath, compiled once. Paths of names alone ($, $.a.b, $['a b'][*]) are walked by ourselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathQuery
from jsonpath_rfc9535.segments import JSONPathChildSegment, JSONPathSegment
from jsonpath_rfc9535.selectors import IndexSelector, NameSelector, WildcardSelector

from app.errors import BadAnswer

MISSING = object()
Select = Callable[[Any], list[Any]]
ENVIRONMENT = JSONPathEnvironment()


def value(path: str, missing: Any = None) -> Callable[[Any], Any]:
    """The first value at `path`, `missing` where there is none. Raises ValueError for a path that is not RFC 9535."""
    query = _compiled(path)
    names = _names(query)
    if names is not None:
        return lambda body: missing if (there := _walk(body, names)) is MISSING else there

    def first(body: Any) -> Any:
        node = query.find_one(body)
        return missing if node is None else node.value

    return first


def rows(path: str) -> Select:
    """The rows at `path`: a list's elements; one object where a list is due is a list of one; null is none.

    Raises BadAnswer: rows_missing (nothing stands there), row_not_object."""
    query = _compiled(path)
    # `[*]` on an object would select its member values; an object where a list is due is a list of one.
    if query.segments and isinstance(_only(query.segments[-1]), WildcardSelector):
        query = _cut(query, len(query.segments) - 1)
    names = _names(query)
    if names is not None:
        return lambda body: _listed(_walk(body, names))
    holder = _cut(query, next((at for at, segment in enumerate(query.segments) if not _single(segment)), None))

    def select(body: Any) -> list[Any]:
        nodes = query.find(body)
        # A filter may find nothing; what it filters must be there.
        if not nodes and holder.find_one(body) is None:
            raise BadAnswer("rows_missing")
        return [row for node in nodes for row in _listed(node.value)]

    return select


def _compiled(path: str) -> JSONPathQuery:
    try:
        return ENVIRONMENT.compile(path)
    except JSONPathError as error:
        raise ValueError(f"{path!r} is not a JSONPath (RFC 9535)") from error


def _cut(query: JSONPathQuery, length: int | None) -> JSONPathQuery:
    return JSONPathQuery(env=query.env, segments=query.segments[:length])


def _only(segment: JSONPathSegment) -> object:
    """The selector of a child segment that has but one."""
    return segment.selectors[0] if isinstance(segment, JSONPathChildSegment) and len(segment.selectors) == 1 else None


def _single(segment: JSONPathSegment) -> bool:
    return isinstance(_only(segment), NameSelector | IndexSelector)


def _names(query: JSONPathQuery) -> tuple[str, ...] | None:
    """The names that a path consists of, None where it holds anything else."""
    selectors = [_only(segment) for segment in query.segments]
    names = tuple(selector.name for selector in selectors if isinstance(selector, NameSelector))
    return names if len(names) == len(selectors) else None


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
    return _objects(there if isinstance(there, list) else [there])


def _objects(found: list[Any]) -> list[Any]:
    for row in found:
        if not isinstance(row, dict):
            raise BadAnswer("row_not_object")
    return found
