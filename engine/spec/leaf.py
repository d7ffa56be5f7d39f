"""The walk through a file, and what it reads where nothing is below: scalars, formats, free trees."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from engine.errors import Problem
from engine.expression import Template
from engine.spec.component import Path
from engine.spec.compose import meaning_of
from engine.spec.source import Node, Source

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

BROKEN: Any = object()
"""What cannot be read; the reason is in the problems."""


class Walk:
    """The file being walked, and what was found so far."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        """What keeps a value, and the element that it is in, from being read."""
        self.strays: list[Problem] = []
        """Keys that are none: all else of their component is read as if they did not stand there."""
        self.doubted: set[Path] = set()
        """Components in which a stray key may have meant what they lack."""

    def report(self, node: Node, code: str, message: str, offset: int = 0) -> Any:
        """Note a problem; the answer is ``BROKEN``."""
        self.problems.append(self.source.at(node, code, message, offset))
        return BROKEN

    def stray(self, node: Node, message: str) -> None:
        """Note a key that is none."""
        self.strays.append(self.source.at(node, "unknown-key", message))


def read_scalar(_walk: Walk, node: Node, _path: Path) -> Any:
    """A scalar as it stands."""
    return node.value


def read_decimal(_walk: Walk, node: Node, _path: Path) -> Any:
    """A number, exactly."""
    return Decimal(node.value)


def read_anything(_walk: Walk, node: Node, _path: Path) -> Any:
    """A free tree as plain data."""
    return node.plain()


def read_templated(walk: Walk, node: Node, path: Path) -> Any:
    """A free tree whose strings are templates."""
    if node.kind == "map":
        return {key: read_templated(walk, each, (*path, key)) for key, (_, each) in node.value.items()}
    if node.kind == "list":
        return [read_templated(walk, each, (*path, index)) for index, each in enumerate(node.value)]
    return read_format(Template, walk, node, path) if isinstance(node.value, str) else node.value


def read_format(cls: Any, walk: Walk, node: Node, _path: Path) -> Any:
    """A text by its format; what does not parse is reported at the character."""
    text = node.text
    if (
        node.style in {"'", '"'}
        and cls.format == "jmespath"
        and _PLAIN_NAME.fullmatch(text)
        and isinstance(meaning_of(text), str)
    ):
        return walk.report(
            node,
            "quoted-literal",
            f"YAML takes the quotes away and a field {text} is read: write the bare name, "
            f"constant: {text} in a mapping, or \"'{text}'\" elsewhere",
        )
    try:
        return cls.parse(text)
    except ValueError as problem:
        code = getattr(problem, "code", "wrong-value")
        return walk.report(node, code, str(problem), getattr(problem, "offset", 0))
