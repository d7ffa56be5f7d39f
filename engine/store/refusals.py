"""Which joins were refused and wait for a person, and what was decided so far? Reads only."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.records.identity import IdentityValue
from engine.records.received import StreamName
from engine.records.shapes import EntityShape
from engine.store.database import Connection
from engine.store.entities import canonical, contribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One row of ``identity_decision``."""

    number: int
    entity: str
    what: str
    one: UUID
    """That stays, or whose record it was."""
    other: UUID | None
    """That went, came back, or is not to be one with it."""
    kind: int | None
    value: str | None
    who: str | None
    """None where the engine did it."""
    why: str | None
    at: dt.datetime
    undone: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Two entities that share what would have joined them."""

    number: int
    """Of the first refusal."""
    entity: str
    one: UUID
    other: UUID
    values: Sequence[IdentityValue]
    """That both say, or said; none where a record came back and its place was taken."""
    why: Sequence[str]
    since: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A record in the crosswalk, and the identity values that it says."""

    stream: StreamName
    key: str
    live: bool
    values: Sequence[str | None]
    """By kind; empty for one that says nothing."""


_DECISIONS = """
SELECT d.id, e.name, d.what, d.entity_id, d.other_id, d.kind, d.value, d.who, d.why, d.at, d.undone
FROM syncline.identity_decision d JOIN syncline.entity e ON e.id = d.entity
WHERE (%(entity)s::text IS NULL OR e.name = %(entity)s)
  AND (%(ids)s::uuid[] IS NULL OR d.entity_id = ANY (%(ids)s) OR d.other_id = ANY (%(ids)s))
ORDER BY d.id
"""
_QUEUE = """
WITH pair AS (
    SELECT d.*, e.name, coalesce(a.new, d.entity_id) AS one, coalesce(b.new, d.other_id) AS other
    FROM syncline.identity_decision d
    JOIN syncline.entity e ON e.id = d.entity
    LEFT JOIN syncline.redirect a ON a.old = d.entity_id
    LEFT JOIN syncline.redirect b ON b.old = d.other_id
    WHERE (%(entity)s::text IS NULL OR e.name = %(entity)s)
      AND (d.what = 'refuse' OR d.what IN ('apart', 'split') AND d.undone IS NULL)
)
SELECT r.id, r.name, least(r.one, r.other), greatest(r.one, r.other), r.kind, r.value, r.why, r.at
FROM pair r
WHERE r.what = 'refuse' AND r.one <> r.other AND NOT EXISTS (
    SELECT 1 FROM pair p WHERE p.what <> 'refuse' AND p.entity = r.entity
      AND least(p.one, p.other) = least(r.one, r.other)
      AND greatest(p.one, p.other) = greatest(r.one, r.other))
ORDER BY r.id
"""


def decisions(
    connection: Connection, *, entity: str | None = None, ids: Sequence[UUID] | None = None
) -> list[Decision]:
    """All that was decided or refused, the first first; of one entity, or about some ids."""
    rows = connection.execute(_DECISIONS, {"entity": entity, "ids": None if ids is None else list(ids)})
    return [
        Decision(
            number=row[0],
            entity=row[1],
            what=row[2],
            one=row[3],
            other=row[4],
            kind=row[5],
            value=row[6],
            who=row[7],
            why=row[8],
            at=row[9],
            undone=row[10],
        )
        for row in rows.fetchall()
    ]


def queue(
    connection: Connection, shapes: Mapping[str, EntityShape], *, entity: str | None = None
) -> list[Refused]:
    """
    Refused joins of two that are still two, both with a row, and about whom no person has decided; the
    first first.
    """
    rows = connection.execute(_QUEUE, {"entity": entity}).fetchall()
    standing = _standing(connection, shapes, rows)
    found: dict[tuple[str, UUID, UUID], list[tuple[Any, ...]]] = defaultdict(list)
    for number, name, one, other, *rest in rows:
        if one in standing and other in standing:
            found[name, one, other].append((number, *rest))
    return [
        Refused(
            number=each[0][0],
            entity=name,
            one=one,
            other=other,
            values=sorted({(kind, value) for _, kind, value, _, _ in each if value is not None}),
            why=sorted({why for *_, why, _ in each if why}),
            since=each[0][-1],
        )
        for (name, one, other), each in found.items()
    ]


def _standing(
    connection: Connection, shapes: Mapping[str, EntityShape], rows: Sequence[tuple[Any, ...]]
) -> set[UUID]:
    wanted: dict[str, set[UUID]] = defaultdict(set)
    for _, name, one, other, *_ in rows:
        wanted[name] |= {one, other}
    return {
        of
        for name, ids in sorted(wanted.items())
        if name in shapes
        for (of,) in connection.execute(f"SELECT id FROM {canonical(name)} WHERE id = ANY (%s)", [list(ids)])
    }


def records(connection: Connection, shape: EntityShape, of: Sequence[UUID]) -> dict[UUID, list[Spoken]]:
    """The records of some entities, as the crosswalk has them."""
    found: dict[UUID, list[Spoken]] = {each: [] for each in of}
    rows = connection.execute(
        "SELECT c._entity_id, s.name, t.name, c._key, c._fate = 0 AND c._dead_run IS NULL, c._identity"
        f" FROM {contribution(shape.name)} c"
        " JOIN syncline.stream t ON t.id = c._stream JOIN syncline.source s ON s.id = c._source"
        " WHERE c._entity_id = ANY (%s::uuid[]) ORDER BY s.name, t.name, c._key",
        [list(of)],
    )
    for entity, source, stream, key, live, values in rows:
        name = StreamName(source=source, stream=stream)
        said = tuple(values or ()) if live else ()
        found[entity].append(Spoken(stream=name, key=key, live=live, values=said))
    return found


def former(connection: Connection, of: UUID) -> list[UUID]:
    """Ids that lead to this one."""
    rows = connection.execute("SELECT old FROM syncline.redirect WHERE new = %s ORDER BY old", [of])
    return [old for (old,) in rows]
