"""
What holds between records is weighed when a run has ended: what does not becomes dead letters.

Nothing is remembered for it. The letters of stage ``settle`` are made equal to what contributions and
canonical rows say now: those that are missing are opened, those that hold no more go. So it can be done
as often as anybody likes, by whoever comes after a crash too.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from engine.errors import StoreUnavailable
from engine.records.shapes import EntityShape, Feed, FieldShape
from engine.store import at_odds, lines
from engine.store.canonical import ATTEMPTS
from engine.store.database import Connection
from engine.store.entities import canonical, contribution, quoted
from engine.store.lines import Weigher
from engine.store.numbering import entity_id, mapping_id, stream_ids
from engine.store.planner import INDEXED, STAGED
from engine.store.sql import statement
from engine.store.versions import writing

FAULTS: Final = {
    "pin-at-odds": "A row breaks its contract by a value that somebody pinned; both stand.",
    "not-unique": "An older entity says the same where no two may: the row waits until it says otherwise.",
    "reference-open": "A required reference leads to nobody yet: the row waits, and comes by itself.",
}
"""Why a record that was mapped is no row, by its code."""

_SETTLING: Final = 0x73796E65
"""Advisory lock, first key: of an entity whose letters somebody weighs."""

_CONTENDED = (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable)


def settle(
    connection: Connection,
    shapes: Mapping[str, EntityShape],
    checks: Mapping[str, Sequence[Weigher]] | None = None,
    pinned: Mapping[str, at_odds.Weigher] | None = None,
) -> int:
    """Make the letters say what is wrong between records now, and commit; how many are new.

    ``checks``: constraints over lines, ``pinned``: what is asked of rows that people hold, by entity.
    """
    opened = 0
    held = at_odds.pinned(connection)
    connection.commit()
    for shape in shapes.values():
        holds = (pinned or {}).get(shape.name) if shape.name in held else None
        if not shape.withholds and not shape.over and holds is None:
            continue
        over = (checks or {}).get(shape.name, ())
        for attempt in range(ATTEMPTS):
            try:
                opened += _settle(connection, shape, shapes, over, holds)
                break
            except _CONTENDED:
                connection.rollback()
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  # spreads rivals, hides nothing
        else:
            raise StoreUnavailable(
                f"rival writers kept letters of {shape.name} from being weighed {ATTEMPTS} times",
                code="store-contended",
            )
    return opened


def reasons(
    connection: Connection,
    shape: EntityShape,
    shapes: Mapping[str, EntityShape],
    of: UUID,
    holds: at_odds.Weigher | None = None,
) -> list[str]:
    """Why an entity that records speak for has no row, in words; reads only."""
    if not shape.withholds:
        return []
    _gather(connection, shape, shapes, holds, of=of)
    rows = connection.execute(
        "SELECT problem ->> 'field', problem ->> 'message' FROM _standing"
        " ORDER BY nth, source, stream, subject"
    ).fetchall()
    connection.rollback()
    return list(dict.fromkeys(message if field is None else f"{field}: {message}" for field, message in rows))


def _settle(
    connection: Connection,
    shape: EntityShape,
    shapes: Mapping[str, EntityShape],
    over: Sequence[Weigher],
    holds: at_odds.Weigher | None,
) -> int:
    writing(connection)
    number = entity_id(connection, shape.name)
    connection.execute("SELECT pg_advisory_xact_lock(%s::int, %s::int)", [_SETTLING, number])
    row = connection.execute(
        "SELECT rebuilding OR shape IS NULL FROM syncline.entity WHERE id = %s", [number]
    ).fetchone()
    if row is not None and row[0]:  # its rows are not all there: whoever ends the rebuild weighs them
        connection.rollback()
        return 0
    if over:
        lines.weigh(connection, shape, shapes, over)
    _gather(connection, shape, shapes, holds)
    mappings = [mapping_id(connection, feed.mapping) for feed in shape.feeds]
    connection.execute(STAGED)
    connection.execute(statement("settling", "settled"), {"mappings": mappings})
    opened = connection.execute(statement("settling", "unsettled")).fetchone()
    connection.commit()
    return int(opened[0]) if opened else 0


def _gather(
    connection: Connection,
    shape: EntityShape,
    shapes: Mapping[str, EntityShape],
    holds: at_odds.Weigher | None,
    *,
    of: UUID | None = None,
) -> None:
    """Everything that is wrong between the records of an entity now; ``of``: only with one."""
    there = connection.execute("SELECT to_regclass('pg_temp._standing') IS NOT NULL").fetchone()
    if there is None or not there[0]:
        connection.execute(statement("settling", "create_standing"))
    connection.execute("DELETE FROM _standing")
    connection.execute(INDEXED)
    for feed, field in _awaited(shape):
        source, stream = stream_ids(connection, [feed.stream])[feed.stream]
        names: dict[str, Any] = {
            "mapping": mapping_id(connection, feed.mapping),
            "entity": entity_id(connection, shape.name),
            "source": source,
            "stream": stream,
            "field": field.name,
            "of": of,
        }
        text = statement("settling", "waiting").format(
            bit=field.bit,
            message=_message(feed, field, shapes),
            contribution=contribution(shape.name),
            canonical=canonical(shape.name),
            column=quoted(field.columns[0][0]),
        )
        connection.execute(text, names)
    odds = [] if holds is None else at_odds.found(connection, shape, holds, of=of)
    for feed in shape.feeds:
        source, stream = stream_ids(connection, [feed.stream])[feed.stream]
        names = {
            "mapping": mapping_id(connection, feed.mapping),
            "entity": entity_id(connection, shape.name),
            "source": source,
            "stream": stream,
            "of": of,
        }
        for nth, each in enumerate(shape.unique, start=len(shape.fields)):
            said = f"{each.name}: {', '.join(each.fields)} as of the older {shape.name} "
            text = statement("settling", "clashing").format(
                nth=nth,
                message=sql.Literal(said).as_string().replace("%", "%%"),
                contribution=contribution(shape.name),
            )
            connection.execute(text, names | {"name": each.name})
        for nth, over in enumerate(shape.over, start=len(shape.fields) + len(shape.unique)):
            text = statement("settling", "broken").format(nth=nth, contribution=contribution(shape.name))
            connection.execute(text, names | {"name": over.name})
        if odds:
            nth = len(shape.fields) + len(shape.unique) + len(shape.over)
            text = statement("settling", "at_odds").format(nth=nth, contribution=contribution(shape.name))
            ids, messages = map(list, zip(*odds, strict=True))
            connection.execute(text, names | {"ids": ids, "messages": messages})


def _awaited(shape: EntityShape) -> Iterator[tuple[Feed, FieldShape]]:
    """Each mapping with each reference that has to lead somewhere."""
    for feed in shape.feeds:
        for field in shape.awaited:
            yield feed, field


def _message(feed: Feed, field: FieldShape, shapes: Mapping[str, EntityShape]) -> str:
    """SQL for whom a record waits for: a key; of an identity value, which may be personal, not the value."""
    if field.name in feed.by_identity:
        target, kind = feed.by_identity[field.name]
        known = shapes[target].identity[kind] if target in shapes else str(kind)
        said = f"waits for the {target} whose {known} it says"
    else:
        said = f"waits for a {field.refers_to}"
    plain = sql.Literal(said).as_string().replace("%", "%%")
    if field.name not in feed.refs:
        return plain
    keyed = sql.Literal(f" of {feed.refs[field.name]}").as_string().replace("%", "%%")
    return f"CASE WHEN o.key IS NULL THEN {plain} ELSE 'waits for ' || o.key || {keyed} END"
