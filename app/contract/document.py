"""YAML as we read it: a strict loader that keeps the line of every value and leaves codes the text they are.

YAML 1.1 would read `012` as 10, `no` as false and `12:30` as 750. Here only true, false, null and plain numbers are more than text;
duplicate keys, tags, anchors and aliases are refused."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from app.errors import CityError, Problem

LARGEST = 1_000_000
DEEPEST = 40
INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
FLOAT = re.compile(r"-?(?:0|[1-9]\d{0,17})\.\d+", re.ASCII)
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class Node(NamedTuple):
    """A value and the line where it stands. A mapping is a dict of Nodes, a sequence a list of them."""

    value: Any
    line: int

    def plain(self) -> Any:
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def get(self, name: str) -> Node | None:
        return self.value.get(name) if isinstance(self.value, dict) else None

    def members(self) -> dict[str, Node]:
        return self.value if isinstance(self.value, dict) else {}

    def items(self) -> list[Node]:
        return self.value if isinstance(self.value, list) else []


def parse(text: str, shown: str) -> Node:
    """Raises CityError naming the line of what cannot be read."""
    if len(text) > LARGEST:
        raise CityError([Problem(shown, 1, "too_large", "the file is larger than 1 MB", "Split it.")])
    try:
        _plain_events(text, shown)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise CityError([Problem(shown, line, "not_yaml", "this is not YAML", "Look at the indentation and the quotes of this line.")]) from error
    if root is None:
        raise CityError([Problem(shown, 1, "empty", "the file is empty", "Write the contract.")])
    return _node(root, shown, 0)


def _plain_events(text: str, shown: str) -> None:
    """Aliases can make a small file endless: they are refused before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _problem(shown, _line(event), "alias", "anchors and aliases are not read", "Write the value out.")
        depth += isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent)
        depth -= isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent)
        if depth > DEEPEST:
            raise _problem(shown, _line(event), "too_deep", "the nesting is too deep", "Flatten it.")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _problem(shown: str, line: int, code: str, meaning: str, remedy: str) -> CityError:
    return CityError([Problem(shown, line + 1, code, meaning, remedy)])


def _node(node: yaml.Node, shown: str, depth: int) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Node(_mapping(node, shown, depth), line)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(item, shown, depth + 1) for item in node.value], line)
    return Node(_scalar(node), line)


def _mapping(node: yaml.MappingNode, shown: str, depth: int) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in found:
            raise _problem(shown, key.start_mark.line, "duplicate_key", f"{name!r} stands twice", "Keep one of them.")
        found[name] = _node(value, shown, depth + 1)
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
