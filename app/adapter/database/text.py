"""The SQL that a file may hold, and the names that are quoted into ours. The database's read-only session is the guard; this finds mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterable

TRICKS = re.compile(r";|--|/\*|\*/|#|\\|\$\$|[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Ends of statements, comments, escapes and dollar quotes: in literals too, since the databases differ in where a literal ends."""
LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
WRITES = re.compile(r"\binto\b|\bfor\s+(?:update|share|no\s+key|key)\b|\block\s+in\b", re.IGNORECASE)
SELECT = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)


def one_select(text: str) -> str:
    """One SELECT (or WITH … SELECT) that can stand in parentheses; raises ValueError saying why not."""
    if not SELECT.match(text):
        raise ValueError("a query is one SELECT, or WITH … SELECT")
    return condition(text)


def condition(text: str) -> str:
    """A condition that can stand in parentheses; raises ValueError saying why not."""
    if TRICKS.search(text):
        raise ValueError("no ; no comment, no backslash, no # and no $$ may stand in SQL of a file, not even in a literal")
    bare = LITERAL.sub(" ", text)
    if any(mark in bare for mark in "'\"`?"):
        raise ValueError("a quote does not end, or a ? stands outside of a literal")
    if WRITES.search(bare):
        raise ValueError("INTO, FOR UPDATE and locks have no place in what only reads")
    if not text.strip() or not _balanced(bare):
        raise ValueError("it is empty, or its parentheses do not match")
    return text


def _balanced(bare: str) -> bool:
    depth = 0
    for one in bare:
        depth += (one == "(") - (one == ")")
        if depth < 0:
            return False
    return depth == 0


def named(name: str) -> str:
    """A name that can be quoted; raises ValueError."""
    if not name or len(name) > 128 or not name.isprintable():
        raise ValueError("a name of a table or column is printable text of at most 128 characters")
    return name


def quoted(names: Iterable[str], mark: str) -> str:
    """Names with dots between them, each in quotes of the database's kind."""
    return ".".join(f"{mark}{named(name).replace(mark, mark * 2)}{mark}" for name in names)
