"""
Records that a rebuild meets and the crosswalk does not know.

A live sync gives no id to a record that was over before it was loaded. A rebuild reads in another order:
it finds out in the end, takes such ids back, and who refers to them waits again. Where the crosswalk was
empty, raw is all there is: then whoever was ever met keeps its id, as in a first load.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from engine.records.shapes import EntityShape, Feed, FieldShape
from engine.store import shapes
from engine.store.database import Connection
from engine.store.entities import contribution, quoted
from engine.store.fold import whole
from engine.store.kept import counted
from engine.store.numbering import entity_id, stream_ids, streams_of
from engine.store.planner import INDEXED, STAGED
from engine.store.refold import refold
from engine.store.sql import statement
from engine.store.statements import Statements
from engine.store.temporary import make_all


def begin(connection: Connection, entity: int, *, crosswalk: bool) -> None:
    """Forget an earlier rebuild; ``crosswalk``: there is one. Does not commit."""
    connection.execute("DELETE FROM syncline.newcomer WHERE entity = %s", [entity])
    if not crosswalk:
        connection.execute("INSERT INTO syncline.newcomer VALUES (%s, 0, 0, '', NULL)", [entity])


def note(connection: Connection, texts: Statements, names: Mapping[str, int]) -> None:
    """Remember the batch's newcomers."""
    connection.execute(texts.fill("note", "newcomers"), names)


def judge(connection: Connection, shape: EntityShape) -> None:
    """Take back the ids of those that do not live, once nobody writes any more. Does not commit."""
    names = {"entity": entity_id(connection, shape.name)}
    connection.execute(INDEXED)
    text = statement("newcomers", "judge").format(contribution=contribution(shape.name))
    gone: dict[tuple[int, int], list[tuple[UUID, str]]] = defaultdict(list)
    for source, stream, key, of in connection.execute(text, names).fetchall():
        gone[source, stream].append((of, key))
    connection.execute("DELETE FROM syncline.newcomer WHERE entity = %(entity)s", names)
    connection.execute(STAGED)
    if not gone:
        return
    rows = connection.execute(
        "SELECT id, shape FROM syncline.entity WHERE shape IS NOT NULL ORDER BY id"
    ).fetchall()
    for number, stored in rows:
        child = shapes.loads(stored)
        for feed in child.feeds:
            for field in child.fields:
                parent = feed.refs.get(field.name)
                if field.refers_to != shape.name or parent is None:
                    continue
                said = gone.get(stream_ids(connection, [parent])[parent], ())
                if said:
                    its = _statements(connection, child, feed, wide=shapes.stored_wide(stored))
                    _wait(connection, its, field, said, entity=number)


def _statements(connection: Connection, child: EntityShape, feed: Feed, *, wide: bool) -> Statements:
    ids = stream_ids(connection, streams_of(child, feed))
    its = Statements(shape=child, feed=feed, ids=ids, wide=wide)
    make_all(connection, its)
    return its


def _wait(
    connection: Connection,
    its: Statements,
    field: FieldShape,
    gone: Sequence[tuple[UUID, str]],
    *,
    entity: int,
) -> None:
    """What records of one stream refer to by a field has not come."""
    source, stream = its.ids[its.feed.stream]
    parent_source, parent_stream = its.ids[its.feed.refs[field.name]]
    names: dict[str, Any] = {
        "entity": entity,
        "field": field.name,
        "by_source": source,
        "by_stream": stream,
        "source": parent_source,
        "stream": parent_stream,
        "ids": [of for of, _ in gone],
        "keys": [key for _, key in gone],
    }
    column = quoted(field.columns[0][0])
    parts = {"column": column, "row": "c" if its.wide else "o", "counted": counted(its.shape, "c")}
    connection.execute(its.fill("park", "newcomers", **parts), names)
    if its.wide:
        connection.execute("DELETE FROM _touched")
        connection.execute(its.fill("touch", "newcomers", column=column), names)
        refold(connection, its, before=(its.fill("unlink", "newcomers", column=column), names))
        connection.execute("DELETE FROM _touched")
        return
    lacking = " | ".join(
        f"CASE WHEN {'true' if each is field else f'o.{quoted(each.columns[0][0])} IS NULL'}"
        f" THEN {1 << each.bit}::int8 ELSE 0 END"
        for each in its.shape.fields
        if each.refers_to
    )
    said = whole(its.shape, f"(c._said & ~({lacking}))")
    connection.execute(its.fill("unlink_sole", "newcomers", column=column, said=said), names)
