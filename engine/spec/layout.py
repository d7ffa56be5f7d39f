"""How does a file look? Its entries as lines: two spaces a level, flow style where it fits into one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.spec.comments import BLANK, Collection, Entry
from engine.spec.scalars import block, folded, written
from engine.spec.source import Node

WIDTH = 110
"""Columns of a line; what cannot be broken may be longer."""

Typed = Callable[[Entry], bool]


@dataclass(slots=True)
class Line:
    """One line, and the comment behind it."""

    text: str
    comment: str = ""
    column: int = 0
    """Where the author had that comment."""


def printed(top: Collection, source: str, typed: Typed) -> str:
    """A whole file; ``typed`` says of a scalar whether its key takes nothing but text."""
    layout = _Layout(source, typed)
    lines = [Line(each) for each in _without_ends(top.head)]
    lines += layout.block(top, 0)
    return "\n".join(each.rstrip() for each in _aligned(lines)).strip("\n") + "\n"


def _without_ends(comments: list[str]) -> list[str]:
    """No empty line first."""
    return comments[1:] if comments[:1] == [BLANK] else comments


class _Layout:
    def __init__(self, source: str, typed: Typed) -> None:
        self.source, self.typed = source, typed
        self.anchored: set[int] = set()

    def block(self, collection: Collection, indent: int) -> list[Line]:
        """A list or a mapping, one entry below the other."""
        lines: list[Line] = []
        space = " " * indent
        for index, entry in enumerate(collection.entries):
            leading = entry.leading if index or collection.head else _without_ends(entry.leading)
            above = [Line(space + each if each else "") for each in leading]
            below = [Line(space + each.text if each.text else "", each.comment, each.column)
                     for each in self._entry(entry, indent)]  # fmt: skip
            while below[0].text.lstrip().startswith("#"):
                above.append(Line(space + below.pop(0).text.lstrip()))
            for column, said in entry.trailing[:1]:
                below[0].comment, below[0].column = said, column
            above += [Line(space + said) for _, said in entry.trailing[1:]]
            lines += [*above, *below]
        return [*lines, *(Line(space + each if each else "") for each in collection.tail)]

    def _entry(self, entry: Entry, indent: int) -> list[Line]:
        """The lines of one entry, relative to its own indentation."""
        mark = "-" if entry.key is None else f"{self._key(entry.key)}:"
        node = entry.value
        if entry.alias and id(node) in self.anchored:
            return [Line(f"{mark} *{node.anchor}")]
        if node.anchor:
            self.anchored.add(id(node))
            mark += f" &{node.anchor}"
        if entry.inner is None:
            return [Line(each) for each in self._scalar(entry, mark, indent)]
        inner = entry.inner
        if (inner.flow or not inner.entries) and not inner.commented:
            text = f"{mark} {self._flow(entry)}"
            if indent + len(text) <= WIDTH or not inner.entries:
                return [Line(text)]
        below = self.block(inner, indent + 2)
        below = [Line(each.text[indent:], each.comment, each.column) for each in below]
        if entry.key is not None or node.anchor:
            return [Line(mark), *below]
        first = next(index for index, each in enumerate(below) if not each.text.lstrip().startswith("#"))
        opening = below[first]
        text = f"{mark} {opening.text[2:]}"
        rest = [Line(text, opening.comment, opening.column), *below[first + 1 :]]
        return [*(Line(each.text[2:]) for each in below[:first] if each.text), *rest]

    def _scalar(self, entry: Entry, mark: str, indent: int) -> list[str]:
        node = entry.value
        if node.style in {"|", ">"}:
            sign, lines = block(node, self.source)
            return [f"{mark} {sign}", *(f"  {each}" if each else "" for each in lines)]
        if node.kind == "scalar" and not node.text and node.style == "":
            return [mark]
        text = written(node, typed=self.typed(entry), flow=False)
        several = "\n" in self.source[node.start : node.end].strip()
        if not several or indent + len(mark) + 1 + len(text) <= WIDTH:
            return [f"{mark} {text}"]
        first, *rest = folded(text, WIDTH - indent - 2)
        if len(mark) + 1 + len(first) + indent > WIDTH:
            return [mark, *(f"  {each}" for each in (first, *rest))]
        return [f"{mark} {first}", *(f"  {each}" for each in rest)]

    def _key(self, key: Node) -> str:
        return self.source[key.start : key.end].strip() if key.style else key.text

    def _flow(self, entry: Entry) -> str:
        """A value in one line."""
        node, inner = entry.value, entry.inner
        if inner is None:
            return written(node, typed=self.typed(entry), flow=True)
        parts = [self._part(each) for each in inner.entries]
        inside = ", ".join(parts)
        return f"[{inside}]" if node.kind == "list" else f"{{{inside}}}"

    def _part(self, entry: Entry) -> str:
        mark = "" if entry.key is None else f"{self._key(entry.key)}: "
        if entry.alias and id(entry.value) in self.anchored:
            return f"{mark}*{entry.value.anchor}"
        if entry.value.anchor:
            self.anchored.add(id(entry.value))
            mark += f"&{entry.value.anchor} "
        return mark + self._flow(entry)


def _aligned(lines: list[Line]) -> list[str]:
    """Lines with their comments; those of neighbours that stood below one another stay so."""
    made: list[str] = []
    index = 0
    while index < len(lines):
        first = lines[index]
        end = index + 1
        while first.comment and end < len(lines) and lines[end].comment and lines[end].column == first.column:
            end += 1
        column = max(len(each.text) for each in lines[index:end]) + 2
        made += [f"{each.text.ljust(column)}{each.comment}" for each in lines[index:end]]
        index = end
    return made
