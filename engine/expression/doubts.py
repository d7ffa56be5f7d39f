"""
What is valid in an expression and cannot be meant? Kinds of value, followed through its tree.

Only what is sure is said: a comparison that is never true, a condition that always is, a function that
fails on what is missing. An expression of which nothing is known raises no doubt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.expression.expression import Expression
from engine.expression.functions import FUNCTIONS
from engine.expression.judge import Doubt, always_true, compared
from engine.expression.kinds import NULL, Kinds, Names, Reads, returned
from engine.expression.tree import Node, canonical, walk
from engine.expression.values import kind_of

_INSTEAD = {"array": "`[]`", "string": "''", "number": "`0`", "object": "`{}`"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a value."""

    kinds: Kinds = None
    names: Names | None = None
    """How it is read from the document; None where it was computed, or is one of many."""
    absent: bool = False
    """Whether it may be null because something is missing."""


@dataclass(slots=True, kw_only=True)
class _Walk:
    reads: Reads
    doubts: list[Doubt] = field(default_factory=list)
    guarded: frozenset[str] = frozenset()
    """Nodes that cannot be null here, because a condition before has asked."""


def examine(expression: Expression, reads: Reads, *, condition: bool = False) -> tuple[Kinds, list[Doubt]]:
    """
    The kinds of an expression's value, and what in it cannot be meant.

    ``condition``: only whether the value is true matters.
    """
    walked = _Walk(reads=reads)
    found = _infer(expression.tree, Found(names=()), walked, 0)
    if condition:
        _condition(expression.tree, found, walked, 0)
    unique = {(each.code, each.offset): each for each in walked.doubts}
    return found.kinds, [unique[key] for key in sorted(unique, key=lambda key: (key[1], key[0]))]


def _infer(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    at = node.get("start", at)
    maker = _MAKERS.get(node["type"])
    return Found() if maker is None else maker(node, here, walked, at)


def _report(walked: _Walk, code: str, message: str, at: int) -> None:
    walked.doubts.append(Doubt(code=code, message=message, offset=at))


def _same(_node: Node, here: Found, _walked: _Walk, _at: int) -> Found:
    return here


def _literal(node: Node, _here: Found, _walked: _Walk, _at: int) -> Found:
    return Found(kinds=frozenset({kind_of(node["value"])}))


def _field(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    name = node["value"]
    if name in {"true", "false", "null"} and not node.get("quoted") and not here.names and not here.absent:
        _report(walked, "bare-word", f"a field called {name} is read: write `{name}` in backticks", at)
    if here.kinds is not None and here.kinds <= {"array", "null"}:
        _report(
            walked, "always-null", f"a list has no '{name}': write [0].{name} for the first, [*].{name}", at
        )
        return Found(kinds=NULL)
    if here.names is None:
        return Found(absent=True)
    names = (*here.names, name)
    if (
        names[0] == "headers"
        and len(names) == 2
        and walked.reads.kinds(("headers", "x"))
        and name.lower() != name
    ):
        _report(walked, "always-null", f'names of headers are in small letters: headers."{name.lower()}"', at)
    return Found(kinds=walked.reads.kinds(names), names=names, absent=walked.reads.absent(names))


def _index(_node: Node, here: Found, _walked: _Walk, _at: int) -> Found:
    return Found(kinds=NULL if here.kinds == NULL else None, absent=True)


def _chain(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    for child in node["children"]:
        here = _infer(child, here, walked, at)
    return here


def _projection(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    base, *rest = node["children"]
    found = _infer(base, here, walked, at)
    for child in rest[1:]:
        _condition(child, _infer(child, Found(), walked, at), walked, at)
    _infer(rest[0], Found(), _guarding(walked, rest[1:]), at)
    return Found(kinds=frozenset({"array", "null"}), absent=_missing(base, found, walked))


def _flatten(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    (base,) = node["children"]
    found = _infer(base, here, walked, at)
    return Found(kinds=frozenset({"array", "null"}), absent=_missing(base, found, walked))


def _multi_list(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    for child in node["children"]:
        _infer(child, here, walked, at)
    return Found(kinds=frozenset({"array", "null"}))


def _multi_dict(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    for pair in node["children"]:
        _infer(pair["children"][0], here, walked, at)
    return Found(kinds=frozenset({"object", "null"}))


def _or(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    left, right = node["children"]
    first = _infer(left, here, walked, at)
    second = _infer(right, here, _guarding(walked, [left] if _denies(left) else []), at)
    kinds = None if first.kinds is None or second.kinds is None else (first.kinds - NULL) | second.kinds
    return Found(kinds=kinds, absent=second.absent)


def _and(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    left, right = node["children"]
    first = _infer(left, here, walked, at)
    _condition(left, first, walked, at)
    second = _infer(right, here, _guarding(walked, [left]), at)
    kinds = None if first.kinds is None or second.kinds is None else first.kinds | second.kinds
    return Found(kinds=kinds, absent=first.absent or second.absent)


def _not(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    (inner,) = node["children"]
    _condition(inner, _infer(inner, here, walked, at), walked, at)
    return Found(kinds=frozenset({"boolean"}))


def _comparator(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    left, right = node["children"]
    first, second = _infer(left, here, walked, at), _infer(right, here, walked, at)
    operation = node["value"]
    walked.doubts.extend(compared(node, first.kinds, second.kinds, at))
    ordering = operation not in {"eq", "ne"}
    return Found(kinds=frozenset({"boolean", "null"} if ordering else {"boolean"}))


def _call(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    name, arguments = node["value"], node["children"]
    if name == "if":
        return _choice(node, here, walked, at)
    function = FUNCTIONS[name]
    found = [_infer(each, here, walked, at) for each in arguments]
    for index, (each, value) in enumerate(zip(arguments, found, strict=True)):
        parameter = function.shape.parameters[min(index, len(function.shape.parameters) - 1)]
        if function.null or not parameter.kinds or parameter.kinds & {"null", "expression"}:
            continue
        if _missing(each, value, walked):
            kind = next((kind for kind in ("array", "string", "number") if kind in parameter.kinds), "object")
            said_so = f"{name} fails where {_shown(each, value)} is missing"
            _report(walked, "may-be-absent", f"{said_so}: write … || {_INSTEAD[kind]}", each.get("start", at))
        elif parameter.elements and each["type"] == "multi_select_list":
            for element in each["children"]:
                inside = _infer(element, here, _Walk(reads=walked.reads, guarded=walked.guarded), at)
                if _missing(element, inside, walked):
                    instead = ": concat passes over nulls" if name == "join" else ""
                    message = f"{name} fails where {_shown(element, inside)} is missing{instead}"
                    _report(walked, "may-be-absent", message, element.get("start", at))
    if name == "not_null":
        return Found(absent=all(each.absent for each in found))
    passes = function.null and bool(found) and found[0].absent
    return Found(kinds=returned(name), absent=passes)


def _choice(node: Node, here: Found, walked: _Walk, at: int) -> Found:
    condition, first, second = node["children"]
    found = _infer(condition, here, walked, at)
    _condition(condition, found, walked, at)
    denies = _denies(condition)
    one = _infer(first, here, _guarding(walked, [] if denies else [condition]), at)
    other = _infer(second, here, _guarding(walked, [condition] if denies else []), at)
    known = one.kinds is not None and other.kinds is not None
    kinds = (one.kinds or NULL) | (other.kinds or NULL) | NULL if known else None
    return Found(kinds=kinds, absent=one.absent or other.absent)


def _reference(node: Node, _here: Found, walked: _Walk, at: int) -> Found:
    _infer(node["children"][0], Found(), walked, at)
    return Found()


def _condition(node: Node, found: Found, walked: _Walk, at: int) -> None:
    walked.doubts.extend(always_true(node, found.kinds, at))


def _denies(node: Node) -> bool:
    """Whether a condition is true where something is missing."""
    if node["type"] == "not_expression":
        return True
    if node["type"] == "comparator" and node["value"] == "eq":
        return any(each["type"] == "literal" and each["value"] is None for each in node["children"])
    return node["type"] == "or_expression" and any(map(_denies, node["children"]))


def _guarding(walked: _Walk, conditions: Iterable[Node]) -> _Walk:
    """The same walk where conditions have asked for what is in them."""
    asked = {_mark(each) for condition in conditions for each in walk(condition)}
    return (
        _Walk(reads=walked.reads, doubts=walked.doubts, guarded=walked.guarded | asked) if asked else walked
    )


def _mark(node: Node) -> str:
    return json.dumps(canonical(node), default=str)


def _missing(node: Node, found: Found, walked: _Walk) -> bool:
    """Whether a value may be null because something is missing, and nothing has asked before."""
    return found.absent and _mark(node) not in walked.guarded


def _shown(node: Node, found: Found) -> str:
    if found.names:
        return ".".join(found.names)
    return node["value"] if node["type"] == "field" else "this"


_MAKERS: dict[str, Callable[[Any, Found, _Walk, int], Found]] = {
    "identity": _same,
    "current": _same,
    "field": _field,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "index": _index,
    "literal": _literal,
    "comparator": _comparator,
    "expref": _reference,
    "function_expression": _call,
    "filter_projection": _projection,
    "projection": _projection,
    "value_projection": _projection,
    "flatten": _flatten,
    "multi_select_list": _multi_list,
    "multi_select_dict": _multi_dict,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
}
