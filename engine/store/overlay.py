"""Pins laid over what the fold made of records, in the statement that writes the rows."""

from __future__ import annotations

from typing import Final

from psycopg import sql

from engine.records.shapes import EntityShape, FieldShape
from engine.store.database import Connection
from engine.store.entities import quoted, value_columns

STANDING: Final = (
    "p.lifted IS NULL AND (p.entity_id = {id}"
    " OR p.entity_id IN (SELECT r.old FROM syncline.redirect r WHERE r.new = {id}))"
)
"""Which pins ``p`` hold for an id: its own, and those of whoever was merged into it."""


def pinned(connection: Connection, entity: str) -> bool | None:
    """Whether pins of this entity stand; None where there never was one."""
    row = connection.execute(
        "SELECT bool_or(p.lifted IS NULL) FROM syncline.pin p"
        " WHERE p.entity = (SELECT id FROM syncline.entity WHERE name = %s)",
        [entity],
    ).fetchone()
    return None if row is None else row[0]


def overlay(shape: EntityShape, rows: str, *, raw_id: bool) -> str:
    """``rows``, as ``fold`` gives them, with pins above them; nobody wins a field that is pinned."""
    bits = " | ".join(
        f"CASE WHEN p.says ? {_text(field.name)} THEN {1 << field.bit}::int8 ELSE 0 END"
        for field in shape.fields
    )
    values = ",\n       ".join(
        f"CASE WHEN p.says ? {_text(field.name)} THEN {_held(field, n, kind)}"
        f" ELSE f.{quoted(column)} END AS {quoted(column)}"
        for field in shape.fields
        for n, (column, kind) in enumerate(field.columns)
    )
    columns = [quoted(column) for column, _ in value_columns(shape)]
    names = ["id", "_won", *(["_raw_id"] if raw_id else []), *columns]
    return f"""SELECT f.id,
       CASE WHEN p.says IS NULL THEN f._won
            ELSE ARRAY(SELECT w.bits & ~({bits}) FROM unnest(f._won) WITH ORDINALITY w(bits, n) ORDER BY w.n)
       END AS _won,
       {"f._raw_id," if raw_id else ""}
       {values}
FROM ({rows}) f({", ".join(names)})
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(p.field, p.texts ORDER BY p.id) AS says FROM syncline.pin p
    WHERE {STANDING.format(id="f.id")}
) p
WHERE true"""


def _held(field: FieldShape, n: int, kind: str) -> str:
    """The value of a pin's n-th column; a reference leads to what its entity has become."""
    value = f"(p.says -> {_text(field.name)} ->> {n})::{kind}"
    if field.refers_to is None:
        return value
    return f"coalesce((SELECT r.new FROM syncline.redirect r WHERE r.old = {value}), {value})"


def _text(name: str) -> str:
    return sql.Literal(name).as_string()
