"""A system's file read into a Manifest: grammar, unknown keys, no secret in the file; every problem at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.adapter.manifest import Manifest
from app.adapter.problem import Toml
from app.adapter.secret import REFERENCE
from app.errors import CityError, Problem

SECRET_KEYS = frozenset({"password", "token", "value", "client_secret", "username", "secret", "key", "api_key"})
PLACES = ("auth", "headers")


def read(path: Path, *, shown: str | None = None) -> tuple[Manifest, Toml]:
    """The manifest and the text that it came from; raises CityError."""
    toml = Toml(path, shown or path.name)
    problems: list[Problem] = []
    manifest = toml.model(Manifest, toml.content, problems=problems)
    if manifest is not None and manifest.id != path.name.removesuffix(".toml"):
        problems.append(toml.problem(("id",), "id", f"id is {manifest.id!r} and the file is {path.name!r}", "Use one name for both."))
    problems += _literals(toml)
    if manifest is not None:
        problems += _mapped(toml, manifest)
    if problems or manifest is None:
        raise CityError(problems)
    return manifest, toml


def _literals(toml: Toml) -> Iterable[Problem]:
    connection = toml.content.get("connection")
    if not isinstance(connection, Mapping):
        return
    for place in PLACES:
        for where, value in _leaves(connection.get(place), (place,)):
            if _secret(where) and isinstance(value, str) and not REFERENCE.search(value):
                name = ".".join(str(part) for part in where)
                meaning = f"connection.{name} holds a secret in plain text"
                yield toml.problem(("connection", *where), "secret_in_file", meaning, 'Write "$NAME" and put the value into TITIAN_SECRETS.')


def _secret(where: tuple[str | int, ...]) -> bool:
    if where[0] == "headers":
        return str(where[-1]).lower() in ("authorization", "apikey", "x-api-key", "token", "auth", "cookie")
    if "request" in where:
        return "form" in where or "json" in where
    return where[-1] in SECRET_KEYS


def _leaves(tree: Any, where: tuple[str | int, ...]) -> Iterable[tuple[tuple[str | int, ...], Any]]:
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            # `token` of a login is a path into its answer, not a token.
            if not (name == "token" and tree.get("type") == "login"):
                yield from _leaves(value, (*where, name))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _leaves(value, (*where, index))
    else:
        yield where, tree


def _mapped(toml: Toml, manifest: Manifest) -> Iterable[Problem]:
    for index, resource in enumerate(manifest.resource):
        for name, rule in resource.rules().items():
            where = ("resource", index, "map", name)
            if (rule.source is None) == (rule.const is None):
                yield toml.problem(where, "map", f"{name} needs exactly one of from and const", 'Write from = "…" or const = ….')
            if rule.join is not None and not isinstance(rule.source, tuple):
                yield toml.problem(where, "map", f"{name} joins what is not a list", 'Write from = ["a", "b"], or drop join.')
