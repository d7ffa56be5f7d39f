"""
What became of canonical rows and dead letters between two moments, counted in the database.

Only where nobody else works: ``remember`` keeps a copy beside the tables, in a schema of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import sql

from engine.records.shapes import EntityShape, FieldShape
from engine.store.database import Connection
from engine.store.entities import canonical, contribution, quoted

_RETIRED = 10
"""Ids that are named, of those that go."""
_NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "bigint", "integer", "smallint"})
_LETTERS = "SELECT mapping, source, stream, subject FROM syncline.dead_letter WHERE state <> 'discarded'"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldContrast:
    """Rows there are before and after, by what became of one field."""

    field: str
    same: int
    filled: int
    altered: int
    lost: int
    winners: int
    """Another source wins, though the value is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityContrast:
    """What became of an entity's rows."""

    entity: str
    before: int
    after: int
    added: int
    removed: int
    """Without those that were merged away."""
    merged: int
    split: int
    retired: Sequence[UUID]
    fields: Sequence[FieldContrast]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContrast:
    """What became of a mapping's dead letters."""

    mapping: str
    open: int
    fixed: int
    added: int


def remember(connection: Connection, entities: Collection[str]) -> None:
    """Keep how these entities, and all dead letters, are now; commits."""
    execute = connection.execute
    execute("DROP SCHEMA IF EXISTS former CASCADE")
    execute("CREATE SCHEMA former")
    execute(f"CREATE UNLOGGED TABLE former._letter AS {_LETTERS}")
    execute("CREATE UNLOGGED TABLE former._redirect AS SELECT old FROM syncline.redirect")
    for entity in sorted(entities):
        if execute("SELECT to_regclass(%s)", [canonical(entity)]).fetchone() == (None,):
            continue
        execute(f"CREATE UNLOGGED TABLE {_former(entity)} AS SELECT * FROM {canonical(entity)}")
        execute(f"ALTER TABLE {_former(entity)} ADD PRIMARY KEY (id)")
        execute(
            f"CREATE UNLOGGED TABLE {_former(entity, '_crosswalk')} AS"
            f" SELECT _source, _stream, _key, _entity_id AS id FROM {contribution(entity)}"
            " WHERE _entity_id IS NOT NULL"
        )
        execute(
            f"CREATE UNLOGGED TABLE {_former(entity, '_winner')} AS"
            f' SELECT id, "column", source, stream, key FROM canonical.{quoted(f"{entity}_provenance")}'
        )
        execute(f'CREATE INDEX ON {_former(entity, "_winner")} (id, "column")')
    connection.commit()


def entity_contrast(
    connection: Connection, entity: str, before: EntityShape | None, after: EntityShape | None
) -> EntityContrast:
    """What became of an entity since ``remember``, whose shape was ``before``; either may be none."""
    if before is None or after is None:
        number = 0
        if not (before is None and after is None):
            table = canonical(entity) if before is None else _former(entity)
            number = _number(connection, f"SELECT count(*) FROM {table}")
        return EntityContrast(
            entity=entity,
            before=number if after is None else 0,
            after=number if before is None else 0,
            added=number if before is None else 0,
            removed=number if after is None else 0,
            merged=0,
            split=0,
            retired=(),
            fields=(),
        )
    b, a, walk = _former(entity), canonical(entity), _former(entity, "_crosswalk")
    gone = f"SELECT b.id FROM {b} b WHERE NOT EXISTS (SELECT FROM {a} a WHERE a.id = b.id)"
    merged = (
        f"SELECT g.id FROM ({gone}) g JOIN syncline.redirect r ON r.old = g.id"
        " WHERE NOT EXISTS (SELECT FROM former._redirect f WHERE f.old = g.id)"
    )
    split = (
        f"SELECT DISTINCT a.id FROM {a} a JOIN {contribution(entity)} c ON c._entity_id = a.id"
        f" JOIN {walk} w USING (_source, _stream, _key)"
        f" WHERE w.id <> a.id AND NOT EXISTS (SELECT FROM {b} b WHERE b.id = a.id)"
        f" AND EXISTS (SELECT FROM {a} o WHERE o.id = w.id)"
    )
    olds, news = (
        _number(connection, f"SELECT count(*) FROM {b}"),
        _number(connection, f"SELECT count(*) FROM {a}"),
    )
    went, joined = (
        _number(connection, f"SELECT count(*) FROM ({gone}) x"),
        _number(connection, f"SELECT count(*) FROM ({merged}) x"),
    )
    retired = connection.execute(f"{gone} ORDER BY 1 LIMIT {_RETIRED}").fetchall()
    return EntityContrast(
        entity=entity,
        before=olds,
        after=news,
        added=news - (olds - went),
        removed=went - joined,
        merged=joined,
        split=_number(connection, f"SELECT count(*) FROM ({split}) x"),
        retired=tuple(of for (of,) in retired),
        fields=_fields(connection, entity, before, after),
    )


def letter_contrasts(connection: Connection) -> list[LetterContrast]:
    """What became of the dead letters of each mapping that has or had any."""
    rows = connection.execute(
        f"""
        SELECT m.name, count(b.mapping), count(*) FILTER (WHERE a.mapping IS NULL),
               count(*) FILTER (WHERE b.mapping IS NULL)
        FROM former._letter b FULL JOIN ({_LETTERS}) a USING (mapping, source, stream, subject)
        JOIN syncline.mapping m ON m.id = coalesce(a.mapping, b.mapping)
        GROUP BY m.name ORDER BY m.name
        """
    ).fetchall()
    return [LetterContrast(mapping=row[0], open=row[1], fixed=row[2], added=row[3]) for row in rows]


def changed(
    connection: Connection, entity: str, before: EntityShape, after: EntityShape
) -> Iterator[tuple[UUID, str, str | None, str | None]]:
    """Each changed value of a row that stays: id, field, the value's text before and after."""
    for field, was, now in _pairs(before, after):
        text = (
            f"SELECT id, {_text(was, 'b')}, {_text(now, 'a')} FROM {_former(entity)} b"
            f" JOIN {canonical(entity)} a USING (id) WHERE {_differs(was, now)} ORDER BY id"
        )
        for of, old, new in connection.execute(text):
            yield of, field, old, new


Columns = Sequence[tuple[str, str]]
"""``(column, SQL type)``; none where a side does not have the field."""


def _fields(
    connection: Connection, entity: str, before: EntityShape, after: EntityShape
) -> list[FieldContrast]:
    pairs = _pairs(before, after)
    counts = []
    for _, was, now in pairs:
        old, new = _said(was, "b"), _said(now, "a")
        counts += [
            f"count(*) FILTER (WHERE NOT {old} AND {new})",
            f"count(*) FILTER (WHERE {old} AND {new} AND {_differs(was, now)})",
            f"count(*) FILTER (WHERE {old} AND NOT {new})",
        ]
    row = connection.execute(
        f"SELECT count(*), {', '.join(counts)} FROM {_former(entity)} b JOIN {canonical(entity)} a USING (id)"
    ).fetchone()
    assert row is not None  # noqa: S101 # an aggregate gives one row
    winners = _winners(connection, entity, pairs)
    return [
        FieldContrast(
            field=field,
            same=row[0] - sum(found),
            filled=found[0],
            altered=found[1],
            lost=found[2],
            winners=winners.get(field, 0),
        )
        for index, (field, _, _) in enumerate(pairs)
        for found in [row[1 + 3 * index : 4 + 3 * index]]
    ]


def _winners(
    connection: Connection, entity: str, pairs: Sequence[tuple[str, Columns, Columns]]
) -> Mapping[str, int]:
    others = (
        f"SELECT w.id, p.field FROM canonical.{quoted(f'{entity}_provenance')} p"
        f' JOIN {_former(entity, "_winner")} w USING (id, "column")'
        " WHERE (w.source, w.stream, w.key) <> (p.source, p.stream, p.key)"
    )
    connection.execute(f"CREATE TEMPORARY TABLE _others ON COMMIT DROP AS {others}")
    found = {}
    for (field,) in connection.execute("SELECT DISTINCT field FROM _others").fetchall():
        was, now = next((was, now) for name, was, now in pairs if name == field)
        found[field] = _number(
            connection,
            f"SELECT count(DISTINCT o.id) FROM _others o JOIN {_former(entity)} b USING (id)"
            f" JOIN {canonical(entity)} a USING (id) WHERE o.field = %s AND NOT {_differs(was, now)}",
            field,
        )
    connection.execute("DROP TABLE _others")
    return found


def _pairs(before: EntityShape, after: EntityShape) -> list[tuple[str, Columns, Columns]]:
    """Every field of either, with its columns there."""
    olds: dict[str, FieldShape] = {each.name: each for each in before.fields}
    news: dict[str, FieldShape] = {each.name: each for each in after.fields}
    return [
        (name, olds[name].columns if name in olds else (), news[name].columns if name in news else ())
        for name in {**news, **olds}
    ]


def _said(columns: Columns, row: str) -> str:
    return f"({row}.{quoted(columns[0][0])} IS NOT NULL)" if columns else "false"


def _differs(was: Columns, now: Columns) -> str:
    if not was or not now:
        return _said(was or now, "b" if was else "a")
    if len(was) != len(now):
        was, now = was[:1], now[:1]
    parts = []
    for (old, one), (new, other) in zip(was, now, strict=True):
        cast = "" if one == other else "::numeric" if {one, other} <= _NUMBERS else "::text"
        parts.append(f"b.{quoted(old)}{cast} IS DISTINCT FROM a.{quoted(new)}{cast}")
    return f"({' OR '.join(parts)})"


def _text(columns: Columns, row: str) -> str:
    if not columns:
        return "NULL"
    parts = ", ".join(f"{row}.{quoted(name)}::text" for name, _ in columns)
    return f"CASE WHEN {_said(columns, row)} THEN concat_ws(' ', {parts}) END"


def _former(entity: str, what: str = "") -> str:
    return f"former.{sql.Identifier(f'{entity}{what}').as_string()}"


def _number(connection: Connection, text: str, *terms: Any) -> int:
    row = connection.execute(text, terms or None).fetchone()
    return int(row[0]) if row else 0
