"""One file while it is read: how its nodes become plain values, and everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

from app.contract.document import Node
from app.errors import CityError, Problem


class Inspection:
    """Collects every problem, so that all are told at once; what is wrong is read as if it were not there."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.problems: list[Problem] = []

    def wrong(self, node: Node | None, code: str, meaning: str, remedy: str) -> None:
        self.problems.append(Problem(self.shown, node.line if node else 1, code, meaning, remedy))

    def settle(self) -> None:
        if self.problems:
            raise CityError(sorted(dict.fromkeys(self.problems), key=lambda problem: problem.line))

    def members(self, node: Node | None, known: Iterable[str]) -> Mapping[str, Node]:
        """The members of a mapping that say something; an unknown one is a problem."""
        if node is None:
            return {}
        if not isinstance(node.value, dict):
            self.wrong(node, "not_a_mapping", "names and values are due here", "Write name: value, indented below.")
            return {}
        names = sorted(known)
        for name, member in node.value.items():
            if name not in names:
                self.wrong(member, "unknown_key", f"{name!r} is not known here", nearest(name, names))
        return {name: member for name, member in node.value.items() if member.value is not None}

    def items(self, node: Node | None) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.wrong(node, "not_a_list", "a list is due here", "Write - before each entry, or [a, b].")
            return []
        return node.value

    def text(self, node: Node | None) -> str:
        """What was written, so that 12.70 stays 12.70; "" where there is nothing."""
        if node is None:
            return ""
        if not node.scalar:
            self.wrong(node, "not_text", "text is due here", "Write one value, in quotes.")
            return ""
        return "" if node.value is None else node.written.strip()

    def texts(self, node: Node | None) -> tuple[str, ...]:
        return tuple(text for item in self.items(node) if (text := self.text(item)))

    def flag(self, node: Node | None) -> bool:
        if node is not None and not isinstance(node.value, bool):
            self.wrong(node, "not_boolean", "this is neither true nor false", "Write true or false, without quotes.")
        return node is not None and node.value is True

    def number(self, node: Node | None) -> float | None:
        return self._counted(node, lambda value: type(value) in (int, float), "not_a_number", "a plain number")

    def count(self, node: Node | None) -> int | None:
        """A whole number from 0 on."""
        found = self._counted(node, lambda value: type(value) is int and value >= 0, "not_a_number", "a whole number from 0 on")
        return None if found is None else int(found)

    def _counted(self, node: Node | None, fits: Callable[[object], bool], code: str, due: str) -> float | None:
        if node is None:
            return None
        if not fits(node.value):
            self.wrong(node, code, f"{due} is due here", f"Write {due}, without quotes.")
            return None
        return node.value  # type: ignore[no-any-return]


def nearest(name: str, known: Iterable[str]) -> str:
    """The remedy for a word that is not known."""
    listed = list(known)
    near = get_close_matches(name, listed, 1)
    return f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(listed)}."
