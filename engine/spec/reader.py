"""
The one walk that checks a file and builds its components.

Each annotation becomes a reader, once: a table from the kind of node to what may be read from it. A node
that cannot be read is reported and left out, an element of a list or map with anything wrong in it is left
out whole, and the walk goes on: all problems are found at once.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from engine.spec.component import Component, Path, Setting, alternatives, family, is_family, settings_of
from engine.spec.leaf import (
    BROKEN,
    Walk,
    read_anything,
    read_decimal,
    read_format,
    read_scalar,
    read_templated,
)
from engine.spec.limits import broken_limit
from engine.spec.say import a_node, any_of, family_noun, near, owner, phrase, quoting
from engine.spec.source import Node
from engine.spec.strays import stray, type_meant
from engine.spec.values import is_format, is_templated

_KINDS = {str: "text", bool: "boolean", int: "integer", Decimal: "decimal", types.NoneType: "null"}
_ALL = (*_KINDS.values(), "list", "map")

Read = Callable[[Walk, Node, Path], Any]


class Option:
    """One alternative of an annotation: the kinds of node it takes, in words and in deed."""

    def __init__(
        self, kinds: tuple[str, ...], words: str, read: Read, keys: frozenset[str] | None = None
    ) -> None:
        self.kinds = kinds
        self.words = words
        self.read = read
        self.keys = keys
        """Of a component: the keys it knows."""


class Reader:
    """What one annotation takes."""

    def __init__(self, hint: Any) -> None:
        self.hint = hint
        self.literals: dict[tuple[type, Any], Any] = {}
        self.by_kind: dict[str, list[Option]] = {}
        self.formats: frozenset[str] = frozenset()
        self.free = any(each is Any or is_templated(each) for each in alternatives(hint))
        """Whether it takes whatever stands there."""
        words: list[str] = []
        for each in alternatives(hint):
            if get_origin(each) is Literal:
                self.literals.update({(type(value), value): value for value in get_args(each)})
                continue
            if is_format(each):
                self.formats |= {each.format}
            elif each is str:
                self.formats |= {"text"}
            for option in _options(each):
                words.append(option.words)
                for kind in option.kinds:
                    self.by_kind.setdefault(kind, []).append(option)
        self.words = any_of(
            [*(f"'{each}'" for _, each in self.literals), *dict.fromkeys(filter(None, words))]
        )

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of node that it takes."""
        return frozenset(self.by_kind) | {_KINDS[kind] for kind, _ in self.literals}

    def says_null(self, node: Node) -> bool:
        """Whether the word null is one of its choices, and stands there."""
        return node.text == "null" and (str, "null") in self.literals

    def read(self, walk: Walk, node: Node, path: Path) -> Any:
        """Check and build, or report and answer ``BROKEN``."""
        if node.kind != "scalar":
            kind = node.kind
        else:
            kind = _KINDS[type(node.value)]
            if kind == "null" and self.says_null(node):
                return "null"
            if self.literals and (type(node.value), node.value) in self.literals:
                return node.value
        options = self.by_kind.get(kind)
        if options is None:
            return self._refuse(walk, node, kind)
        return (options[0] if len(options) == 1 else _nearest(options, node)).read(walk, node, path)

    def _refuse(self, walk: Walk, node: Node, kind: str) -> Any:
        if kind == "text" and self.literals:
            choices = [str(each) for _, each in self.literals]
            return walk.report(
                node, "wrong-value", f"{node.text!r} is not {self.words}{_only_near(node.text, choices)}"
            )
        hint = quoting(node, self.formats, walk.source.text)
        return walk.report(node, "wrong-type", f"expected {self.words}, found {a_node(node)}{hint}")


def _only_near(word: str, choices: list[str]) -> str:
    found = near(word, choices)
    return found if "did you mean" in found else ""


def reader_of(hint: Any) -> Reader:
    """The reader of an annotation; one each."""
    return _reader(hint)


@functools.cache
def _reader(hint: Any) -> Reader:
    return Reader(hint)


def _nearest(options: list[Option], node: Node) -> Option:
    """Of several alternatives for one kind of node: the component that knows most of its keys."""
    if node.kind != "map":
        return options[0]
    return max(options, key=lambda each: len(node.value.keys() & each.keys) if each.keys else 0)


def _options(hint: Any) -> Iterator[Option]:
    """What one annotation that is no union takes."""
    origin = get_origin(hint)
    if is_templated(hint):
        yield Option(_ALL, "a value", read_templated)
    elif hint is Any:
        yield Option(_ALL, "a value", read_anything)
    elif hint is types.NoneType:
        yield Option(("null",), "", read_scalar)
    elif hint is str:
        yield Option(("text",), "text", read_scalar)
    elif hint is bool:
        yield Option(("boolean",), "true or false", read_scalar)
    elif hint is int:
        yield Option(("integer",), "a whole number", read_scalar)
    elif hint is Decimal:
        yield Option(("integer", "decimal"), "a number", read_decimal)
    elif origin is tuple:
        yield Option(("list",), "a list", functools.partial(_list, get_args(hint)[0]))
    elif origin is Mapping:
        yield Option(("map",), "a mapping", functools.partial(_map, *get_args(hint)))
    elif isinstance(hint, type) and issubclass(hint, Component):
        yield from _component_options(hint)
    elif is_format(hint):
        yield Option(("text",), phrase(hint.format), functools.partial(read_format, hint))
    else:
        raise TypeError(f"no file can say {hint!r}")


def _component_options(cls: type[Component]) -> Iterator[Option]:
    if is_family(cls):
        yield Option(
            ("map", "text"),
            f"one type of {family_noun(cls).removesuffix(' type')}",
            functools.partial(_member, cls),
        )
        return
    settings = settings_of(cls)
    yield Option(("map",), "a mapping", functools.partial(_component, cls), frozenset(settings))
    if cls.short is not None:
        short = reader_of(settings[cls.short].hint)
        kinds = tuple(sorted(short.kinds - {"map", "null"}))
        yield Option(kinds, short.words, functools.partial(_short, cls))


def _list(item: Any, walk: Walk, node: Node, path: Path) -> Any:
    reader = reader_of(item)
    built = []
    for index, each in enumerate(node.value):
        before = len(walk.problems)
        value = reader.read(walk, each, (*path, index))
        if len(walk.problems) == before:
            built.append(value)
    return tuple(built)


def _map(key: Any, item: Any, walk: Walk, node: Node, path: Path) -> Any:
    keys, reader = reader_of(key), reader_of(item)
    built = {}
    for text, (at, each) in node.value.items():
        before = len(walk.problems)
        name = text if key is str else keys.read(walk, at.as_text(), path)
        value = reader.read(walk, each, (*path, text))
        if len(walk.problems) == before:
            built[name] = value
    return built


def _member(base: type[Component], walk: Walk, node: Node, path: Path) -> Any:
    """One member of a family, chosen by its type."""
    members, noun = family(base), family_noun(base)
    if node.kind == "map":
        if "type" not in node.value and not type_meant(base, walk, node):
            at = _head(walk, node, path)
            said = f"{noun.removesuffix(' type')} needs 'type'{near('', members)}"
            return walk.report(at, "missing-key", said)
        at = node.value["type"][1]
    else:
        at = node
    name = at.value
    if not isinstance(name, str):
        return walk.report(at, "wrong-type", f"'type' names the {noun}, found {a_node(at)}")
    if name in members:
        return _component(members[name], walk, node, path)
    if name in base.reserved:
        said = (
            base.reserved[name] if isinstance(base.reserved, Mapping) else f"{noun} '{name}' is not built yet"
        )
        return walk.report(at, "not-built", said)
    return walk.report(at, "unknown-type", f"'{name}' is no {noun}{near(name, members)}")


def _short(cls: type[Component], walk: Walk, node: Node, path: Path) -> Any:
    """A bare value that stands for a component's one setting."""
    name = cls.short or ""
    setting = settings_of(cls)[name]
    value = _setting(setting, walk, node, path)
    return BROKEN if value is BROKEN else _build(cls, {setting.name: value}, walk, path, len(walk.problems))


def _component(cls: type[Component], walk: Walk, node: Node, path: Path) -> Any:
    """A component of known class from its keys (or from its type alone)."""
    before = len(walk.problems)
    settings = settings_of(cls)
    said = node.value if node.kind == "map" else {}
    values: dict[str, Any] = {}
    strays = [
        key for key in said if key not in settings and (cls.tag is None or said[key] is not said.get("type"))
    ]
    meant = {stray(cls, walk, node, key, path, _fits) for key in strays}
    for key, (_, each) in said.items():
        setting = settings.get(key)
        if setting is not None:
            value = _setting(setting, walk, each, (*path, key))
            if value is not BROKEN:
                values[setting.name] = value
    missing = [each for each in settings.values() if each.required and each.key not in {*said, *meant}]
    for each in missing:
        what = each.doc.partition("\n")[0].rstrip(".")
        walk.report(_head(walk, node, path), "missing-key", f"{owner(cls, path)} needs '{each.key}': {what}")
    if any(each.required and each.name not in values for each in settings.values()):
        return BROKEN
    return _build(cls, values, walk, path, before)


def _build(cls: type[Component], values: dict[str, Any], walk: Walk, path: Path, before: int) -> Any:
    built = cls(**values, at=path)
    if len(walk.problems) == before:
        walk.problems += (
            walk.source.problem((*path, *below), code, message)
            for below, code, message in built.problems()
            if below or path not in walk.doubted
        )
    return built


def _setting(setting: Setting, walk: Walk, node: Node, path: Path) -> Any:
    """The value of one setting; an empty one is no way to leave it out."""
    reader = reader_of(setting.hint)
    empty = node.kind == "scalar" and node.value is None
    if empty and setting.default is None and not reader.free and not reader.says_null(node):
        said = f"'{setting.key}' is empty: write a value, or leave the key out"
        return walk.report(node, "wrong-type", said)
    value = reader.read(walk, node, path)
    if value is not BROKEN and setting.schema:
        for code, message in broken_limit(setting.schema, node):
            walk.report(node, code, message)
    return value


def _fits(setting: Setting, walk: Walk, node: Node, path: Path) -> bool:
    """Whether what stands under a misspelt key is of the kind that the setting takes; says nothing else."""
    trial = Walk(walk.source)
    _setting(setting, trial, node, path)
    return not {"wrong-type", "wrong-value"} & {each.code for each in trial.problems}


def _head(walk: Walk, node: Node, path: Path) -> Node:
    """Where to point for what a component lacks: at its key, else at its start."""
    return walk.source.key_at(path) or node
