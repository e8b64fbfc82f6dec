"""Secrets: what `$NAME` in a system's file stands for, out of `TITIAN_SECRETS` (a file or a folder) or the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

REFERENCE = re.compile(r"\$([A-Z][A-Z0-9_]*)")
NAME = re.compile(r"[A-Z][A-Z0-9_]*")
Where = tuple[str | int, ...]


class Secrets:
    """Name -> value; never shown."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    @classmethod
    def read(cls, where: Path | None, environ: Mapping[str, str] = os.environ) -> Secrets:
        """A file of NAME=value lines or a folder of one file per name; what neither knows is looked for in the environment.

        Other files of the folder are left alone."""
        found = dict(environ)
        if where is not None and where.is_dir():
            found |= {path.name: path.read_text(encoding="utf-8").strip() for path in where.iterdir() if NAME.fullmatch(path.name) and path.is_file()}
        elif where is not None and where.is_file():
            lines = (line.strip() for line in where.read_text(encoding="utf-8-sig").splitlines())
            pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
            found |= {name.strip(): value.strip() for name, _, value in pairs}
        return cls(found)

    def __repr__(self) -> str:
        return "Secrets(…)"

    def supposed(self, tree: Any) -> Secrets:
        """These, and a stand-in for every name in `tree` that nobody knows: enough to check a file with, not to ask a source."""
        return Secrets({**dict.fromkeys(self.missing(tree), "supposed"), **self._values})

    def missing(self, tree: Any) -> list[str]:
        """The names that `tree` refers to and nobody knows."""
        return sorted({name for name in referred(tree) if name not in self._values})

    def resolved(self, tree: Any) -> Any:
        """`tree` with every `$NAME` replaced; a name that nobody knows stays as it is."""
        if isinstance(tree, str):
            return REFERENCE.sub(lambda found: self._values.get(found[1], found[0]), tree)
        if isinstance(tree, Mapping):
            return {name: self.resolved(value) for name, value in tree.items()}
        return [self.resolved(value) for value in tree] if isinstance(tree, list) else tree


def referred(tree: Any) -> Iterable[str]:
    """Every NAME that stands in `tree` as `$NAME`."""
    for _, value in leaves(tree):
        yield from REFERENCE.findall(value) if isinstance(value, str) else ()


def leaves(tree: Any, where: Where = ()) -> Iterable[tuple[Where, Any]]:
    """Every value in `tree` that holds no others, with its key path."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from leaves(value, (*where, name))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from leaves(value, (*where, index))
    else:
        yield where, tree
