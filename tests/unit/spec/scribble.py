"""The same file as others would have written it: keys in any order, long forms, other quotes, comments."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from engine.spec.component import Component, Path, alternatives, settings_of
from engine.spec.document import Document
from engine.spec.reader import reader_of
from engine.spec.scalars import elsewhere, plain
from engine.spec.source import Node


class Scribble:
    """One way, drawn by seed, to write a document again."""

    def __init__(self, document: Document[Any], seed: int, *, comments: bool) -> None:
        self.dice = random.Random(seed)
        self.comments = comments
        self.made = 0
        self.source = document.source
        self.parts: dict[Path, Component] = {}
        self._find(document.need())

    def text(self) -> str:
        """The file."""
        root = self.source.root
        assert root is not None
        return "\n".join(self._block(root, (), 0, free=False)) + "\n"

    def _find(self, value: Any) -> None:
        if isinstance(value, Component):
            self.parts.setdefault(value.at, value)
            for setting in settings_of(type(value)).values():
                self._find(getattr(value, setting.name))
        elif isinstance(value, Mapping):
            for each in value.values():
                self._find(each)
        elif isinstance(value, tuple):
            for each in value:
                self._find(each)

    def _said(self, chance: float) -> bool:
        return self.comments and self.dice.random() < chance

    def _comment(self) -> str:
        self.made += 1
        return f"# {self.made} {self.dice.choice(['why: so', 'a, b', '[x', '`1`', 'é'])}"

    def _entries(self, node: Node, path: Path) -> list[tuple[str | int, Node | None, Node]]:
        if node.kind == "list":
            return [(index, None, each) for index, each in enumerate(node.value)]
        entries: list[Any] = [(key, *pair) for key, pair in node.value.items()]
        if path in self.parts:
            self.dice.shuffle(entries)
        return entries

    def _free(self, path: Path, key: str | int, *, free: bool) -> bool:
        """Whether anything may stand there, so that quotes mean something."""
        part = self.parts.get(path)
        if part is None or not isinstance(key, str):
            return free
        if key == "type" and part.tag is not None:
            return False
        return _anything(settings_of(type(part))[key].hint)

    def _scalar(self, node: Node, *, free: bool, flow: bool) -> str:
        if not isinstance(node.value, str):
            return node.text or "~"
        ways = ["'" + node.text.replace("'", "''") + "'"]
        if "\\" not in node.text and '"' not in node.text:
            ways.append(f'"{node.text}"')
        if plain(node.text, flow=flow):
            if node.style == "" and (free or elsewhere(node.text)):
                return node.text
            if not free and node.text.replace("_", "").isalnum():
                return node.text  # in quotes it would be refused as a quoted name
            if not free and not elsewhere(node.text):
                ways.append(node.text)
        return self.dice.choice(ways)

    def _long(self, node: Node, path: Path) -> str | None:
        """The key that a bare value stands for, where it is to be written out."""
        part = self.parts.get(path)
        if part is None or node.kind == "map" or self.dice.random() < 0.5:
            return None
        return "type" if part.tag is not None else part.short

    def _flow(self, node: Node, path: Path, *, free: bool) -> str:
        if node.kind == "scalar":
            text = self._scalar(node, free=free, flow=True)
        else:
            space = self.dice.choice(["", " "])
            parts = []
            for key, _, value in self._entries(node, path):
                below = self._flow(value, (*path, key), free=self._free(path, key, free=free))
                parts.append(below if node.kind == "list" else f"{self._key(str(key), node)}:  {below}")
            inside = f",{self.dice.choice(['', ' ', '  '])}".join(parts)
            text = f"[{space}{inside}]" if node.kind == "list" else f"{{{inside}{space}}}"
        name = self._long(node, path)
        return text if name is None else f"{{{name}: {text}}}"

    def _key(self, key: str, node: Node) -> str:
        at = node.value[key][0]
        return self.source.text[at.start : at.end]

    def _block(self, node: Node, path: Path, indent: int, *, free: bool) -> list[str]:
        lines: list[str] = []
        space = " " * indent
        for key, _, value in self._entries(node, path):
            if self._said(0.15):
                lines += ["", space + self._comment()][self.dice.randrange(2) :]
            mark = "-" if node.kind == "list" else f"{self._key(str(key), node)}:"
            made = self._value(value, (*path, key), indent, free=self._free(path, key, free=free))
            lines += [f"{space}{mark}{made[0]}", *made[1:]]
        if self._said(0.1) and lines:
            lines.append(space + self._comment())
        return lines

    def _value(self, node: Node, path: Path, indent: int, *, free: bool) -> list[str]:
        """What follows a key or a dash."""
        behind = f"   {self._comment()}" if self._said(0.15) else ""
        if node.style in {"|", ">"}:
            raw = self.source.text[node.start : node.end].rstrip().split("\n")
            first = len(raw[1]) - len(raw[1].lstrip())
            return [f" {raw[0]}{behind}", *(" " * (indent + 2) + each[first:] for each in raw[1:])]
        if node.kind == "scalar":
            name = self._long(node, path)
            text = self._scalar(node, free=free, flow=name is not None)
            if name is not None and behind:
                return [behind, f"{' ' * (indent + 2)}{name}:  {text}"]
            return [f" {text}{behind}" if name is None else f" {{{name}: {text}}}"]
        if node.style == "[" or not node.value:
            if not behind:
                return [f" {self._flow(node, path, free=free)}"]
            text = self._flow(node, path, free=free)
            return [f" {text[:1]}{behind}", f"{' ' * (indent + 2)}{text[1:]}"]
        return [behind, *self._block(node, path, indent + self.dice.choice([2, 4]), free=free)]


def _anything(hint: Any) -> bool:
    """Whether more than text may stand somewhere below."""
    reader = reader_of(hint)
    if reader.free or reader.kinds & {"integer", "decimal", "boolean"}:
        return True
    inner = [get_args(each)[-1] for each in alternatives(hint) if get_origin(each) is Mapping]
    inner += [get_args(each)[0] for each in alternatives(hint) if get_origin(each) is tuple]
    return any(map(_anything, inner))
