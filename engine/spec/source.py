"""A parsed file: its values as nodes that know where they stand, and how to point at them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine.errors import Problem
from engine.spec.place import Place, place_in

_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s|#[^\n]*)+)*")
"""An anchor or a tag, and what stands between it and the value."""


@dataclass(slots=True, eq=False)
class Node:
    """One value of a file: a scalar, a list or a mapping, and where it stands."""

    kind: str
    """``scalar``, ``list`` or ``map``."""
    value: Any
    """The scalar; the nodes of the list; ``{key: (key node, value node)}`` of the map."""
    text: str
    """The scalar as text, whatever it means."""
    style: str
    """``'``, ``"``, ``|`` or ``>``; of a list or map ``[`` when it is in flow style; else empty."""
    line: int
    column: int
    start: int
    """Index into the text; ``line`` and ``column`` count from 1."""
    end: int
    size: int = 1
    """Nodes in it, itself included and aliases expanded."""
    height: int = 0
    anchor: str = ""
    """What aliases call it."""

    def as_text(self) -> Node:
        """Of a key: the same place, read as text whatever it looks like."""
        return self if isinstance(self.value, str) else replace(self, value=self.text)

    def content(self, text: str) -> int:
        """Index into the text of the file: where it starts behind its anchor, as ``start`` is before it."""
        found = _PROPERTIES.match(text, self.start, self.end)
        return self.start if found is None else found.end()

    def plain(self) -> Any:
        """The same as plain data."""
        if self.kind == "scalar":
            return self.value
        if self.kind == "list":
            return [each.plain() for each in self.value]
        return {key: each.plain() for key, (_, each) in self.value.items()}


@dataclass(frozen=True)
class Source:
    """One parsed file. ``root`` is None where nothing could be read."""

    file: str
    text: str
    root: Node | None
    problems: tuple[Problem, ...] = ()
    """What is wrong with it as YAML."""

    @cached_property
    def data(self) -> Any:
        """What it says, as plain data."""
        return None if self.root is None else self.root.plain()

    def problem(self, path: Sequence[str | int], code: str, message: str, offset: int = 0) -> Problem:
        """Point at the value at ``path``, or at its nearest ancestor; at the key of a list or map."""
        key, node = self._find(path)
        if node is None:
            return Problem(self.file, 1, 1, code, message)
        if key is not None and node.kind != "scalar":
            return self.at(key, code, message)
        return self.at(node, code, message, offset)

    def key_problem(self, path: Sequence[str | int], code: str, message: str) -> Problem:
        """Point at the key that ``path`` ends with, or at its nearest ancestor."""
        key, node = self._find(path)
        at = key or node
        return Problem(self.file, 1, 1, code, message) if at is None else self.at(at, code, message)

    def at(self, node: Node, code: str, message: str, offset: int = 0) -> Problem:
        """Point at a node; at ``offset`` characters into what a scalar says."""
        line, column = node.line, node.column
        anchored = self.text[node.start : node.start + 1] == "&"
        if node.kind == "scalar" and (offset > 0 or anchored):
            start = node.content(self.text)
            place: Place = place_in(self.text, start, node.end, node.style, node.text, offset)
            line, column = place or (line, column)
        return Problem(self.file, line, column, code, message)

    def line(self, path: Sequence[str | int]) -> int:
        """The line on which the key or element at ``path`` starts."""
        key, node = self._find(path)
        at = key or node
        return 1 if at is None else at.line

    def key_at(self, path: Sequence[str | int]) -> Node | None:
        """The key that ``path`` ends with; None at the top, in a list, and where nothing is."""
        return self._find(path)[0]

    def node_at(self, path: Sequence[str | int]) -> Node | None:
        """The node at exactly this path."""
        node = self.root
        for step in path:
            if node is not None and node.kind == "map" and step in node.value:
                node = node.value[step][1]
            elif (
                node is not None and node.kind == "list" and isinstance(step, int) and step < len(node.value)
            ):
                node = node.value[step]
            else:
                return None
        return node

    def _find(self, path: Sequence[str | int]) -> tuple[Node | None, Node | None]:
        key: Node | None = None
        node = self.root
        for step in path:
            if node is None:
                break
            if node.kind == "map" and step in node.value:
                key, node = node.value[step]
            elif node.kind == "list" and isinstance(step, int) and step < len(node.value):
                key, node = None, node.value[step]
            else:
                break
        return key, node
