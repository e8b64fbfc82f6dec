"""From what pydantic refuses to problems that a person can mend: file, line, meaning, remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.adapter.toml_lines import error_line, line_of, lines_of
from app.errors import CityError, Problem

Made = TypeVar("Made", bound=BaseModel)
MEANINGS = {
    "missing": ("missing_key", "is missing", "Add it."),
    "string_type": ("wrong_type", "is not text", "Put it in quotes: codes and numbers of people are text."),
    "float_type": ("wrong_type", "is not a number", "Write a plain number, without quotes."),
    "int_type": ("wrong_type", "is not a whole number", "Write a whole number, without quotes."),
    "bool_type": ("wrong_type", "is neither true nor false", "Write true or false."),
    "union_tag_invalid": ("unknown_value", "has an unknown type", "See docs/reference/kinds for the types there are."),
    "union_tag_not_found": ("missing_key", "has no type", 'Add type = "…".'),
}


class Toml:
    """One TOML file: its content, and the line of everything in it."""

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        try:
            self.text = path.read_text(encoding="utf-8")
            self.content: dict[str, Any] = tomllib.loads(self.text)
        except (OSError, UnicodeDecodeError) as error:
            raise CityError([Problem(shown, 1, "unreadable", "the file is not UTF-8 text", "Save it as UTF-8.")]) from error
        except tomllib.TOMLDecodeError as error:
            meaning = "this is not TOML"
            raise CityError([Problem(shown, error_line(error), "not_toml", meaning, "Look at quotes, brackets and = on this line.")]) from error
        self.lines = lines_of(self.text)

    def problem(self, where: Sequence[str | int], code: str, meaning: str, remedy: str) -> Problem:
        """A problem at the line of the key path `where`."""
        return Problem(self.shown, line_of(self.lines, where), code, meaning, remedy)

    def model(self, model: type[Made], content: Mapping[str, Any], *, at: Sequence[str | int] = (), problems: list[Problem]) -> Made | None:
        """The model made from `content`, or None with every reason added to `problems`."""
        try:
            return model.model_validate(content)
        except ValidationError as error:
            problems += [self._told(one, model, at) for one in error.errors(include_url=False, include_input=False)]
            return None

    def _told(self, one: Any, model: type[BaseModel], at: Sequence[str | int]) -> Problem:
        where = tuple(part for part in one["loc"] if not _is_tag(part))
        name = ".".join(str(part) for part in where) or "the file"
        if one["type"] == "extra_forbidden":
            near = get_close_matches(str(where[-1]), sorted(_names(model)), 1)
            remedy = f"Did you mean {near[0]!r}?" if near else "Remove it, or see docs/reference/kinds for what may stand here."
            return self.problem((*at, *where), "unknown_key", f"{name} is not known here", remedy)
        code, meaning, remedy = MEANINGS.get(one["type"], ("wrong_value", f"cannot be used ({_plain(one)})", "Mend it."))
        return self.problem((*at, *where), code, f"{name} {meaning}", remedy)


def _is_tag(part: object) -> bool:
    """pydantic puts the names of union members into a path; they are not keys of the file."""
    return isinstance(part, str) and (
        part[:1].isupper() or part.startswith(("function-", "tagged-union", "union[", "dict[", "constrained-", "lax-or-")) or part in TAGS
    )


TAGS = {"none", "basic", "bearer", "header", "query", "login", "str", "int", "float", "bool", "tuple[str, ...]"}


def _plain(one: Any) -> str:
    return str(one["msg"]).removeprefix("Value error, ")


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
