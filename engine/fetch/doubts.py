"""Which expressions of a connector are valid and cannot be meant? What the scope holds is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from engine.errors import Problem
from engine.expression import Expression, Template
from engine.expression.doubts import examine
from engine.expression.judge import said
from engine.expression.kinds import NULL, RECORD, Kinds, Names, Reads
from engine.fetch.check import of_record
from engine.fetch.connector import ConfigKey, Connector
from engine.fetch.reads import texts
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.values import Name

WARNINGS: Final = {
    "never-fits": "An expression gives a kind of value that its key never takes.",
}

_CONDITIONS = frozenset({"when", "more"})
_ONE_VALUE = frozenset({"key", "value", "version", "cursor", "next", "total", "last", "after"})
"""Keys, or elements of their lists, that take one value: no list and no object."""
_SCALARS = frozenset({"string", "number", "boolean"})
_MANY = frozenset({"array", "object"})
_CONFIG: Mapping[str, str] = {"integer": "number", "boolean": "boolean", "list": "array"}
_SCOPE: Mapping[Names, str] = {
    ("status",): "number",
    ("page", "number"): "number",
    ("page", "offset"): "number",
    ("page", "size"): "number",
    ("run", "started"): "string",
    ("window", "start"): "string",
    ("window", "end"): "string",
}
_OF_ANSWER = frozenset({"body", "headers", "links"})


def doubts(document: Document[Connector]) -> Iterator[Problem]:
    """Warnings about every expression of a connector, each at its character."""
    connector = document.draft
    if connector is None:
        return
    scope = scope_reads(connector.config)
    parts: list[tuple[Path, object]] = [(("http",), getattr(connector, "http", None))]
    parts += [(("defaults",), connector.defaults)]
    parts += [(("streams", name), keys) for name, keys in connector.streams.items()]
    for at, part in parts:
        for path, text in texts(at, part):
            if isinstance(text, Template):
                yield from _template(document, path, text, scope)
            elif of_record(at, path):
                yield from _expression(document, path, text, RECORD)
            else:
                yield from _expression(document, path, text, scope)


def scope_reads(config: Mapping[Name, ConfigKey]) -> Reads:
    """What is known of the scope, with these settings of an installation."""
    types = {str(name): _CONFIG.get(key.type, "string") for name, key in config.items()}
    return Reads(kinds=partial(_kinds, types), absent=_absent, name="the scope")


def _kinds(config: Mapping[str, str], names: Names) -> Kinds:
    kind = _SCOPE.get(names)
    if names[0] == "config" and len(names) == 2:
        kind = config.get(names[1])
    elif (names[0] == "headers" and len(names) == 2) or (names[0] == "links" and len(names) == 3):
        kind = "string"
    return None if kind is None else frozenset({kind}) | NULL


def _absent(names: Names) -> bool:
    return names[0] in _OF_ANSWER and len(names) > 1


def _expression(
    document: Document[Connector], path: Path, expression: Expression, reads: Reads
) -> Iterator[Problem]:
    key = next(step for step in reversed(path) if isinstance(step, str))
    kinds, found = examine(expression, reads, condition=key in _CONDITIONS)
    for each in found:
        yield document.warning(path, each.code, each.message, each.offset)
    known = (kinds or frozenset()) - NULL
    if key in _ONE_VALUE and known and known <= _MANY:
        instead = ": write `| [0]` for the first" if "array" in known else ""
        yield document.warning(
            path, "never-fits", f"'{key}' takes one value, and this is {said(kinds)}{instead}"
        )
    if key == "records" and known and known <= _SCALARS:
        yield document.warning(
            path, "never-fits", f"records are a list or an object, and this is {said(kinds)}"
        )


def _template(
    document: Document[Connector], path: Path, template: Template, scope: Reads
) -> Iterator[Problem]:
    """Each ``${…}``: inside of other text it takes one value."""
    at = 0
    for each in template.expressions:
        at = template.text.find("${" + each.text, at) + 2
        kinds, found = examine(each, scope)
        for doubt in found:
            yield document.warning(path, doubt.code, doubt.message, at + doubt.offset)
        known = (kinds or frozenset()) - NULL
        if not template.whole and known and known <= _MANY:
            yield document.warning(path, "never-fits", f"{said(kinds)} cannot stand inside a text", at)
