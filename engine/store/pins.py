"""
Pins: values that people hold fast, above all that records say.

What the fold makes of records is laid under them, so lifting a pin needs nothing but to fold again. A pin
belongs to an id and follows its redirects. It reads no clock: one whose end is past stands until ``lapse``
has written that it is over.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from engine.errors import SettingsError, StoreError
from engine.records.shapes import EntityShape, FieldShape
from engine.store import at_odds, entities, shapes, temporary, uniques
from engine.store.at_odds import Weigher
from engine.store.database import Connection
from engine.store.numbering import entity_id, stream_ids, streams_of
from engine.store.overlay import STANDING
from engine.store.refold import refold
from engine.store.show import current
from engine.store.statements import Statements
from engine.store.temporary import make_all
from engine.store.versions import flip

PIN: Final = 4
"""Cause of a history row: the pin that began or ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A field that somebody holds to a value."""

    id: int
    field: str
    texts: Sequence[str | None]
    """PostgreSQL's text, a column each."""
    why: str
    who: str | None
    at: dt.datetime
    until: dt.datetime | None
    """From then on the next run lifts it."""


def standing(connection: Connection, of: UUID) -> dict[str, Pin]:
    """The pins of an entity by field, with those of whoever was merged into it; of two the newer counts."""
    rows = connection.execute(
        "SELECT p.id, p.field, p.texts, p.why, p.who, p.at, p.until FROM syncline.pin p"
        f" WHERE {STANDING.format(id='%(of)s::uuid')} ORDER BY p.id",
        {"of": of},
    )
    return {
        row[1]: Pin(id=row[0], field=row[1], texts=row[2], why=row[3], who=row[4], at=row[5], until=row[6])
        for row in rows
    }


def put(
    connection: Connection,
    shape: EntityShape,
    *,
    of: UUID,
    field: FieldShape,
    texts: Sequence[str | None],
    why: str,
    who: str | None,
    until: dt.datetime | None = None,
    weigher: Weigher | None = None,
) -> int:
    """
    Hold a field of an entity to a value, in place of an older pin, and commit; the pin's number.

    Raises ``SettingsError`` where the row would break by it what it did not break before: what ``weigher``
    finds, or another row that says the same where no two may.
    """
    flip(connection)
    ready = _ready(connection, shape)
    now = current(connection, of)
    before = _odds(connection, shape, now, field, weigher)
    names = {"of": now, "entity": entity_id(connection, shape.name), "field": field.name}
    connection.execute(
        "UPDATE syncline.pin SET lifted = now(), lifted_by = %(who)s, lifted_why = 'a newer pin'"
        " WHERE entity_id = %(of)s AND field = %(field)s AND lifted IS NULL",
        {**names, "who": who},
    )
    row = connection.execute(
        "INSERT INTO syncline.pin (entity, entity_id, field, texts, why, who, until)"
        " VALUES (%(entity)s, %(of)s, %(field)s, %(texts)s, %(why)s, %(who)s, %(until)s) RETURNING id",
        {**names, "texts": json.dumps(list(texts)), "why": why, "who": who, "until": until},
    ).fetchone()
    number = int(row[0]) if row else 0
    _fold(connection, ready, {now: number})
    after = _odds(connection, shape, now, field, weigher)
    broken = [message for about, message in after.items() if about not in before]
    if broken:
        connection.rollback()
        raise SettingsError(f"'{field.name}' cannot hold this: {'; '.join(broken)}")
    connection.commit()
    return number


def lift(
    connection: Connection, shape: EntityShape, *, of: UUID, field: str, why: str, who: str | None
) -> int:
    """Let records say a field again, and commit; how many pins that ended."""
    flip(connection)
    ready = _ready(connection, shape)
    now = current(connection, of)
    rows = connection.execute(
        "UPDATE syncline.pin p SET lifted = now(), lifted_by = %(who)s, lifted_why = %(why)s"
        f" WHERE p.field = %(field)s AND {STANDING.format(id='%(of)s::uuid')} RETURNING p.id",
        {"of": now, "field": field, "why": why, "who": who},
    ).fetchall()
    if rows:
        _fold(connection, ready, {now: max(number for (number,) in rows)})
    connection.commit()
    return len(rows)


def lapse(connection: Connection, pinnable: Iterable[EntityShape]) -> int:
    """End the pins whose time is over, by the database's clock, and commit; how many."""
    rows = connection.execute(
        "SELECT DISTINCT e.name FROM syncline.pin p JOIN syncline.entity e ON e.id = p.entity"
        " WHERE p.lifted IS NULL AND p.until <= now() AND NOT e.rebuilding"
    ).fetchall()
    connection.commit()
    due, count = {name for (name,) in rows}, 0
    for shape in pinnable:
        if shape.name not in due:
            continue
        flip(connection)
        ready = _ready(connection, shape)
        over = connection.execute(
            "UPDATE syncline.pin SET lifted = now(), lifted_why = 'its time is over'"
            " WHERE entity = %s AND lifted IS NULL AND until <= now() RETURNING id, entity_id",
            [entity_id(connection, shape.name)],
        ).fetchall()
        _fold(connection, ready, {current(connection, of): number for number, of in sorted(over)})
        connection.commit()
        count += len(over)
    return count


def repoint(connection: Connection, entity: str, ids: Collection[UUID]) -> None:
    """
    Fold anew the rows that are pinned to one of these ids of ``entity``, or to what became one of them.

    They themselves are left to the caller. A writer that folds such a row beside us holds it, so one of
    the two sees what the other did. Does not commit.
    """
    rows = connection.execute(
        "SELECT e.shape, e.rebuilding, p.field, p.entity_id FROM syncline.pin p"
        " JOIN syncline.entity e ON e.id = p.entity"
        " WHERE p.lifted IS NULL AND p.texts ->> 0 IN (SELECT x::text FROM unnest(%(ids)s::uuid[]) x"
        " UNION SELECT r.old::text FROM syncline.redirect r WHERE r.new = ANY (%(ids)s)) ORDER BY e.id, p.id",
        {"ids": list(ids)},
    ).fetchall()
    pointing: dict[str, set[UUID]] = {}
    known: dict[str, tuple[EntityShape, bool]] = {}
    for stored, rebuilding, field, of in rows:
        child = shapes.loads(stored)
        if any(each.name == field and each.refers_to == entity for each in child.fields):
            known[child.name] = child, rebuilding
            pointing.setdefault(child.name, set()).add(current(connection, of))
    for name, of_child in pointing.items():
        child, rebuilding = known[name]
        left = sorted(of_child - set(ids) if name == entity else of_child)
        names = stream_ids(connection, streams_of(child))
        texts = Statements(shape=child, feed=child.feeds[0], ids=names, wide=True)
        connection.execute("DELETE FROM _touched")
        connection.execute(
            "INSERT INTO _touched SELECT x, true, false, 0 FROM unnest(%s::uuid[]) x ORDER BY x", [left]
        )
        refold(connection, texts, remember=not rebuilding)
        temporary.need(connection, texts, texts.names["fresh"])
        for table in ("_touched", "_locked", texts.names["fresh"]):
            connection.execute(f"DELETE FROM {table}")


def _ready(connection: Connection, shape: EntityShape) -> Statements:
    """The statements of an entity whose contributions carry values; under ``flip``, does not commit."""
    rebuilding = connection.execute(
        "SELECT 1 FROM syncline.entity WHERE name = %s AND rebuilding", [shape.name]
    ).fetchone()
    if rebuilding is not None:  # what records say is not all there: the former row would be a false one
        connection.rollback()
        raise StoreError(
            f"{shape.name} is being rebuilt: pin when that is done; `syncline sync` goes on with one that"
            " was cut off",
            code="held",
        )
    entities.ensure(connection, shape, wide=True)
    feed = shape.feeds[0]
    texts = Statements(shape=shape, feed=feed, ids=stream_ids(connection, streams_of(shape, feed)), wide=True)
    make_all(connection, texts)
    return texts


def _odds(
    connection: Connection, shape: EntityShape, of: UUID, field: FieldShape, weigher: Weigher | None
) -> dict[str, str]:
    """What the row of an entity breaks by a field, in words, by what is broken."""
    found: dict[str, str] = {}
    row = at_odds.rows(connection, shape, [of]).get(of)
    if row is not None and weigher is not None:
        found |= weigher.faults(row, {field.name})
    for name, fields, other in uniques.alike(connection, shape, of):
        if field.name in fields:
            said = f"{name}: {shape.name} {other} says the same {', '.join(fields)}"
            found[f"{name} {other}"] = said
    return found


def _fold(connection: Connection, texts: Statements, of: dict[UUID, int]) -> None:
    """Fold these entities anew; former rows are kept with the pin that is the cause."""
    ids = sorted(of)
    connection.execute(
        "INSERT INTO _touched SELECT x, true, false, n FROM unnest(%s::uuid[], %s::int8[]) t(x, n)",
        [ids, [of[each] for each in ids]],
    )
    refold(connection, texts, cause=PIN, remember=True)
