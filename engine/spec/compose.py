"""
YAML text in; nodes with their places out. The only module that reads files.

YAML is read by the 1.2 core schema with three differences: a number keeps its digits (an ``int`` or a
``Decimal``, never a float), a number with a leading zero is text, and keys are always text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NoReturn

import yaml

from engine.errors import Problem
from engine.spec.blame import blame, without
from engine.spec.characters import odd_characters, without_odd
from engine.spec.source import Node, Source

MAX_BYTES = 4_000_000
MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_ALIASES = 200
MAX_NUMBER = 400
MAX_MENDED = 20

_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_NUMERIC = frozenset("+-.0123456789")


def read(file: str, text: str | bytes) -> Source:
    """Parse a file. Never raises for what is in it: the problems are inside."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            found = Problem(file, line, 1, "yaml-character", "not UTF-8: save the file in that encoding")
            return Source(file, "", None, (found,))
    if len(text) > MAX_BYTES:
        found = Problem(file, 1, 1, "yaml-limit", f"larger than {MAX_BYTES:,} bytes: split it")
        return Source(file, "", None, (found,))
    whole = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    problems = dict.fromkeys(itertools.islice(odd_characters(file, whole), MAX_MENDED))
    if len(problems) == MAX_MENDED:
        return Source(file, whole, None, tuple(problems))
    readable = without_odd(whole)
    root = None
    for _ in range(MAX_MENDED):
        composer = _Composer(file, readable)
        root = composer.compose()
        problems.update(dict.fromkeys(composer.problems))
        mended = without(readable, composer.problems[-1]) if root is None and composer.problems else None
        if mended is None:
            break
        # the reason is known: read on as if nothing stood there, to find what else is wrong
        readable = mended
    return Source(file, whole, root, tuple(problems))


class _Stop(Exception):
    """Nothing more can be read; the reason is in the problems."""


class _Composer:
    """From the parser's events to nodes, with every cap kept before anything is built."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.problems: list[Problem] = []
        self.anchors: dict[str, Node] = {}
        self.nodes = 0
        self.aliases = 0

    def compose(self) -> Node | None:
        try:
            return self._document()
        except _Stop:
            return None
        except yaml.YAMLError as error:
            line, column, code, message = blame(self.text, error)
            self.problems.append(Problem(self.file, line, column, code, message))
            return None

    def _document(self) -> Node | None:
        parser = yaml.CSafeLoader(self.text)
        try:
            # The parser's stubs do not know that an event and its marks are always there.
            self.next: Callable[[], Any] = parser.get_event
            self.next()
            event: Any = self.next()
            if isinstance(event, yaml.StreamEndEvent):
                self.problems.append(Problem(self.file, 1, 1, "empty-file", "the file is empty"))
                return None
            root = self._node(self.next(), 0)
            self.next()
            event = self.next()
            if not isinstance(event, yaml.StreamEndEvent):
                mark = event.start_mark
                self._stop(
                    mark.line + 1,
                    mark.column + 1,
                    "yaml-documents",
                    "one file is one document: '---' starts another",
                )
            return root
        finally:
            parser.dispose()

    def _stop(self, line: int, column: int, code: str, message: str) -> NoReturn:
        self.problems.append(Problem(self.file, line, column, code, message))
        raise _Stop

    def _node(self, event: Any, depth: int) -> Node:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._stop(line, column, "yaml-limit", f"more than {MAX_NODES:,} values: split the file")
        if depth > MAX_DEPTH:
            self._stop(line, column, "yaml-limit", f"nested deeper than {MAX_DEPTH} levels")
        if event.tag is not None:
            self._tag(event)
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, line, column)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._list(event, depth, line, column)
        else:
            node = self._map(event, depth, line, column)
        if event.anchor is not None:
            node.anchor = event.anchor
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, depth: int) -> Node:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        node = self.anchors.get(event.anchor)
        if node is None:
            _, _, code, message = blame(self.text, None, mark.index)
            self._stop(line, column, code, message)
        self.aliases += 1
        self.nodes += node.size
        if self.aliases > MAX_ALIASES or self.nodes > MAX_NODES or depth + node.height > MAX_DEPTH:
            self._stop(line, column, "yaml-limit", "too many aliases: write the values out")
        return node

    def _tag(self, event: Any) -> None:
        mark = event.start_mark
        _, _, code, message = blame(self.text, None, mark.index)
        self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, code, message))

    def _scalar(self, event: Any, line: int, column: int) -> Node:
        text: str = event.value
        value: Any = text
        if event.style is None or event.style == "":
            value = meaning_of(text)
            if value is _BAD:
                value = text
                message = f"{text!r} is no number that can be kept exactly: quote it where it is text"
                self.problems.append(Problem(self.file, line, column, "yaml-number", message))
        return Node(
            "scalar",
            value,
            text,
            event.style or "",
            line,
            column,
            event.start_mark.index,
            event.end_mark.index,
        )

    def _list(self, event: Any, depth: int, line: int, column: int) -> Node:
        items: list[Node] = []
        inner: Any
        while not isinstance(inner := self.next(), yaml.SequenceEndEvent):
            items.append(self._node(inner, depth + 1))
        end: Any = inner
        return Node(
            "list", items, "", "[" if event.flow_style else "", line, column,
            event.start_mark.index, end.end_mark.index,
            1 + sum(each.size for each in items), 1 + max((each.height for each in items), default=0),
        )  # fmt: skip

    def _map(self, event: Any, depth: int, line: int, column: int) -> Node:
        items: dict[str, tuple[Node, Node]] = {}
        size, height = 1, 0
        inner: Any
        while not isinstance(inner := self.next(), yaml.MappingEndEvent):
            key = self._node(inner, depth + 1)
            value = self._node(self.next(), depth + 1)
            size += key.size + value.size
            height = max(height, value.height)
            if key.kind != "scalar":
                message = "a key is text: a list or mapping here needs quotes"
                self.problems.append(Problem(self.file, key.line, key.column, "yaml-key", message))
            elif key.text in items:
                first = items[key.text][0].line
                message = f"{key.text!r} is set twice, first on line {first}"
                self.problems.append(Problem(self.file, key.line, key.column, "duplicate-key", message))
            else:
                items[key.text] = (key, value)
        end: Any = inner
        return Node(
            "map", items, "", "[" if event.flow_style else "", line, column,
            event.start_mark.index, end.end_mark.index, size, height + 1,
        )  # fmt: skip


_BAD = object()


def meaning_of(text: str) -> Any:
    """What a plain scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if len(text) > MAX_NUMBER:
        return _BAD if _INT.fullmatch(text) or _DECIMAL.fullmatch(text) else text
    if _INT.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if text.lstrip("+-") in {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"}:
        return _BAD
    return text
