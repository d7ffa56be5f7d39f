"""
In a batch: words that are no news for a record, which ended after them, and yet the last that it said.

They come before the marker in the same batch, or are staged after a marker that was loaded before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.store.database import Connection
from engine.store.entities import quoted
from engine.store.kept import keeps, marked
from engine.store.numbering import entity_id
from engine.store.planner import INDEXED, STAGED
from engine.store.statements import Statements


def lay(connection: Connection, texts: Statements, rows: str | Sequence[Sequence[object]]) -> None:
    """COPY what a batch says of keys that it ends: as text, or row by row."""
    if not rows or not marked(texts.shape, texts.feed):
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {texts.names['words']} FROM STDIN") as copy:
        if isinstance(rows, str):
            copy.write(rows)
        else:
            for row in rows:
                copy.write_row(row)


def keep(connection: Connection, texts: Statements) -> bool:
    """Put words under the markers of their keys, where nothing newer is kept; whether any were."""
    if not marked(texts.shape, texts.feed):
        return False
    connection.execute(texts.fill("overtaken", "kept"))
    if connection.execute(f"SELECT 1 FROM {texts.names['words']} LIMIT 1").fetchone() is None:
        return False
    for field, _, _ in texts.sought:
        found = texts.fill("found", "kept", column=quoted(field.columns[0][0]))
        connection.execute(found, {"field": field.name})
    connection.execute(INDEXED)
    news = connection.execute(_keep(texts)).rowcount
    connection.execute(STAGED)
    return news > 0


def _keep(texts: Statements) -> str:
    sought = {field.name for field, _, _ in texts.sought}
    known = {field.name: n for n, (field, _) in enumerate(texts.references)}
    values = []
    for field in texts.shape.fields:
        for column, kind in field.columns:
            value = f"s.{quoted(column)}"
            if field.name in known:
                value = f"s._p{known[field.name]}"
            elif field.name in sought:
                value = f"{value}::uuid"
            elif field.refers_to:
                value = f"NULL::{kind}"
            values.append(f", {quoted(column)} = {value}")
    ends = {
        "ends": texts.fill("ends", "kept", version="s._version", position="s._position"),
        "kept_ends": texts.fill("ends", "kept", version="c._kept_version", position="c._kept_position"),
    }
    return texts.fill(
        "keep",
        "kept",
        values="".join(values),
        joins="\n".join(texts.parents),
        parents="".join(f", p{n}._entity_id AS _p{n}" for n in known.values()),
        **ends,
    )


def touch(connection: Connection, texts: Statements, *, apart: bool) -> None:
    """
    Their entities are folded with those of the batch.

    ``apart``: records return as somebody else; whom they had belonged to lose their words.
    """
    if marked(texts.shape, texts.feed):
        connection.execute(texts.fill("touch_many", "kept"))
        connection.execute(texts.fill("touch", "kept"))
    if apart and keeps(texts.shape, texts.feed):
        connection.execute(texts.fill("left_many", "kept"))
        connection.execute(texts.fill("left", "kept"))


def refer(connection: Connection, texts: Statements, names: Mapping[str, int]) -> None:
    """Remember whom they refer to and nobody has seen, and all whom they refer to by identity values."""
    if not marked(texts.shape, texts.feed):
        return
    by_source, by_stream = texts.ids[texts.feed.stream]
    own = {"entity": names["entity"], "by_source": by_source, "by_stream": by_stream}
    for table in ("open_ref", "identity_ref"):
        connection.execute(texts.fill("unpark", "kept", table=table), own)
    connection.execute(INDEXED)
    for field, parent in texts.references:
        source, stream = texts.ids[parent]
        into = {**own, "field": field.name, "source": source, "stream": stream}
        connection.execute(texts.fill("park", "kept", column=quoted(field.columns[0][0])), into)
    connection.execute(STAGED)
    for field, target, kind in texts.sought:
        into = {**own, "field": field.name, "target": entity_id(connection, target), "kind": kind}
        connection.execute(texts.fill("seek", "kept"), into)
