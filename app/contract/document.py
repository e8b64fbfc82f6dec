"""YAML as we read it: a strict loader that keeps the line of every value and leaves codes the text they are.

YAML 1.1 would read `012` as 10, `no` as false and `12:30` as 750. Here only true, false, null and plain numbers are more than text, and even
they keep the text in which they were written; duplicate keys, tags, anchors and aliases are refused."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from app.errors import CityError, Problem

LARGEST = 1_000_000
"""Characters of a file."""
DEEPEST = 40
INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
FLOAT = re.compile(r"-?(?:0|[1-9]\d{0,17})\.\d{1,17}", re.ASCII)
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class Node(NamedTuple):
    """A value and the line where it stands. A mapping is a dict of Nodes, a sequence a list of them; `written` is a scalar as it was typed."""

    value: Any
    line: int
    written: str = ""

    def plain(self) -> Any:
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    @property
    def scalar(self) -> bool:
        return not isinstance(self.value, dict | list)

    def get(self, name: str) -> Node | None:
        """A member that says something; null is as good as absent."""
        found = self.value.get(name) if isinstance(self.value, dict) else None
        return None if found is None or found.value is None else found


def parse(text: str, shown: str) -> Node:
    """Raises CityError naming the line of what cannot be read."""
    if len(text) > LARGEST:
        raise _problem(shown, 0, "too_large", "the file is larger than 1 MB", "Split it.")
    try:
        _plain_events(text, shown)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _problem(shown, _broken(error, text), "not_yaml", "this is not YAML", "Look at the indentation and the quotes of this line.") from error
    if root is None:
        raise _problem(shown, 0, "empty", "the file is empty", "Write the contract.")
    return _node(root, shown)


def _plain_events(text: str, shown: str) -> None:
    """Aliases can make a small file endless: they are refused before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _problem(shown, _line(event), "alias", "anchors and aliases are not read", "Write the value out.")
        if getattr(event, "tag", None) is not None:
            raise _problem(shown, _line(event), "tag", "tags (!) are not read", "Remove the tag, or put the value in quotes.")
        depth += isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent)
        depth -= isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent)
        if depth > DEEPEST:
            raise _problem(shown, _line(event), "too_deep", "the nesting is too deep", "Flatten it.")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _broken(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", None)
    return mark.line if mark is not None else text.count("\n", 0, position or 0)


def _problem(shown: str, line: int, code: str, meaning: str, remedy: str) -> CityError:
    return CityError([Problem(shown, line + 1, code, meaning, remedy)])


def _node(node: yaml.Node, shown: str) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Node(_mapping(node, shown), line)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(item, shown) for item in node.value], line)
    return Node(_scalar(node), line, str(node.value))


def _mapping(node: yaml.MappingNode, shown: str) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _problem(shown, key.start_mark.line, "not_yaml", "a key is not plain text", "Write the name of the key.")
        name = str(key.value)
        if name in found:
            raise _problem(shown, key.start_mark.line, "duplicate_key", f"{name!r} stands twice", "Keep one of them.")
        found[name] = _node(value, shown)
    return found


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if FLOAT.fullmatch(text) else text
