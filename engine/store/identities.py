"""What does a row of the stage say of identity? A text of SQL for each kind of value."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from engine.records.identity import scoped
from engine.records.shapes import EntityShape


def said(shape: EntityShape, source: str) -> Mapping[int, str]:
    """By kind, what a row of this source says; a key with scopes has the source's before its value."""
    values = {kind: f"s._k{kind}" for kind in shape.kinds}
    for kind, name in enumerate(shape.identity):
        if name in shape.scopes:
            scope = shape.scopes[name].get(source)
            values[kind] = "NULL::text" if scope is None else prefixed(scope, values[kind])
    return values


def array(shape: EntityShape, source: str) -> str:
    """All of it, by kind; nothing stands where a kind has no key."""
    values = said(shape, source)
    return f"ARRAY[{', '.join(values.get(kind, 'NULL') for kind in range(max(values) + 1))}]"


def prefixed(scope: str | None, value: str) -> str:
    """``scoped`` in SQL, of a text that may be null."""
    return value if scope is None else f"{sql.Literal(scoped(scope, '')).as_string()} || {value}"
