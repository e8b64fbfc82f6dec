"""Pages that begin behind the last row of the one before, in the order of columns that tell every row apart."""

from __future__ import annotations

import json
from typing import Any

from app.adapter.manifest import PageStyle
from app.adapter.mapping import getter
from app.adapter.paging.linked import LONGEST
from app.adapter.paging.numbered import short
from app.adapter.paging.sheet import Params, Sheet, mark, size_params, sized
from app.adapter.protocol import Page, Raw
from app.errors import BadAnswer

Key = tuple[Any, ...]


class Keyset:
    """The end is believed where a page is empty, or where the total that the first page told is reached.

    A source that has been told a key counts only what is left, so no later total is looked at."""

    def __init__(self, style: PageStyle, first: int, token: str | None, limit: int | None) -> None:
        self.style, self.number, self.token = style, first, token
        self.params = keyset_params(style)
        self.gets = [getter(path) for path in style.by]
        self.size = sized(style, limit)
        self.values = None if token is None else _values(token, len(style.by))
        self.total: int | None = None
        self.before = 0
        self.whole = token is None
        self.seen: set[int] = set()
        self.places = {token}

    def wanted(self) -> Params:
        behind = zip(self.params, self.values or (), strict=False)
        return [*((param, str(value)) for param, value in behind), *size_params(self.style, self.size)]

    def page(self, sheet: Sheet) -> Page:
        if self.whole and not self.seen:
            self.total = sheet.total
        here, number, known = self.token, self.number, mark(sheet.rows)
        if sheet.rows and known in self.seen:
            return Page([], number, last=True, total=self.total, reason="repeated_page", token=here)
        self.seen.add(known)
        self.before += len(sheet.rows)
        keys = self._keys(sheet.rows)
        last, reason = self._end(sheet, keys)
        if not last and keys:
            self.number, self.token, self.values = number + 1, _token(keys[-1]), keys[-1]
            self.places.add(self.token)
        after = None if keys is None else lambda index: _token(keys[index])
        return Page(sheet.rows, number, last=last, total=self.total, reason=reason, token=here, after=after)

    def _end(self, sheet: Sheet, keys: list[Key] | None) -> tuple[bool, str | None]:
        if not sheet.rows:
            return True, short(self.total, self.before)
        if keys is None:
            return (True, None) if self._reached() else (True, "bad_next")
        # A row at which we stood already was not passed by: neither will be those that are tied with it.
        if len(set(keys)) < len(keys) or self.values in keys:
            return True, "tied_rows"
        if self._reached():
            return True, None
        return (True, "repeated_next") if _token(keys[-1]) in self.places else (False, None)

    def _reached(self) -> bool:
        return self.total is not None and self.before >= self.total

    def _keys(self, rows: list[Raw]) -> list[Key] | None:
        """The key of every row; None where a row has none that a question could be asked with."""
        keys = [tuple(get(row) for get in self.gets) for row in rows]
        return keys if all(_askable(value) for key in keys for value in key) else None

    def broken(self, reason: str) -> Page:
        return Page([], self.number, last=True, total=self.total, reason=reason, token=self.token)


def keyset_params(style: PageStyle) -> tuple[str, ...]:
    """One parameter for each column of `by`: those that `param` names with commas between, else the columns' own names."""
    return style.by if style.param is None else tuple(name.strip() for name in style.param.split(","))


def _askable(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and 0 < len(str(value)) <= LONGEST


def _token(key: Key) -> str:
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def _values(token: str, count: int) -> Key:
    try:
        values = json.loads(token)
    except ValueError as error:
        raise BadAnswer("bad_token") from error
    if not isinstance(values, list) or len(values) != count or not all(_askable(value) for value in values):
        raise BadAnswer("bad_token")
    return tuple(values)
