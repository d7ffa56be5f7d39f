"""
References by identity values: each leads to the entity that holds the value now, or nowhere.

Unlike a key of a stream, a value may pass from one entity to another (e-mail addresses are re-used), and
be let go of by all. ``identity_ref`` remembers every such reference, found or not; whenever the holder of
a value may have changed, the references by it are found anew. So a row is what a rebuild would make it.

Writers hold an advisory lock on the entities concerned, so that neither misses the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.records.identity import IdentityValue
from engine.records.shapes import EntityShape, FieldShape
from engine.store import shapes
from engine.store.database import Connection
from engine.store.entities import quoted
from engine.store.identities import prefixed
from engine.store.kept import counted, keeps, marked, says
from engine.store.numbering import entity_id, stream_ids, streams_of
from engine.store.planner import INDEXED, STAGED
from engine.store.refold import refold
from engine.store.statements import Statements

_HOLDERS = 0x73796E64
"""Advisory locks, first key: of an entity whose identity values others refer by."""

_REFERRING = """
SELECT e.id, e.shape FROM syncline.entity e, jsonb_build_object('name', %s::text) named
WHERE jsonb_path_exists(e.shape, '$.feeds[*].by_identity.*[0] ? (@ == $name)', named)
ORDER BY e.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referring:
    """An entity whose records refer to another by its identity values."""

    number: int
    shape: EntityShape
    fields: tuple[FieldShape, ...]


def referring(connection: Connection, entity: str) -> Sequence[Referring]:
    """Everything that refers to an entity by its identity values."""
    found = []
    for number, stored in connection.execute(_REFERRING, [entity]).fetchall():
        shape = shapes.loads(stored)
        names = {field for feed in shape.feeds for field, key in feed.by_identity.items() if key[0] == entity}
        fields = tuple(field for field in shape.fields if field.name in names)
        found.append(Referring(number=number, shape=shape, fields=fields))
    return found


def hold_entities(connection: Connection, own: int | None, targets: Iterable[int]) -> None:
    """No value of ``own`` changes hands beside us, nor does one of ``targets``; in one order."""
    for entity in sorted({*([] if own is None else [own]), *targets}):
        lock = "pg_advisory_xact_lock" if entity == own else "pg_advisory_xact_lock_shared"
        connection.execute(f"SELECT {lock}(%s::int, %s::int)", [_HOLDERS, entity])


def find(connection: Connection, texts: Statements) -> None:
    """Look up who holds what the batch's records refer by."""
    for n, (field, target, kind) in enumerate(texts.sought):
        names = {"field": field.name, "target": entity_id(connection, target), "kind": kind}
        value = prefixed(texts.feed.scopes.get(field.name), f"s.{quoted(field.columns[0][0])}")
        connection.execute(INDEXED)
        elements = keeps(texts.shape, texts.feed) and texts.feed.opens
        staged = {"stage": "s._fate IN (0, 2)" if elements else "s._fate = 0"}
        staged |= {"words": "s._fate = 0"} if marked(texts.shape, texts.feed) else {}
        for table, said in staged.items():
            text = texts.fill("seek", "references", value=value, rows=texts.names[table], said=said)
            connection.execute(text, names)
        connection.execute(STAGED)
        connection.execute(texts.fill("found", "references", holder=f"h{n}"), names)


def keep(connection: Connection, texts: Statements, *, entity: int) -> None:
    """Remember what they refer by."""
    by_source, by_stream = texts.ids[texts.feed.stream]
    for field, target, kind in texts.sought:
        names = {
            "entity": entity,
            "by_source": by_source,
            "by_stream": by_stream,
            "field": field.name,
            "target": entity_id(connection, target),
            "kind": kind,
        }
        connection.execute(texts.fill("keep", "references", says=says(texts.shape, texts.feed)), names)


def rehold(
    connection: Connection,
    texts: Statements,
    by: Sequence[Referring],
    *,
    disabled: Sequence[IdentityValue] = (),
    every: bool = False,
    remember: bool = True,
) -> None:
    """
    Find references anew whose value began or ceased to be said in this transaction, or was ``disabled``.

    ``texts`` are those of the entity that is referred to. ``every``: all references to it. ``remember``
    keeps former rows where the contract of who refers wants a history.
    """
    if not by:
        return
    target = entity_id(connection, texts.shape.name)
    connection.execute("DELETE FROM _moved")
    if every:
        connection.execute(texts.fill("moved_all", "references"), {"target": target})
    else:
        given = {"kinds": [kind for kind, _ in disabled], "values": [value for _, value in disabled]}
        connection.execute(texts.fill("moved", "references"), given)
    for each in by:
        ids = stream_ids(connection, streams_of(each.shape))
        its = Statements(shape=each.shape, feed=each.shape.feeds[0], ids=ids, wide=True)
        for field in each.fields:
            _rehold(connection, its, field, entity=each.number, target=target, remember=remember)


def _rehold(
    connection: Connection,
    its: Statements,
    field: FieldShape,
    *,
    entity: int,
    target: int,
    remember: bool,
) -> None:
    names: dict[str, Any] = {"entity": entity, "field": field.name, "target": target}
    column = quoted(field.columns[0][0])
    connection.execute("DELETE FROM _linked")
    connection.execute(INDEXED)
    refound = its.fill("refound", "references", column=column, counted=counted(its.shape, "c"))
    if connection.execute(refound, names).rowcount:
        connection.execute("DELETE FROM _touched")
        connection.execute(its.fill("touch_linked", "references"), names)
        link = its.fill("link_contributions", "references", column=column)
        refold(connection, its, before=(link, names), planned=INDEXED, remember=remember)
    connection.execute(STAGED)
