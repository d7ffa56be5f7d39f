"""Faults as people make them, drawn by seed and put into files that are right."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.expression import Expression
from engine.mapping.rules import MappingFile, NameRule, Rule
from engine.mapping.types.money import Money
from engine.mapping.types.quantity import Quantity
from engine.mapping.types.ref import Ref
from engine.spec.component import Component, Setting, components_in, settings_of
from engine.spec.document import Document
from engine.spec.reader import reader_of
from engine.spec.source import Node

Drawn = tuple[str, int]
"""A file's new text, and the line with the fault."""


@dataclass(frozen=True, kw_only=True)
class Mutation:
    kind: str
    file: str
    line: int
    text: str


def draw(documents: list[Document[Any]], count: int, seed: int) -> Iterator[Mutation]:
    """So many mutations, evenly of each kind, each of one file."""
    dice = random.Random(seed)
    kinds = sorted(_KINDS)
    made = 0
    while made < count:
        kind = kinds[made % len(kinds)]
        document = dice.choice(documents)
        places = list(_KINDS[kind](document))
        if places:
            text, line = dice.choice(places)
            yield Mutation(kind=kind, file=document.file, line=line, text=text)
            made += 1


def _said(document: Document[Any]) -> Iterator[tuple[Component, Setting, Node, Node]]:
    """Every setting that the file says by its key: component, setting, key node, value node."""
    for component in components_in(document.need()):
        node = document.source.node_at(component.at)
        if node is not None and node.kind == "map":
            for key, setting in settings_of(type(component)).items():
                if key in node.value:
                    yield component, setting, *node.value[key]


def _put(document: Document[Any], node: Node, text: str) -> Drawn:
    whole = document.source.text
    return whole[: node.start] + text + whole[node.end :], node.line


def _misspelt(document: Document[Any]) -> Iterator[Drawn]:
    for _, _, key, _ in _said(document):
        text = key.text
        yield _put(document, key, text[:-1] if len(text) > 3 else text + "z")


_OTHER_KINDS = (("map", "{zzz: 1}"), ("list", "[1, 2]"), ("integer", "17"), ("boolean", "true"))


def _wrong_type(document: Document[Any]) -> Iterator[Drawn]:
    for _, setting, _, node in _said(document):
        if node.kind == "scalar" and node.style not in {"|", ">"}:
            kinds = reader_of(setting.hint).kinds
            for kind, text in (
                ("map", "{zzz: 1}"),
                ("list", "[1, 2]"),
                ("integer", "17"),
                ("boolean", "true"),
            ):
                if kind not in kinds:
                    yield _put(document, node, text)


def _unknown_name(document: Document[Any]) -> Iterator[Drawn]:
    for component, setting, key, node in _said(document):
        one = node.kind == "scalar"
        if isinstance(component, MappingFile) and one and setting.key in {"from", "to"}:
            yield _put(document, node, node.text + "_xq")
        if isinstance(component, Rule) and one and setting.key == "ref":
            yield _put(document, node, node.text + "_xq")
        if isinstance(component, Ref) and setting.key == "entity":
            yield _put(document, node, node.text + "_xq")
        if isinstance(component, MappingFile) and setting.key == "fields":
            for name, (at, _) in node.value.items():
                yield _put(document, at, name + "_xq")
        if type(component).__name__ == "ForEach" and setting.key == "stream":
            yield _put(document, node, node.text + "_xq")
        if type(component).__name__ == "Source" and setting.key == "connector":
            yield _put(document, node, node.text + "_xq")
        if type(component).__name__ == "Source" and setting.key in {"config", "secrets"}:
            for name, (at, _) in node.value.items():
                yield _put(document, at, name + "_xq")
        if setting.key == "type" or (key.text == "type" and one):
            yield _put(document, node, node.text + "_xq")
        if type(component).__name__ == "Strategy" and setting.key == "prefer":
            for each in node.value:
                yield _put(document, each, each.text + "_xq")


_BREAKS = ("X((", "nosuch(X)", "X ||", "X.[", "&& X", "'X")


def _broken_expression(document: Document[Any]) -> Iterator[Drawn]:
    for component, setting, _, node in _said(document):
        value = getattr(component, setting.name)
        if isinstance(value, Expression) and node.style not in {"|", ">"}:
            for broken in (
                f"{value.text}((",
                f"nosuch({value.text})",
                f"{value.text} ||",
                f"{value.text}.[",
                f"&& {value.text}",
            ):
                yield _put(document, node, "'" + broken.replace("'", "''") + "'")
    if isinstance(document.need(), MappingFile):
        fields = document.source.node_at(("fields",))
        for _, node in fields.value.values() if fields else ():
            if node.kind == "scalar":
                yield _put(document, node, f'"{node.text} ]"' if '"' not in node.text else "'x ]'")


def _wrong_unit(document: Document[Any]) -> Iterator[Drawn]:
    for component, setting, _, node in _said(document):
        named = setting.key in {"unit", "per"}
        if isinstance(component, Quantity | Money) and named:
            yield _put(document, node, "furlongz")
        if isinstance(component, Rule) and named and node.kind == "scalar":
            yield _put(document, node, "furlongz")
            yield _put(document, node, "candela")
        if isinstance(component, Rule) and setting.key in {"currency", "zone"} and node.kind == "scalar":
            yield _put(document, node, "Nowhere")
        if isinstance(component, NameRule) and setting.key == "map" and component.at[-1] in {"unit", "per"}:
            for _, each in node.value.values():
                yield _put(document, each, "furlongz")
                yield _put(document, each, "candela")


def _duplicate(document: Document[Any]) -> Iterator[Drawn]:
    whole = document.source.text
    for _, _, key, node in _said(document):
        if node.kind != "scalar" and node.style != "[":
            continue
        if "\n" in whole[key.start : node.end]:
            continue
        pair = whole[key.start : node.end]
        before = whole[whole.rfind("\n", 0, key.start) + 1 : key.start]
        if before.strip(" ") == "":
            end = whole.find("\n", node.end)
            end = len(whole) if end < 0 else end
            yield whole[:end] + "\n" + before + pair + whole[end:], key.line + 1
        elif "{" in before:
            yield whole[: node.end] + ", " + pair + whole[node.end :], key.line


_KINDS: Mapping[str, Callable[[Document[Any]], Iterator[Drawn]]] = {
    "misspelt key": _misspelt,
    "wrong type": _wrong_type,
    "unknown name": _unknown_name,
    "broken expression": _broken_expression,
    "wrong unit": _wrong_unit,
    "duplicate key": _duplicate,
}
