"""
Component classes in, one JSON Schema (draft 2020-12) out: for editors, and for others' tools.

A family is ``if``/``then`` on ``type``, never ``oneOf``: a tool then names each fault at its place.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from engine.spec.component import Component, alternatives, family, is_family, settings_of
from engine.spec.values import is_format, is_templated

_SCALARS: Mapping[Any, str] = {
    str: "string", bool: "boolean", int: "integer", Decimal: "number", types.NoneType: "null",
}  # fmt: skip
_PATTERNS = {"name": "^[a-z][a-z0-9_]*$"}
_TEMPLATED = {
    "description": "A free tree in which every string is a template.",
    "if": {"type": "string"},
    "then": {"format": "template"},
    "items": {"$ref": "#/$defs/Templated"},
    "additionalProperties": {"$ref": "#/$defs/Templated"},
}


def schema_of(document: type[Component]) -> dict[str, Any]:
    """The JSON Schema of a whole document."""
    defs: dict[str, Any] = {}
    top = _type(document, defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **top,
        "$defs": dict(sorted(defs.items())),
    }


def _type(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    """The schema of one annotation: of a union, one branch for each kind of value."""
    branches: dict[str, dict[str, Any]] = {}
    literals: list[Any] = []
    for each in alternatives(hint):
        if is_templated(each):
            defs["Templated"] = _TEMPLATED
            return {"$ref": "#/$defs/Templated"}
        if each is Any:
            return {}
        if get_origin(each) is Literal:
            literals += get_args(each)
            continue
        for kind, schema in _branches(each, defs):
            branches[kind] = _either(branches[kind], schema) if kind in branches else schema
    if literals:
        _add_literals(branches, literals)
    if len(branches) == 1:
        return next(iter(branches.values()))
    return {
        "type": sorted(branches),
        "allOf": [
            {"if": {"type": kind}, "then": schema}
            for kind, schema in sorted(branches.items())
            if set(schema) != {"type"}
        ],
    }


def _either(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two alternatives of one kind."""
    if one == other or set(one) == {"type"}:
        return one
    return {"anyOf": [*one.get("anyOf", [one]), other]} if set(one) == {"anyOf"} else {"anyOf": [one, other]}


def _add_literals(branches: dict[str, dict[str, Any]], literals: list[Any]) -> None:
    by_kind: dict[str, list[Any]] = {}
    for each in literals:
        by_kind.setdefault(_SCALARS[type(each)], []).append(each)
    if "null" in literals:
        # YAML's own null says the word too
        branches["null"] = {"type": "null"}
    for kind, values in by_kind.items():
        words = {"type": kind, "enum": values}
        branches[kind] = _either(words, branches[kind]) if kind in branches else words


def _branches(hint: Any, defs: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind of value, schema) for all that one annotation takes."""
    origin = get_origin(hint)
    if hint in _SCALARS:
        yield _SCALARS[hint], {"type": _SCALARS[hint]}
    elif origin is tuple:
        yield "array", {"type": "array", "items": _type(get_args(hint)[0], defs)}
    elif origin is Mapping:
        key, item = get_args(hint)
        schema: dict[str, Any] = {"type": "object", "additionalProperties": _type(item, defs)}
        if key is not str:
            schema["propertyNames"] = _type(key, defs)
        yield "object", schema
    elif isinstance(hint, type) and issubclass(hint, Component):
        yield from _component_branches(hint, defs)
    elif is_format(hint):
        schema = {"type": "string", "format": hint.format}
        yield "string", schema | ({"pattern": _PATTERNS[hint.format]} if hint.format in _PATTERNS else {})
    else:
        raise TypeError(f"no JSON Schema for {hint!r}")


def _component_branches(cls: type[Component], defs: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = _define(cls, defs)
    if is_family(cls):
        bare = [each for each, member in family(cls).items() if not _needs(member)]
        yield "object", {"type": "object", "$ref": f"#/$defs/{name}"}
        yield "string", {"type": "string", "enum": bare}
        return
    yield "object", {"type": "object", "$ref": f"#/$defs/{name}"}
    if cls.short is not None:
        setting = settings_of(cls)[cls.short]
        short = {**_type(setting.hint, defs), **setting.schema}
        kinds = short.get("type", [])
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            if kind not in {"object", "null"}:
                yield kind, {**short, "type": kind}


def _define(cls: type[Component], defs: dict[str, Any]) -> str:
    """The name of a class among the definitions, which it enters once."""
    name = f"{cls.__name__}.{cls.tag}" if cls.tag else cls.__name__
    if name not in defs:
        defs[name] = {}  # a class may refer to itself
        defs[name] = _choice(cls, defs) if is_family(cls) else _object(cls, defs)
    return name


def _choice(base: type[Component], defs: dict[str, Any]) -> dict[str, Any]:
    """A family: ``type`` names the member, and only that member's rules apply."""
    members = family(base)
    return {
        "description": inspect.getdoc(base),
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(members)}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{_define(member, defs)}"},
            }
            for name, member in members.items()
        ],
    }


def _object(cls: type[Component], defs: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {"type": {"const": cls.tag}} if cls.tag else {}
    for key, setting in settings_of(cls).items():
        schema = {"description": setting.doc, **_type(_said(setting.hint, setting.default), defs)}
        schema |= setting.schema
        if setting.examples:
            schema["examples"] = [as_written(each) for each in setting.examples]
        if setting.default is not None and not setting.required:
            schema["default"] = as_written(setting.default)
        properties[key] = schema
    return {
        "description": inspect.getdoc(cls),
        "type": "object",
        "properties": properties,
        "required": _needs(cls),
        "additionalProperties": False,
    }


def _said(hint: Any, default: Any) -> Any:
    """An annotation without ``None`` where that only means 'left out'."""
    members = list(alternatives(hint))
    if default is not None or types.NoneType not in members:
        return hint
    return Union[tuple(each for each in members if each is not types.NoneType)]  # noqa: UP007 - made at run time


def _needs(cls: type[Component]) -> list[str]:
    return [key for key, setting in settings_of(cls).items() if setting.required]


def as_written(value: Any) -> Any:
    """A default or example as a file would say it."""
    if isinstance(value, Component):
        said = {} if value.tag is None else {"type": value.tag}
        for key, setting in settings_of(type(value)).items():
            inner = getattr(value, setting.name)
            if setting.required or inner != setting.default:
                said[key] = as_written(inner)
        return value.tag if value.tag is not None and len(said) == 1 else said
    if isinstance(value, Mapping):
        return {str(key): as_written(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_written(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return (
        value if value is None or isinstance(value, bool | int | str) else str(getattr(value, "text", value))
    )
