"""Which records do live contributions rest on, and how full are the columns of rows? Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from engine.records.received import Response
from engine.records.shapes import EntityShape, FieldShape
from engine.store import raw
from engine.store.database import Connection
from engine.store.entities import canonical, contribution, quoted, stored_columns

_SINCE = """ WHERE %(since)s::timestamptz IS NULL
    OR EXISTS (SELECT FROM syncline.response r WHERE r.id = p._raw_id AND r.fetched_at >= %(since)s)"""
_CHUNK = 64
"""Responses that are asked for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rested:
    """A response, and the records of it that say something now."""

    response: Response
    places: frozenset[int]
    """Among the elements of the response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands in the column of a field, in all rows; of money in that of its amount."""

    filled: int
    constant: str | None
    """The one value of all rows that have one; None where they differ, or none has one."""


def count(
    connection: Connection, entities: Collection[str], stream: int, *, since: dt.datetime | None = None
) -> int:
    """How many records of a stream say something of these entities now; of responses fetched since then."""
    places = _places(connection, entities)
    if not places:
        return 0
    text = f"SELECT count(*) FROM ({places}) p{_SINCE}"
    row = connection.execute(text, {"stream": stream, "since": since}).fetchone()
    return 0 if row is None else int(row[0])


def rested(
    connection: Connection,
    entities: Collection[str],
    stream: int,
    *,
    since: dt.datetime | None = None,
    sample: int | None = None,
) -> Iterator[Rested]:
    """
    The responses that records of a stream rest on, fetched ``since`` then, in the order of their ids.

    ``sample``: so many records, of responses drawn the same way each time; the last one is not cut.
    """
    places = _places(connection, entities)
    if not places:
        return
    chosen = f"SELECT _raw_id AS id, array_agg(_place) AS places FROM ({places}) p{_SINCE} GROUP BY 1"
    if sample is not None:
        drawn = "hashint8extended(id, 0), id"
        sized = f"sum(cardinality(places)) OVER (ORDER BY {drawn}) - cardinality(places)"
        chosen = f"SELECT id, places FROM (SELECT *, {sized} AS before FROM ({chosen}) c) s"
        chosen += " WHERE before < %(sample)s"
    with connection.cursor(name="resting") as cursor:
        cursor.itersize = _CHUNK
        cursor.execute(f"{chosen} ORDER BY id", {"stream": stream, "since": since, "sample": sample})
        for raw_id, found in cursor:
            response = raw.response(connection, raw_id)
            if response is not None:
                yield Rested(response=response, places=frozenset(found))


def _places(connection: Connection, entities: Collection[str]) -> str:
    """Where each record stands that says something, once, whatever it is mapped to."""
    return " UNION ".join(
        f"SELECT _raw_id, _place FROM {contribution(name)}"
        " WHERE _stream = %(stream)s AND _fate = 0 AND _dead_run IS NULL"
        for name in sorted(entities)
        if stored_columns(connection, name)
    )


def filled(connection: Connection, shape: EntityShape) -> tuple[int, dict[str, Filled]]:
    """How many rows an entity has, and what stands in its columns, by field; of those that it has by now."""
    there = {
        name
        for (name,) in connection.execute(
            "SELECT attname FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            [canonical(shape.name)],
        )
    }
    fields: Sequence[FieldShape] = [each for each in shape.fields if each.columns[0][0] in there]
    if not fields:
        return 0, {}
    asked = ["count(*)"]
    for each in fields:
        text = "concat_ws(' ', " + ", ".join(f"{quoted(name)}::text" for name, _ in each.columns) + ")"
        own = f'{text} COLLATE "C"'
        some = f"FILTER (WHERE {quoted(each.columns[0][0])} IS NOT NULL)"
        asked += [f"count({quoted(each.columns[0][0])})", f"min({own}) {some}", f"max({own}) {some}"]
    row = connection.execute(f"SELECT {', '.join(asked)} FROM {canonical(shape.name)}").fetchone()
    if row is None:
        return 0, {}
    every, *found = row
    return int(every), {
        each.name: Filled(
            filled=found[3 * at],
            constant=found[3 * at + 1] if found[3 * at + 1] == found[3 * at + 2] else None,
        )
        for at, each in enumerate(fields)
    }
