"""
Ages: whom did a run confirm, and who crosses a line while time passes?

``confirmation`` has the time of a stream as a whole, ``confirmed_record`` those of the records that have
another. A whole run moves the one and leaves behind whom it did not hold; any other run gives whom it held
a time of their own. So a run costs rows for exceptions only, and no contribution moves.

All of it is primary state. Who changes sides is folded in the transaction that moves a time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from engine.records.shapes import EntityShape, Feed
from engine.store.batch import prepared
from engine.store.database import Connection, commit
from engine.store.graves import spellings
from engine.store.kept import counted
from engine.store.leases import Lease, fence
from engine.store.numbering import entity_id, mapping_id
from engine.store.planner import INDEXED, STAGED
from engine.store.refold import refold
from engine.store.seen import stage_seen, unseen
from engine.store.sql import statement
from engine.store.statements import Statements
from engine.store.versions import flip, writing

AGING: Final = 5
"""Cause of a history row: records aged, or were confirmed again; its number is that of ``aging``."""


def confirm(connection: Connection, lease: Lease, shape: EntityShape, feeds: Sequence[Feed]) -> int:
    """
    Ask the runs of a stream that ended since the last time whom they held, and commit; entities folded.

    ``feeds``: those of the stream into the entity. A run of which a response is not loaded yet is asked
    when it is, and those after it with it. Raises ``LeaseLost``.
    """
    texts = prepared(connection, shape, feeds[0])
    names = _names(connection, texts)
    mappings = [mapping_id(connection, each.mapping) for each in feeds]
    row = connection.execute(
        "SELECT run FROM syncline.confirmation WHERE entity = %(entity)s AND stream = %(stream)s", names
    ).fetchone()
    if row is None:
        row = connection.execute(statement("ages", "first"), names).fetchone()
    names |= {"run": row[0] if row and row[0] is not None else 0, "mappings": mappings}
    due = connection.execute(statement("ages", "due"), names).fetchall()
    connection.commit()
    count = 0
    for run, started, whole, unloaded in due:
        if unloaded:
            break
        count += _ask(connection, lease, texts, names | {"run": run, "at": started}, whole=whole)
    return count


def _ask(
    connection: Connection, lease: Lease, texts: Statements, names: dict[str, Any], *, whole: bool
) -> int:
    """One run: whom it held is confirmed by it."""
    execute = connection.execute
    for mapping in names["mappings"]:
        stage_seen(connection, {**names, "mapping": mapping})
    fence(connection, lease)
    writing(connection)
    row = execute(statement("ages", "hold"), names).fetchone()
    names |= {"recorded": row[0] if row else None, "lines": list(texts.shape.lines)}
    names |= {"whole_at": names["at"] if whole else None}
    if names["recorded"] is not None:
        names["line"] = names["recorded"] - dt.timedelta(seconds=texts.shape.lines[0])
        execute(INDEXED)
        execute(texts.fill("aged_alone", "ages", counted=counted(texts.shape, "c")), names)
        execute(STAGED)
        execute(texts.fill("aged_together", "ages", counted=counted(texts.shape, "c")), names)
    keys = spellings("c._record") if texts.feed.opens else ["c._key"]
    for step in ("left_behind", "held") if whole else ("held_alone",):
        execute(texts.fill(step, "ages", unseen=unseen(*keys)), names)
    execute(statement("ages", "asked"), names)
    count = 0
    if names["recorded"] is not None:
        count = execute(statement("ages", "younger"), names).rowcount
    if count:
        _fold(connection, texts, names | {"at": names["recorded"]})
    commit(connection, "rows")
    return count


def age(connection: Connection, shape: EntityShape, now: dt.datetime) -> int:
    """
    Let time pass for the records of an entity until ``now``, and commit; how many entities are folded.

    The recorded time never goes back. An entity that is being rebuilt waits for the next time.
    """
    texts = prepared(connection, shape, shape.feeds[0])
    for alone in (False, True):
        if alone:  # whoever folds meanwhile would hold ages against the time before
            flip(connection)
        names: dict[str, Any] = {**_names(connection, texts), "now": now, "lines": list(shape.lines)}
        row = connection.execute(statement("ages", "hold"), names).fetchone()
        if row is None or row[1] or (row[0] is not None and row[0] >= now):
            break
        names |= {"recorded": row[0], "at": now, "run": None}
        crosses = statement("ages", "crosses")
        connection.execute(INDEXED)
        text = statement("ages", "crossing").format(crosses=crosses)
        crossing = connection.execute(text, names).fetchone() is not None
        if crossing and not alone:
            connection.rollback()
            continue
        connection.execute(statement("ages", "pass"), names)
        count = 0
        if crossing:
            text = texts.fill("older", "ages", crosses=crosses, counted=counted(shape, "c"))
            count = connection.execute(text, names).rowcount
        if count:
            _fold(connection, texts, names)
        commit(connection, "rows")
        return count
    connection.rollback()
    return 0


def _names(connection: Connection, texts: Statements) -> dict[str, Any]:
    source, stream = texts.ids[texts.feed.stream]
    return {"source": source, "stream": stream, "entity": entity_id(connection, texts.shape.name)}


def _fold(connection: Connection, texts: Statements, names: dict[str, Any]) -> None:
    """Fold the entities in ``_touched``, and say why; ``at`` is the time from now on."""
    row = connection.execute(statement("ages", "passed"), names).fetchone()
    assert row is not None  # noqa: S101 # INSERT returns it
    refold(connection, texts, cause=AGING, cause_id=row[0], remember=True)
