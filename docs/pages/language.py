"""Pages and schemas of what people write: kinds of file, families, and values that texts stand for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.expression import Template
from engine.fetch.auth import Authenticator
from engine.fetch.decode import Decoder
from engine.fetch.deletes import Deletes
from engine.fetch.pagination import Paginator
from engine.fetch.retrieve import Retriever
from engine.flow.kinds import KINDS
from engine.flow.schemas import schema_text
from engine.mapping.entity import Entity
from engine.mapping.types import Type
from engine.spec.component import Component, family
from engine.spec.load import load
from engine.spec.reference import cells, formats_of, markdown, reference, slug
from engine.spec.say import phrase

_PLACES: Mapping[str, str] = {
    "project": "syncline.yaml",
    "connector": "specs/<connector>.yaml",
    "entity": "mappings/entities/<entity>.yaml",
    "policy": "mappings/policies/<entity>.yaml",
    "mapping": "mappings/<connector>/<name>.yaml",
    "test": "mappings/<connector>/<name>.test.yaml, mappings/entities/<entity>.test.yaml",
    "unit-codes": "units/codes.yaml",
    "approvals": "approvals.yaml",
}
FILES: Mapping[str, tuple[type[Component], str]] = {
    name: (kind.document, f"{kind.title}: `{_PLACES[name].replace(', ', '`, `')}`")
    for name, kind in KINDS.items()
}
"""The eight kinds of file, by the name of their page and their schema."""

FAMILIES: Mapping[str, tuple[type[Component], str]] = {
    "auth": (Authenticator, "Family `auth`"),
    "pagination": (Paginator, "Family `pagination`"),
    "decode": (Decoder, "Family `decode`"),
    "retrieve": (Retriever, "Family `retrieve`"),
    "deletes": (Deletes, "Family `deletes`"),
    "types": (Type, "Types of fields"),
}
"""Every family, by the name of its page: the folder of its members."""

VALUES = "values"

_NEEDED: Mapping[str, Mapping[str, Any]] = {
    "enum": {"values": ["on", "off"]},
    "list": {"of": "string"},
    "quantity": {"unit": "m"},
    "ref": {"entity": "page"},
}
"""What a type cannot do without."""


def pages() -> dict[str, str]:
    """One page a kind of file, one a family, and one of the values."""
    formats = formats_of(*(cls for cls, _ in FILES.values()))
    where: dict[type, str] = {each: f"{VALUES}.md#{slug(_heading(each))}" for each in formats}
    where |= {cls: f"{name}.md" for name, (cls, _) in FAMILIES.items()}
    made = {f"{VALUES}.md": _values(formats)}
    for name, (cls, title) in {**FILES, **FAMILIES}.items():
        others = {each: at for each, at in where.items() if each is not cls}
        made[f"{name}.md"] = reference(cls, title, others)
    made["types.md"] += _columns()
    return made


def schemas() -> dict[str, str]:
    """The JSON Schema of each kind of file."""
    return {name: schema_text(name) for name in FILES}


def _columns() -> str:
    """What each type is in PostgreSQL."""
    said = {name: {"type": name, **_NEEDED.get(name, {})} for name in family(Type)}
    contract = load(Entity, "page.yaml", json.dumps({"entity": "page", "fields": said})).need()
    rows = [
        cells(f"`{name}`", ", ".join(f"`{column}` {kind}" for column, kind in each.columns("field")))
        for name, each in contract.types.items()
    ]
    head = "## Columns\n\nWhat a field called `field` is in PostgreSQL; `list` stands for one of text.\n"
    return "\n".join(["", head, "| type | column |", "|---|---|", *rows]) + "\n"


def _values(formats: list[type]) -> str:
    lines = [
        "# Values",
        "",
        "Texts with a meaning of their own. YAML is read by its 1.2 core schema, so that `no` and `12:30:00`",
        "are text; numbers keep their digits, and one with a leading zero is text. Nothing is guessed.",
        "",
    ]
    said = {_heading(each): markdown(each.__doc__) for each in formats}
    for heading, text in said.items():
        lines += [f"## {heading}", "", text, ""]
    return "\n".join(lines).rstrip() + "\n"


def _heading(each: Any) -> str:
    if each is Template:
        return "Text with expressions"
    said = phrase(each.format).partition(" such as ")[0]
    return said.removeprefix("a ").removeprefix("an ").removeprefix("the ").capitalize()
