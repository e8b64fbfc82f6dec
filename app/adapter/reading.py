"""A system's file read into a Manifest: grammar, unknown keys, no secret in the file; every problem at once, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.adapter.manifest import Manifest, Resource
from app.adapter.mapping import PATH
from app.adapter.problem import Toml, written
from app.adapter.secret import REFERENCE, Where, leaves
from app.errors import CityError, Problem

SECRET_KEYS = frozenset({"password", "token", "value", "client_secret", "username", "secret", "key", "api_key"})
SECRET_HEADER = re.compile(r"auth|token|key|secret|cookie|pass|sandi", re.IGNORECASE)
SECRET_PARAM = re.compile(r"api[_-]?key|token|secret|passw|sandi", re.IGNORECASE)


def read(path: Path, *, shown: str | None = None) -> tuple[Manifest, Toml]:
    """The manifest and the text that it came from; raises CityError."""
    manifest, toml, problems = judged(path, shown=shown)
    if problems or manifest is None:
        raise CityError(problems)
    return manifest, toml


def judged(path: Path, *, shown: str | None = None) -> tuple[Manifest | None, Toml, list[Problem]]:
    """The manifest, None where the grammar is broken, and all that is wrong with the file by itself; raises CityError where it is no TOML."""
    toml = Toml(path, shown or path.name)
    problems: list[Problem] = []
    manifest = toml.model(Manifest, toml.content, problems=problems)
    if manifest is not None and manifest.id != path.name.removesuffix(".toml"):
        problems.append(toml.problem(("id",), "id", f"id is {manifest.id!r} and the file is {path.name!r}", "Use one name for both."))
    problems += _literals(toml)
    for index, resource in enumerate(manifest.resource if manifest is not None else ()):
        problems += _misplaced(toml, resource, index)
        problems += _mapped(toml, resource, index)
    return manifest, toml, problems


def _literals(toml: Toml) -> Iterable[Problem]:
    for where, value in leaves(toml.content.get("connection"), ("connection",)):
        if isinstance(value, str) and (_password(value) if where[1:] == ("dsn",) else _secret(where, value) and not REFERENCE.search(value)):
            meaning = f"{written(where)} holds a secret in plain text"
            yield toml.problem(where, "secret_in_file", meaning, 'Write "$NAME" and put the value into TITIAN_SECRETS.')


def _password(dsn: str) -> bool:
    """Whether a password stands in an address other than as one whole `$NAME`."""
    account, at, _ = dsn.partition("://")[2].rpartition("@")
    _, colon, password = account.partition(":")
    return bool(at and colon) and REFERENCE.fullmatch(password) is None


def _secret(where: Where, value: str) -> bool:
    place, name = where[1] if len(where) > 1 else "", where[-1]
    if place == "headers":
        return bool(SECRET_HEADER.search(str(name)))
    if place != "auth":
        return False
    if "request" in where:
        return "form" in where or "json" in where
    # `token` of a login is a path into its answer, not a token.
    return name in SECRET_KEYS and not value.startswith(("$.", "$["))


def _misplaced(toml: Toml, resource: Resource, index: int) -> Iterable[Problem]:
    """What is read is shown to operators: neither a secret nor its name stands there."""
    remedy = "Let [connection.auth] or connection.headers send it."
    for where, value in leaves(resource.read):
        place = ("resource", index, "read", *where)
        if isinstance(value, str) and REFERENCE.search(value):
            yield toml.problem(place, "misplaced_secret", f"{written(place)} names a secret, which is known only under [connection]", remedy)
        elif len(where) > 1 and SECRET_PARAM.search(str(where[-1])):
            yield toml.problem(place, "secret_in_file", f"{written(place)} looks like a secret in plain text", remedy)


def _mapped(toml: Toml, resource: Resource, index: int) -> Iterable[Problem]:
    for name, rule in resource.rules().items():
        where = ("resource", index, "map", name)
        if (rule.source is None) == (rule.const is None):
            yield toml.problem(where, "map", f"{name} needs exactly one of from and const", 'Write from = "…" or const = ….')
        if rule.join is not None and not isinstance(rule.source, tuple):
            yield toml.problem(where, "map", f"{name} joins what is not a list", 'Write from = ["a", "b"], or drop join.')
        for path in (rule.source,) if isinstance(rule.source, str) else rule.source or ():
            if not PATH.fullmatch(path):
                remedy = "Write a.b.c; a name that holds a dot or a bracket is written ['a.b']."
                yield toml.problem(where, "source_path", f"{name} comes from {path!r}, which is no path into a row", remedy)


def connection_of(path: Path) -> Any:
    """What stands under `[connection]`, whatever else is wrong with the file; None where it cannot be read."""
    try:
        return Toml(path, path.name).content.get("connection")
    except CityError:
        return None
