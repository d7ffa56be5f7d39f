"""What do the records of one entity say, and is a recomputed value the one that is stored? Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from engine.records.received import StreamName
from engine.records.shapes import EntityShape, FieldShape
from engine.store.ages import confirmed, recorded
from engine.store.database import Connection
from engine.store.entities import canonical, contribution, history, quoted, stored_columns, value_columns
from engine.store.fold import set_of
from engine.store.kept import counted, gone, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A record that counts, and what it says about its entity."""

    stream: StreamName
    key: str
    raw_id: int
    place: int
    activation: int
    version: int
    said: int
    """Mask of the fields that it says."""
    values: Mapping[str, str | None]
    """Column → PostgreSQL's text; empty where only one stream feeds the entity."""
    gone: bool = False
    """It is deleted, and its last words count where nobody else says anything."""
    confirmed: dt.datetime | None = None
    """When its source confirmed it last; None where nothing ages, or it is not known yet."""
    recorded: dt.datetime | None = None
    """What that is held against; None where no time has passed yet."""

    def older(self, seconds: int) -> bool:
        """Whether it was not confirmed for so long, as the fold sees it."""
        if self.confirmed is None or self.recorded is None:
            return False
        return self.recorded - self.confirmed > dt.timedelta(seconds=seconds)


def speakers(connection: Connection, shape: EntityShape, of: UUID) -> Sequence[Speaker]:
    """The records that count for an entity: live ones, then deleted ones whose words are kept."""
    there = stored_columns(connection, shape.name)
    columns = [name for name, _ in value_columns(shape) if name in there]
    values = "".join(f", c.{quoted(name)}::text" for name in columns)
    told = [words(shape, "c", name) for name in ("raw_id", "place", "activation", "version", "said")]
    over = gone(shape, "c") if shape.keeps else "false"
    ages = f"{confirmed(shape.name, 'c')}, {recorded(shape.name)}" if shape.lines else "NULL, NULL"
    rows = connection.execute(
        f"SELECT s.name, t.name, c._key, {', '.join(told)}, {over}, {ages}{values}"
        f" FROM {contribution(shape.name)} c"
        " JOIN syncline.stream t ON t.id = c._stream JOIN syncline.source s ON s.id = c._source"
        f" WHERE c._entity_id = %s AND {counted(shape, 'c')} ORDER BY 9, c._source, c._stream, c._key",
        [of],
    )
    return [
        Speaker(
            stream=StreamName(source=row[0], stream=row[1]),
            key=row[2],
            raw_id=row[3],
            place=row[4],
            activation=row[5],
            version=row[6],
            said=row[7],
            gone=row[8],
            confirmed=row[9],
            recorded=row[10],
            values=dict(zip(columns, row[11:], strict=True)),
        )
        for row in rows
    ]


def texts(connection: Connection, shape: EntityShape, of: UUID) -> dict[str, str | None] | None:
    """A canonical row as PostgreSQL writes its values; None for an entity that has ended."""
    columns = [name for name, _ in value_columns(shape)]
    values = ", ".join(f"{quoted(name)}::text" for name in columns)
    row = connection.execute(f"SELECT {values} FROM {canonical(shape.name)} WHERE id = %s", [of]).fetchone()
    return None if row is None else dict(zip(columns, row, strict=True))


def agrees(
    connection: Connection, shape: EntityShape, of: UUID, field: FieldShape, columns: Sequence[str | None]
) -> bool:
    """Whether the canonical row holds these values of a field, given as PostgreSQL's text."""
    tests = " AND ".join(f"{quoted(name)} IS NOT DISTINCT FROM %s::{kind}" for name, kind in field.columns)
    row = connection.execute(
        f"SELECT {tests} FROM {canonical(shape.name)} WHERE id = %s", [*columns, of]
    ).fetchone()
    return row is not None and bool(row[0])


def unites(
    connection: Connection, shape: EntityShape, of: UUID, field: FieldShape, parts: Sequence[str | None]
) -> bool:
    """Whether the canonical row holds the set of all elements of these lists, as PostgreSQL's text."""
    ((name, kind),) = field.columns
    rows = " UNION ALL ".join([f"SELECT unnest(%s::{kind}) AS e"] * len(parts))
    united = set_of(field, f"FROM ({rows}) said WHERE e IS NOT NULL")
    row = connection.execute(
        f"SELECT {quoted(name)} IS NOT DISTINCT FROM {united} FROM {canonical(shape.name)} WHERE id = %s",
        [*parts, of],
    ).fetchone()
    return row is not None and bool(row[0])


def alike(connection: Connection, field: FieldShape, one: str | None, other: str | None) -> bool:
    """Whether two values of a field, given as PostgreSQL's text, are equal to it."""
    kind = field.columns[0][1]
    row = connection.execute(f"SELECT %s::{kind} = %s::{kind}", [one, other]).fetchone()
    return row is not None and bool(row[0])


_BY_IDENTITY = """
SELECT DISTINCT k.entity_id FROM syncline.identity_key k JOIN syncline.entity e ON e.id = k.entity
WHERE e.name = %s AND k.kind = %s AND k.value = %s AND k.entity_id IS NOT NULL
"""


def by_identity(connection: Connection, entity: str, kind: int, value: str) -> list[UUID]:
    """Entities that an identity value belongs to."""
    return [row[0] for row in connection.execute(_BY_IDENTITY, [entity, kind, value])]


_CAUSES: Final = {1: "response", 2: "run", 3: "decision", 4: "pin", 5: "age"}
"""``_cause`` of a former row: what ``_cause_id`` is the number of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A row that an entity had."""

    values: Mapping[str, Any]
    """Column → value."""
    until: dt.datetime
    """When another took its place, or none."""
    cause: str
    """
    ``response`` that said otherwise, ``run`` that found the record gone, identity ``decision``, ``pin``;
    ``age``: time passed, ``confirmation``: by a run; or ``reference``: whom it refers to came or went.
    """
    number: int
    """Of the response, run, decision, pin or aging; 0 of a reference."""


def as_of(connection: Connection, shape: EntityShape, of: UUID, when: dt.datetime) -> Former | None:
    """
    The row that an entity had at a time; None where the row that it has now stood then, or nothing is
    known of that time.
    """
    names = [column for column, _ in value_columns(shape)]
    columns = ", ".join(quoted(name) for name in names)
    row = connection.execute(
        f"SELECT _until, _cause, _cause_id, {columns} FROM {history(shape.name)}"
        " WHERE id = %s AND _until > %s ORDER BY _until LIMIT 1",
        [of, when],
    ).fetchone()
    if row is None:
        return None
    until, cause, number, *values = row
    what = _CAUSES[cause] if number else "reference"
    if what == "age":
        found = connection.execute("SELECT run FROM syncline.aging WHERE id = %s", [number]).fetchone()
        if found is not None and found[0] is not None:
            what, number = "confirmation", found[0]
    return Former(values=dict(zip(names, values, strict=True)), until=until, cause=what, number=number)
