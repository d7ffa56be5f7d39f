"""
What do other tools read of our contracts? One entity as the Open Data Contract Standard has it.

Version 3.1.0: https://bitol-io.github.io/open-data-contract-standard/v3.1.0/. It describes the table
``canonical.<entity>``, column by column; an amount has two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.mapping.entity import Constraint, Entity
from engine.mapping.types import Field
from engine.mapping.types.decimal import Bounded
from engine.mapping.types.duration import Duration
from engine.mapping.types.enum import Enum
from engine.mapping.types.list import List
from engine.mapping.types.money import Money
from engine.mapping.types.quantity import Quantity
from engine.mapping.types.ref import Ref
from engine.mapping.types.string import Patterned
from engine.spec.meaning import fingerprint, meaning

VERSION: Final = "v3.1.0"
SUFFIX: Final = ".odcs.yaml"
"""What file names end with, by the standard."""

_LOGICAL: Final = {
    "bigint": "integer",
    "boolean": "boolean",
    "date": "date",
    "jsonb": "object",
    "numeric": "number",
    "time": "time",
    "timestamptz": "timestamp",
}
"""Logical types by the SQL type of a column; of all others it is ``string``."""
_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "country": {"pattern": "^[A-Z]{2}$"},
    "currency": {"pattern": "^[A-Z]{3}$"},
    "duration": {"format": "duration"},
    "email": {"format": "email"},
    "integer": {"format": "i64"},
    "ref": {"format": "uuid"},
    "timestamp": {"timezone": True},
    "url": {"format": "uri"},
    "uuid": {"format": "uuid"},
}
"""What is true of every value of a type."""
_CURRENCY: Final = "The currency of {}, by ISO 4217."


def odcs(entity: Entity, product: str = "") -> dict[str, Any]:
    """
    The contract of an entity as ODCS: plain JSON, with exact numbers.

    ``product``: the project's name; the same entity of two projects is two contracts.
    """
    name = str(entity.entity)
    top: dict[str, Any] = {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": f"{product}.{name}" if product else name,
        "version": fingerprint(meaning(entity))[:12],
        "name": name,
        "status": "active",
    }
    if product:
        top["dataProduct"] = product
    if entity.description:
        top["description"] = {"purpose": entity.description}
    return top | {"schema": [_table(entity, name)]}


def _table(entity: Entity, name: str) -> dict[str, Any]:
    table: dict[str, Any] = {
        "id": name,
        "name": name,
        "logicalType": "object",
        "physicalName": f"canonical.{name}",
        "physicalType": "table",
    }
    if entity.description:
        table["description"] = entity.description
    table["properties"] = [_identifier(), *_columns(entity.types)]
    if entity.identity:
        keys = [{"name": str(each.name), "on": list(each.on)} for each in entity.identity]
        table["customProperties"] = [{"property": "identityKeys", "value": keys}]
    if entity.constraints:
        table["quality"] = [_quality(each) for each in entity.constraints]
    return table


def _quality(constraint: Constraint) -> dict[str, Any]:
    """A constraint as a rule of quality; what reads values is in a language of ours."""
    if constraint.that is None:
        return {
            "name": str(constraint.name),
            "type": "library",
            "dimension": "uniqueness",
            "metric": "duplicateValues",
            "arguments": {"properties": list(constraint.unique)},
            "mustBe": 0,
            "unit": "rows",
        }
    return {
        "name": str(constraint.name),
        "type": "custom",
        "dimension": "consistency",
        "engine": "syncline",
        "implementation": constraint.that.text
        if constraint.over is None
        else {
            "that": constraint.that.text,
            "lines": str(constraint.over.lines),
            "by": str(constraint.over.by),
        },
    }


def _identifier() -> dict[str, Any]:
    return {
        "id": "id",
        "name": "id",
        "description": "The canonical id, which never changes.",
        "logicalType": "string",
        "physicalType": "uuid",
        "logicalTypeOptions": {"format": "uuid"},
        "required": True,
        "unique": True,
        "primaryKey": True,
        "primaryKeyPosition": 1,
    }


def _columns(types: Mapping[str, Field]) -> Iterator[dict[str, Any]]:
    for name, kind in types.items():
        for index, (column, sql) in enumerate(kind.columns(name)):
            made: dict[str, Any] = {"id": column, "name": column}
            said = kind.description if index == 0 else _CURRENCY.format(name)
            if said:
                made["description"] = said
            made |= _typed(kind, sql, second=index > 0)
            if kind.required:
                made["required"] = True
            if kind.pii:
                made["classification"] = "personal"
            yield made


def _typed(kind: Field, sql: str, *, second: bool) -> dict[str, Any]:
    """Logical and physical type of a column, and what limits it."""
    if second:
        return {
            "logicalType": "string",
            "physicalType": sql,
            "logicalTypeOptions": dict(_OPTIONS["currency"]),
        }
    if isinstance(kind, List) and isinstance(kind.of, Field):
        inner = _typed(kind.of, kind.of.sql, second=False)
        return {"logicalType": "array", "physicalType": sql, "items": inner}
    made: dict[str, Any] = {"logicalType": _LOGICAL.get(sql, "string"), "physicalType": sql}
    options, ours = _limits(kind)
    if options:
        made["logicalTypeOptions"] = options
    if isinstance(kind, Enum):
        words = {"validValues": list(kind.values)}
        made["quality"] = [
            {"type": "library", "metric": "invalidValues", "arguments": words, "mustBe": 0, "unit": "rows"}
        ]
    if isinstance(kind, Ref):
        target = f"{kind.entity}{SUFFIX}#/schema/{kind.entity}/properties/id"
        made["relationships"] = [{"type": "foreignKey", "to": target}]
    if ours:
        made["customProperties"] = [{"property": key, "value": value} for key, value in ours.items()]
    return made


def _limits(kind: Field) -> tuple[dict[str, Any], dict[str, str]]:
    """What the standard's options can say of a type, and what it has no word for."""
    options: dict[str, Any] = dict(_OPTIONS.get(kind.tag or "", {}))
    ours: dict[str, str] = {}
    if isinstance(kind, Patterned) and kind.pattern is not None:
        options["pattern"] = f"^(?:{kind.pattern.text})$"
    if isinstance(kind, Bounded):
        said = (("minimum", kind.min), ("maximum", kind.max))
        options |= {key: _plain(value) for key, value in said if value is not None}
    if isinstance(kind, Duration):
        lengths = (("minimum", kind.min), ("maximum", kind.max))
        ours |= {key: value.text for key, value in lengths if value is not None}
    if isinstance(kind, Quantity):
        ours["unit"] = kind.unit
    if isinstance(kind, Money):
        if kind.per is not None:
            ours["per"] = kind.per
        if kind.in_ is not None:
            ours["currency"] = kind.in_
    return options, ours


def _plain(value: Decimal) -> int | Decimal:
    """A bound as JSON writes it best."""
    return int(value) if value == value.to_integral_value() else value
