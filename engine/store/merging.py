"""Two entities become one, in the transaction in hand: shown by a record, or decided by a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from engine.records.identity import Parted
from engine.store import references
from engine.store.database import Connection
from engine.store.entities import quoted, value_columns
from engine.store.planner import INDEXED, STAGED
from engine.store.statements import Statements

MERGE = 3
"""Cause of a history row: the decision that merged or parted its entity."""

_KEPT_APART = """
SELECT one, other, id FROM (
    SELECT d.id, coalesce(a.new, d.entity_id) AS one, coalesce(b.new, d.other_id) AS other
    FROM syncline.identity_decision d
    LEFT JOIN syncline.redirect a ON a.old = d.entity_id
    LEFT JOIN syncline.redirect b ON b.old = d.other_id
    WHERE d.entity = %(entity)s AND d.what IN ('apart', 'split') AND d.undone IS NULL
) pair
WHERE one = ANY (%(entities)s::uuid[]) AND other = ANY (%(entities)s::uuid[]) AND one <> other ORDER BY id
"""


def pairs_apart(
    connection: Connection, entity: int, entities: Iterable[UUID]
) -> list[tuple[UUID, UUID, int]]:
    """Two of these entities that are kept apart, and the decision, in the order of decisions."""
    return connection.execute(_KEPT_APART, {"entity": entity, "entities": list(entities)}).fetchall()


def kept_apart(connection: Connection, entity: int, entities: Iterable[UUID]) -> Parted:
    """Who of these entities is kept apart from whom."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for one, other, _ in pairs_apart(connection, entity, entities):
        found[one].add(other)
        found[other].add(one)
    return {one: frozenset(others) for one, others in found.items()}


def merge(
    connection: Connection,
    texts: Statements,
    names: Mapping[str, Any],
    *,
    old: UUID,
    new: UUID,
    key: str | None,
    who: str | None = None,
    why: str | None = None,
) -> int:
    """
    Contributions, values, references and redirects follow ``old`` to ``new``; the number of the decision.

    ``names``: entity, source and stream by number, the last two of the record ``key`` that showed it. The
    caller folds ``new``.
    """

    def run(name: str, **parts: str) -> Any:
        return connection.execute(texts.fill(name, "identity", **parts), pair)

    pair = {**names, "old": old, "new": new, "key": key, "ids": [old, new], "who": who, "why": why}
    connection.execute(INDEXED)
    run("merge_stub")
    run("merge_lock")
    pair["decision"] = decision = int(run("merge_decision").fetchone()[0])
    for step in ("members", "contributions", "keys", "work", "owned", "redirects"):
        run(f"merge_{step}")
    for n in range(len(texts.references)):
        run("merge_parents", parent=f"r{n}")
    run("merge_redirect")
    columns = [quoted(column) for column, _ in value_columns(texts.shape)]
    run("merge_history", names=", ".join(columns), olds=", ".join(f"o.{name}" for name in columns))
    run("merge_open")
    connection.execute(STAGED)
    references.follow(connection, texts.shape.name, old=old, new=new)
    return decision
