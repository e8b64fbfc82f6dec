"""The grammar of an agreement's file, and how its faults are told. Unknown keys are errors; what is not built yet is refused by name."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from app.adapter.manifest import Model
from app.adapter.toml_lines import error_line, line_of, lines_of
from app.errors import Problem

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Purpose = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*\z", max_length=100)]


class GrantText(Model):
    """`[[grant]]` as written."""

    contract: str | None = None
    system: str | None = None
    actions: list[str] = Field(default=["read"], min_length=1)
    fields: list[str] | str | None = None
    mask: dict[str, str] = Field(default_factory=dict)
    rows: dict[str, Any] = Field(default_factory=dict)
    quota: str | None = None


class AgreementText(Model):
    """The whole file as written. The id stands in lists that are joined by commas, so it holds none."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\z", max_length=100)]
    consumer: Words
    provider: Words
    document: Words
    legal_basis: Words
    purposes: list[Purpose] = Field(min_length=1)
    valid_from: date
    valid_to: date
    grant: list[GrantText] = Field(min_length=1)


class Faults:
    """The problems of one file while it is read, each with its line."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = lines_of(text)
        self.problems: list[Problem] = []

    def add(self, path: Sequence[str | int], code: str, meaning: str, remedy: str) -> None:
        self.problems.append(Problem(self.file, line_of(self.lines, path), code, meaning, remedy))

    def unknown(self, path: Sequence[str | int], kind: str, word: str, known: Iterable[str]) -> None:
        """`word` is none of `known`; the nearest of them, else all, is the remedy."""
        names = sorted(known)
        near = difflib.get_close_matches(word, names, n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(names) or 'none'}."
        self.add(path, f"unknown_{kind}", f"There is no {kind} {word[:80]!r}", remedy)

    def unbuilt(self, path: Sequence[str | int], what: str, remedy: str) -> None:
        """A part of the agreement that would have to be ignored: the whole is refused instead."""
        self.add(path, "not_built", f"{what} is not built yet, so this agreement cannot be kept", remedy)


def written(text: str, faults: Faults) -> AgreementText | None:
    """The file by its grammar; None where it does not follow it, with the reasons in `faults`."""
    try:
        return AgreementText.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        faults.problems.append(Problem(faults.file, error_line(error), "not_toml", "This is not TOML", "Text stands in quotes."))
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False, include_context=False):
            _told(fault["loc"], fault["type"], fault["msg"], faults)
    return None


def _told(path: tuple[str | int, ...], kind: str, message: str, faults: Faults) -> None:
    name = str(path[-1])
    if kind == "extra_forbidden":
        model: type[BaseModel] = GrantText if path[0] == "grant" else AgreementText
        faults.unknown(path, "key", name, model.model_fields)
    elif kind == "missing":
        faults.add(path[:-1], "missing_key", f"{name} is missing", f"Add {name}.")
    elif kind in ("date_type", "date_exact"):
        faults.add(path, "not_a_date", f"{name} is not a date", "Write it without quotes: 2026-01-31.")
    else:
        faults.add(path, "wrong_value", f"{'.'.join(map(str, path))}: {message}", "See docs/reference/agreements.md.")
