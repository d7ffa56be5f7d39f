"""The limits that a setting declares, in JSON Schema's words, held against a node."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from engine.spec.source import Node


def broken_limit(schema: Mapping[str, Any], node: Node) -> Iterator[tuple[str, str]]:
    """(code, message) of every limit that the node breaks."""
    value = node.value
    if node.kind == "scalar" and isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield from _number(schema, value, node.text)
    elif node.kind == "scalar" and isinstance(value, str):
        pattern = schema.get("pattern")
        if pattern is not None and re.search(pattern, value) is None:
            yield "wrong-value", f"{value!r} does not fit {pattern}"
    elif node.kind == "list":
        yield from _count(schema, "minItems", "maxItems", len(value), "elements")
        if schema.get("uniqueItems"):
            seen: list[Any] = []
            for each in value:
                plain = each.plain()
                if plain in seen:
                    yield "duplicate-value", f"{each.text or plain!r} stands here twice"
                seen.append(plain)
    elif node.kind == "map":
        yield from _count(schema, "minProperties", "maxProperties", len(value), "keys")


def _number(schema: Mapping[str, Any], value: int | Decimal, text: str) -> Iterator[tuple[str, str]]:
    if "minimum" in schema and value < schema["minimum"]:
        yield "out-of-range", f"{text} is less than {schema['minimum']}"
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield "out-of-range", f"{text} is not more than {schema['exclusiveMinimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        yield "out-of-range", f"{text} is more than {schema['maximum']}"


def _count(
    schema: Mapping[str, Any], least: str, most: str, count: int, what: str
) -> Iterator[tuple[str, str]]:
    if least in schema and count < schema[least]:
        yield "wrong-length", f"{count} {what}, at least {schema[least]} are needed"
    if most in schema and count > schema[most]:
        yield "wrong-length", f"{count} {what}, at most {schema[most]} are allowed"
