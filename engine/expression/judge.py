"""What is doubtful about a comparison, or a condition, of which the kinds of value are known?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.expression.kinds import NULL, Kinds
from engine.expression.tree import Node
from engine.expression.values import kind_of, truth

WARNINGS: Final = {
    "always-null": "A step leads nowhere: a list has no names, and names of headers are in small letters.",
    "always-true": "A condition that holds whatever stands there: a number, or a text, is true.",
    "bare-word": "`true`, `false` and `null` without backticks are names of fields.",
    "may-be-absent": "A function that takes no null is applied to something that may be missing.",
    "never-equal": "Two values of different kinds are compared: they are never equal.",
    "no-order": "Two values are compared by order that have none.",
    "number-as-text": "A number in quotes is text, and text has the order of its characters.",
    "quoted-name": "Double quotes name a field; a text stands in single quotes.",
}

_ORDERED = frozenset({"number", "string"})
_SAID = {"array": "a list", "object": "an object", "string": "text", "boolean": "true or false"}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_JOINED = frozenset({"or_expression", "and_expression"})
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that cannot be meant, at ``offset`` characters into the expression."""

    code: str
    message: str
    offset: int


def said(kinds: Kinds) -> str:
    """Kinds in words: ``a list``, ``text or a number``."""
    words = [_SAID.get(kind, f"a {kind}") for kind in sorted((kinds or frozenset()) - NULL)]
    return " or ".join(words) or "null"


def compared(node: Node, one: Kinds, other: Kinds, at: int) -> Iterator[Doubt]:
    """What is wrong with a comparison of two values of these kinds, at ``at``."""
    left, right = node["children"]
    operation = node["value"]
    for each in (left, right):
        place = each.get("start", at)
        word = each.get("value")
        if each["type"] != "field" or not isinstance(word, str):
            continue
        if each.get("quoted") and _NAME.fullmatch(word):
            message = f"\"{word}\" is a field of that name: the text is written '{word}'"
            yield Doubt(code="quoted-name", message=message, offset=place)
    if operation in {"eq", "ne"}:
        if one is not None and other is not None and not one & other:
            message = f"{said(one)} {_SIGNS[operation]} {said(other)} is always {_outcome(operation)}"
            yield Doubt(code="never-equal", message=message + _remedy(left, right, one, other), offset=at)
        return
    for each, kinds in ((left, one), (right, other)):
        place = each.get("start", at)
        if each["type"] == "literal" and isinstance(each["value"], str) and _NUMBER.fullmatch(each["value"]):
            text = each["value"]
            message = f"'{text}' is text, and of texts '10' comes before '9': write `{text}`"
            yield Doubt(code="number-as-text", message=message, offset=place)
            return
        if kinds is not None and not kinds & _ORDERED:
            yield Doubt(
                code="no-order", message=f"{said(kinds)} has no order: this is always null", offset=place
            )
            return
    if one is not None and other is not None and not one & other & _ORDERED:
        message = f"{said(one)} and {said(other)} have no order: this fails"
        yield Doubt(code="no-order", message=message, offset=at)


def _outcome(operation: str) -> str:
    return "false" if operation == "eq" else "true"


def _remedy(left: Node, right: Node, one: frozenset[str], other: frozenset[str]) -> str:
    literal = next((each for each in (left, right) if each["type"] == "literal"), None)
    if literal is not None and isinstance(literal["value"], str):
        text = literal["value"]
        kinds = other if literal is left else one
        numeric = "number" in kinds and _NUMBER.fullmatch(text)
        if numeric or ("boolean" in kinds and text in {"true", "false"}):
            return f": write `{text}`"
    elif literal is not None and "string" in one | other and kind_of(literal["value"]) != "null":
        return f": write '{_json(literal['value'])}'"
    if "array" in one | other:
        return ": write `| [0]` for the first of a list, or contains(list, value)"
    return ""


def always_true(node: Node, kinds: Kinds, at: int) -> Iterator[Doubt]:
    """What is wrong with a condition: it, or a branch of it, holds whatever is read."""
    at = node.get("start", at)
    if node["type"] in _JOINED:
        for child in node["children"]:
            if child["type"] in {"literal", *_JOINED}:
                yield from always_true(child, None, at)
    elif node["type"] == "literal":
        if truth(node["value"]) and node["value"] is not True:
            message = f"{_json(node['value'])} is always true: compare it with something"
            yield Doubt(code="always-true", message=message, offset=at)
    elif kinds == frozenset({"number"}):
        message = "a number is always true, 0 too: compare it, as > `0`"
        yield Doubt(code="always-true", message=message, offset=at)


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
