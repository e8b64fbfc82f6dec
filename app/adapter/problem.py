"""From what pydantic refuses to problems that a person can mend: file, line, meaning, remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from app.adapter.toml_lines import error_line, line_of, lines_of
from app.errors import CityError, Problem

Made = TypeVar("Made", bound=BaseModel)
Where = tuple[str | int, ...]
PLACE = re.compile(r" \(at [^()]*\)$")
MEANINGS = {
    "missing": ("missing_key", "is missing", "Add it."),
    "string_type": ("wrong_type", "is not text", "Put it in quotes: codes and numbers of people are text."),
    "float_type": ("wrong_type", "is not a number", "Write a plain number, without quotes."),
    "int_type": ("wrong_type", "is not a whole number", "Write a whole number, without quotes."),
    "bool_type": ("wrong_type", "is neither true nor false", "Write true or false."),
    "tuple_type": ("wrong_type", "is not a list", 'Write a list: ["…"].'),
    "list_type": ("wrong_type", "is not a list", 'Write a list: ["…"].'),
    "dict_type": ("wrong_type", "is not a table", "Write a table: { name = … }."),
    "model_type": ("wrong_type", "is not a table", "Write a table: { name = … }."),
    "union_tag_invalid": ("unknown_value", "has an unknown type", "See docs/reference/kinds for the types there are."),
    "union_tag_not_found": ("missing_key", "has no type", 'Add type = "…".'),
}


class Toml:
    """One TOML file: its content, and the line of everything in it."""

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        try:
            # Editors on Windows put a byte order mark in front; TOML knows none.
            self.text = path.read_text(encoding="utf-8-sig")
            self.content: dict[str, Any] = tomllib.loads(self.text)
        except FileNotFoundError as error:
            raise CityError([Problem(shown, 1, "missing_file", "there is no such file", "Write it, or mend the folder's name.")]) from error
        except (OSError, UnicodeDecodeError) as error:
            raise CityError([Problem(shown, 1, "unreadable", "the file is not UTF-8 text", "Save it as UTF-8.")]) from error
        except tomllib.TOMLDecodeError as error:
            meaning = f"this is not TOML ({PLACE.sub('', str(error))})"
            raise CityError([Problem(shown, self._line(error), "not_toml", meaning, "Look at quotes, brackets and = on this line.")]) from error
        self.lines = lines_of(self.text)

    def _line(self, error: tomllib.TOMLDecodeError) -> int:
        return len(self.text.splitlines()) if "end of document" in str(error) else error_line(error)

    def problem(self, where: Sequence[str | int], code: str, meaning: str, remedy: str) -> Problem:
        """A problem at the line of the key path `where`."""
        return Problem(self.shown, line_of(self.lines, where), code, meaning, remedy)

    def model(self, model: type[Made], content: Mapping[str, Any], *, at: Sequence[str | int] = (), problems: list[Problem]) -> Made | None:
        """The model made from `content`, or None with every reason added to `problems`."""
        try:
            return model.model_validate(content)
        except ValidationError as error:
            found = [_reason(one, content) for one in error.errors(include_url=False, include_input=False)]
            problems += [self._told(one, model, at) for one in _of_one_branch(found)]
            return None

    def _told(self, reason: _Reason, model: type[BaseModel], at: Sequence[str | int]) -> Problem:
        where = (*at, *reason.where)
        name = written(where)
        if reason.type == "extra_forbidden":
            near = get_close_matches(str(where[-1]), sorted(_names(model)), 1)
            remedy = f"Did you mean {near[0]!r}?" if near else "Remove it, or see docs/reference/kinds for what may stand here."
            return self.problem(where, "unknown_key", f"{name} is not known here", remedy)
        code, meaning, remedy = MEANINGS.get(reason.type, ("wrong_value", f"cannot be used ({reason.text})", "Mend it."))
        return self.problem(where, code, f"{name} {meaning}", remedy)


def written(where: Sequence[str | int]) -> str:
    """A key path as people write it; which of several tables is meant is said by the line."""
    last = f"[{where[-1]}]" if where and isinstance(where[-1], int) else ""
    return ".".join(part for part in where if isinstance(part, str)) + last or "the file"


class _Reason(NamedTuple):
    """One reason of pydantic's, at a key path of the file; `branch` is where a choice between shapes began, and the shape tried."""

    where: Where
    type: str
    text: str
    branch: tuple[Where, str] | None


def _reason(one: Any, content: Mapping[str, Any]) -> _Reason:
    """pydantic puts the names of shapes into a path, too: what the file does not hold is no key of it."""
    where: Where = ()
    branch: tuple[Where, str] | None = None
    here: Any = content
    for index, part in enumerate(one["loc"]):
        if _holds(here, part):
            where, here = (*where, part), here[part]
        elif one["type"] == "missing" and index == len(one["loc"]) - 1:
            where = (*where, part)
        elif isinstance(part, str):
            branch = branch or (where, part)
    return _Reason(where, one["type"], str(one["msg"]).removeprefix("Value error, "), branch)


def _holds(here: Any, part: str | int) -> bool:
    if isinstance(here, Mapping):
        return part in here
    return isinstance(here, list) and isinstance(part, int) and part < len(here)


def _of_one_branch(reasons: list[_Reason]) -> list[_Reason]:
    """Where several shapes were possible, only what is wrong with the one that fits best: the one that fails deepest inside."""
    best: dict[Where, _Reason] = {}
    for reason in reasons:
        if reason.branch is not None:
            kept = best.setdefault(reason.branch[0], reason)
            if _fit(reason) > _fit(kept):
                best[reason.branch[0]] = reason
    return [reason for reason in reasons if reason.branch is None or reason.branch == best[reason.branch[0]].branch]


def _fit(reason: _Reason) -> tuple[int, bool]:
    return len(reason.where), reason.type != "model_type"


def _names(model: type[BaseModel]) -> Iterable[str]:
    """Every key that the model and the models within it may hold: for a did-you-mean, not for judging."""
    seen: set[type[BaseModel]] = set()
    waiting: list[Any] = [model]
    while waiting:
        here = waiting.pop()
        if isinstance(here, type) and issubclass(here, BaseModel):
            if here not in seen:
                seen.add(here)
                for name, field in here.model_fields.items():
                    yield field.alias or name
                    waiting.append(field.annotation)
        else:
            waiting += getattr(here, "__args__", ())
