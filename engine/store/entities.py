"""
The tables that hold users' fields: made from an entity's shape, changed by adding columns only.

``canonical.<e>`` is what the entity is now, ``canonical.<e>_history`` what it was,
``canonical.<e>_provenance`` (a view) where each value came from, and ``syncline.contribution_<e>``
what every record said last. Engine columns begin with ``_``, which no field may.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from psycopg import Connection, sql

from engine.errors import StoreOutOfDate
from engine.records.shapes import EntityShape, FieldShape
from engine.store import kept, shapes
from engine.store.sql import statement

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

ENGINE_COLUMNS = (
    # Eight-byte columns first: no padding between them.
    ("_version", "int8 NOT NULL", "declared by the record; the lowest number without one"),
    ("_position", "int8 NOT NULL", "of the request, from the stream's counter"),
    ("_hash", "int8 NOT NULL", "of the record and the program"),
    ("_raw_id", "int8 NOT NULL", "the response that it rests on"),
    ("_said", "int8 NOT NULL", "a bit for each field that it says"),
    ("_entity_id", "uuid", "null until the key first says something"),
    ("_dead_run", "int8", "the run that found it absent"),
    ("_place", "int4 NOT NULL", "of the record in its response"),
    ("_activation", "int4 NOT NULL", "of the mapping's version"),
    ("_stream", "int4 NOT NULL", ""),
    ("_source", "int2 NOT NULL", ""),
    ("_incarnation", "int2 NOT NULL", "grows when a key returns after an enumeration had ended it"),
    ("_fate", "int2 NOT NULL", "0 says, 1 filtered, 2 deleted, 3 a record that each opened"),
    ("_key", 'text COLLATE "C" NOT NULL', "of the record, or of the element after each"),
    ("_record", 'text COLLATE "C"', "after each: the record's own key"),
    ("_identity", 'text[] COLLATE "C"', "normalised values of the identity keys"),
)
"""``(column, SQL type, what it holds)`` of every table of contributions."""


def quoted(name: str) -> str:
    """An identifier for SQL text; refuses what is no plain lower-case name of 63 bytes at most."""
    if not _NAME.fullmatch(name.lstrip("_")) or len(name) > 63:
        raise StoreOutOfDate(f"{name!r} cannot name a table or a column", code="store-identifier")
    return sql.Identifier(name).as_string()


def contribution(entity: str) -> str:
    """The quoted name of an entity's table of contributions."""
    return f"syncline.{quoted(f'contribution_{entity}')}"


def canonical(entity: str) -> str:
    """The quoted name of an entity's table."""
    return f"canonical.{quoted(entity)}"


def history(entity: str) -> str:
    """The quoted name of the table of an entity's former rows."""
    return f"canonical.{quoted(f'{entity}_history')}"


def value_columns(shape: EntityShape) -> list[tuple[str, str]]:
    """``(column, SQL type)`` of every field, in the order of the contract."""
    return [column for field in shape.fields for column in field.columns]


def ensure(connection: Connection[Any], shape: EntityShape, *, wide: bool = False) -> bool:
    """Make or widen the entity's tables for this shape; True where anything changed. Does not commit.

    ``wide``: contributions carry values, though one stream alone feeds the entity. Raises
    ``StoreOutOfDate`` (``store-out-of-date``) for a change that is more than an added field.
    """
    row = connection.execute(
        "SELECT id, shape, to_regclass(%s) IS NOT NULL FROM syncline.entity WHERE name = %s FOR UPDATE",
        [f"canonical.{quoted(f'{shape.name}_provenance')}", shape.name],
    ).fetchone()
    former = shapes.loads(row[1]) if row and row[1] else None
    wide = wide or shape.wide or (former is not None and shapes.stored_wide(row[1] if row else None))
    dumped = shapes.dumps(shape, wide=wide)
    if row and row[1:] == (dumped, True):
        return False
    if former is None:
        _create(connection, shape)
    else:
        _check_additive(former, shape)
        _widen(connection, former, shape)
        connection.execute(f"DROP VIEW IF EXISTS canonical.{quoted(f'{shape.name}_provenance')}")
    if wide:
        _carry_values(connection, shape)
    if shape.keeps:
        columns = ", ".join(f"ADD COLUMN IF NOT EXISTS _kept_{name} {kind}" for name, kind in kept.COLUMNS)
        connection.execute(f"ALTER TABLE {contribution(shape.name)} {columns}")
    if any(feed.opens for feed in shape.feeds):
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS {quoted(_index(shape.name, 'record'))}"
            f" ON {contribution(shape.name)} (_source, _stream, _record) WHERE _record IS NOT NULL"
        )
    for field in shape.awaited:
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS {quoted(_index(shape.name, f'waits_{field.bit}'))}"
            f" ON {contribution(shape.name)} (_source, _stream, _key)"
            f" WHERE _fate = 0 AND _dead_run IS NULL AND {quoted(field.columns[0][0])} IS NULL"
        )
    if shape.history_for is not None:
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS {quoted(_index(shape.name, 'until'))}"
            f" ON {history(shape.name)} (_until)"
        )
    connection.execute(_provenance_view(shape))
    connection.execute(
        "INSERT INTO syncline.entity (name, shape) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE SET shape = excluded.shape",
        [shape.name, json.dumps(dumped)],
    )
    _forget_ages(connection, shape)
    return True


def _forget_ages(connection: Connection[Any], shape: EntityShape) -> None:
    """Where nobody ages any more, it is not kept when records were confirmed: it would be out of date."""
    kept = [str(feed.stream) for feed in shape.feeds if feed.confirms] if shape.lines else []
    for table in ("confirmation", "confirmed_record"):
        text = statement("ages", "unasked").format(table=table)
        connection.execute(text, {"name": shape.name, "streams": kept})


def _index(entity: str, what: str) -> str:
    return f"contribution_{entity}"[: 62 - len(what)] + f"_{what}"


def _columns(columns: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{quoted(name)} {kind}" for name, kind in columns)


def _create(connection: Connection[Any], shape: EntityShape) -> None:
    name, fields = shape.name, _columns(value_columns(shape))
    connection.execute("CREATE SCHEMA IF NOT EXISTS canonical")
    connection.execute(
        f"CREATE TABLE {contribution(name)} ({_columns((name, kind) for name, kind, _ in ENGINE_COLUMNS)},"
        " PRIMARY KEY (_source, _stream, _key)) WITH (fillfactor = 90)"
    )
    for what in ("entity_id", "raw_id"):
        connection.execute(
            f"CREATE INDEX {quoted(_index(name, what))} ON {contribution(name)} ({quoted('_' + what)})"
        )
    connection.execute(
        f"CREATE TABLE {canonical(name)} (id uuid PRIMARY KEY, _won int8[], {fields}) WITH (fillfactor = 90)"
    )
    connection.execute(
        f"CREATE TABLE {history(name)} (id uuid NOT NULL, _until timestamptz NOT NULL,"
        f" _cause int2 NOT NULL, _cause_id int8 NOT NULL, _won int8[], {fields})"
    )
    connection.execute(f"CREATE INDEX ON {history(name)} (id, _until)")


def _check_additive(former: EntityShape, shape: EntityShape) -> None:
    """What stands stays: name, type and bit of every field, and the kinds of identity key."""
    present = {field.name: field for field in shape.fields}
    for old in former.fields:
        new = present.get(old.name)
        what = _difference(old, new)
        if what:
            raise StoreOutOfDate(
                f"field {old.name!r} of {shape.name!r} {what}: only adding fields is possible without a"
                " rebuild of its tables",
                code="store-out-of-date",
            )
    if former.identity and shape.identity[: len(former.identity)] != former.identity:
        raise StoreOutOfDate(
            f"the identity keys of {shape.name!r} were {', '.join(former.identity)}: only adding one at"
            " the end is possible",
            code="store-out-of-date",
        )
    if shape.links[: len(former.links)] != former.links:
        raise StoreOutOfDate(
            f"links of {shape.name!r} were added meanwhile, by other files than these: try again",
            code="store-out-of-date",
        )


def _difference(old: FieldShape, new: FieldShape | None) -> str | None:
    if new is None:
        return "is gone"
    if new.columns != old.columns or new.refers_to != old.refers_to:
        was = ", ".join(f"{name} {kind}" for name, kind in old.columns)
        now = ", ".join(f"{name} {kind}" for name, kind in new.columns)
        return f"was {was} and is {now}" if was != now else "refers to another entity"
    if new.bit != old.bit:
        return f"moved from place {old.bit} to {new.bit}"
    return None


def _widen(connection: Connection[Any], former: EntityShape, shape: EntityShape) -> None:
    known = {column for column, _ in value_columns(former)}
    added = [column for column in value_columns(shape) if column[0] not in known]
    if not added:
        return
    adds = ", ".join(f"ADD COLUMN {quoted(column)} {kind}" for column, kind in added)
    for table in (canonical(shape.name), history(shape.name)):
        connection.execute(f"ALTER TABLE {table} {adds}")


def _carry_values(connection: Connection[Any], shape: EntityShape) -> None:
    """Give contributions the value columns they lack; one feed's canonical row is what it said."""
    table = contribution(shape.name)
    there = stored_columns(connection, shape.name)
    missing = [column for column in value_columns(shape) if column[0] not in there]
    if not missing:
        return
    adds = ", ".join(f"ADD COLUMN {quoted(column)} {kind}" for column, kind in missing)
    connection.execute(f"ALTER TABLE {table} {adds}")
    sets = ", ".join(f"{quoted(column)} = o.{quoted(column)}" for column, _ in missing)
    if not any(column[0] in there for column in value_columns(shape)):
        connection.execute(
            f"UPDATE {table} c SET {sets} FROM {canonical(shape.name)} o"
            " WHERE o.id = c._entity_id AND c._fate = 0 AND c._dead_run IS NULL"
        )


def stored_columns(connection: Connection[Any], entity: str) -> set[str]:
    """Names of the columns that contributions of this entity have now."""
    rows = connection.execute(
        "SELECT attname FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
        [contribution(entity)],
    )
    return {name for (name,) in rows}


_PLACE = ("raw_id", "place", "activation")
_ENDS = """(
          SELECT count(*) FROM syncline.tombstone b
          WHERE b.source = c._source AND b.stream = c._stream AND b.key = c._key AND b.position < """
_LAST_SAID = """LEFT JOIN syncline.activation made ON made.n = c._activation
LEFT JOIN LATERAL (  -- of a stream of patches, the one that said the column last
    SELECT p.raw_id, p.place, p.activation FROM syncline.patch p
    WHERE p.mapping = made.mapping AND p.stream = c._stream AND p.key = c._key AND p.says ? f."column"
      AND p.fate = 0 AND {incarnation} = {ends}p.position)
    ORDER BY p.version DESC, p.position DESC, p.place DESC LIMIT 1
) p ON true
"""


def _provenance_view(shape: EntityShape) -> str:
    """One row for each value column of each canonical row that is not null."""
    values = ", ".join(
        f"({sql.Literal(field.name).as_string()}, {sql.Literal(column).as_string()}, {1 << field.bit}::int8,"
        f" o.{quoted(column)} IS NOT NULL)"
        for field in shape.fields
        for column, _ in field.columns
    )
    patches = any(feed.partial for feed in shape.feeds)
    at = {name: kept.words(shape, "c", name) for name in _PLACE}
    if patches:
        at = {name: f"coalesce(p.{name}, {own})" for name, own in at.items()}
    first, gone, incarnation = "", "", "c._incarnation"
    if shape.keeps:
        incarnation = (
            f"CASE WHEN c._kept_position IS NULL THEN c._incarnation ELSE {_ENDS}c._kept_position) END"
        )
        first, gone = f"({kept.gone(shape, 'c')}), ", f",\n       {kept.gone(shape, 'c')} AS gone"
    last_said = _LAST_SAID.format(incarnation=incarnation, ends=_ENDS) if patches else ""
    return f"""
CREATE VIEW canonical.{quoted(f"{shape.name}_provenance")} AS
SELECT o.id, f.field, f."column", s.name AS source, t.name AS stream, c._key AS key,
       {at["raw_id"]} AS raw_id, {at["place"]} AS place, m.name AS mapping, a.version,
       {at["activation"]} AS activation{gone}
FROM {canonical(shape.name)} o
CROSS JOIN LATERAL (
    SELECT c.*, row_number() OVER (ORDER BY {first}c._source, c._stream, c._key) AS _ordinal
    FROM {contribution(shape.name)} c
    WHERE c._entity_id = o.id AND {kept.counted(shape, "c")}
) c
CROSS JOIN LATERAL (VALUES {values}) f(field, "column", bit, present)
JOIN syncline.source s ON s.id = c._source
JOIN syncline.stream t ON t.id = c._stream
{last_said}LEFT JOIN syncline.activation a ON a.n = {at["activation"]}
LEFT JOIN syncline.mapping m ON m.id = a.mapping
WHERE f.present AND o._won[c._ordinal] & f.bit <> 0"""
