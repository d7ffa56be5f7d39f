"""Entities folded anew outside a batch of their own: a parent came, or an enumeration ended records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from engine.store import temporary
from engine.store.database import Connection
from engine.store.overlay import overlay, pinned
from engine.store.planner import INDEXED, STAGED
from engine.store.statements import Statements
from engine.store.uniques import hold
from engine.store.withholding import withhold


def refold(
    connection: Connection,
    texts: Statements,
    *,
    before: tuple[str, dict[str, Any]] | None = None,
    planned: str = STAGED,
    cause: int = 1,
    cause_id: int | None = None,
    remember: bool = False,
    anew: bool = True,
) -> None:
    """Fold the entities in ``_touched`` anew; ``before`` runs once they are locked, by ``planned``.

    Where contributions carry no values, entities only end. ``remember`` keeps former rows. ``anew``: they
    may say something else than before, so that others may have to be folded too.
    """
    execute = connection.execute
    hold(connection, texts)
    execute(INDEXED)
    execute("DELETE FROM _locked")
    if texts.wide:
        execute(texts.fill("stub", stubbed="true"))
    execute(texts.fill("lock"))
    if before:
        execute(planned)
        execute(*before)
        execute(INDEXED)
    execute(texts.ended)
    laid = pinned(connection, texts.shape.name)

    def rows(*, raw_id: bool) -> str:
        folded = texts.fold(raw_id=raw_id)
        return overlay(texts.shape, folded, raw_id=raw_id) if laid else folded

    others: Sequence[UUID] = ()
    remembers = remember and texts.shape.history
    if texts.wide and (remembers or texts.shape.withholds):
        temporary.need(connection, texts, texts.names["fresh"])
        execute(f"DELETE FROM {texts.names['fresh']}")
        execute(f"{texts.freshen} {rows(raw_id=True)}")
        if texts.shape.withholds:
            execute(STAGED)
            others = withhold(connection, texts, anew=anew)
            execute(INDEXED)
        if remembers:
            execute(texts.remember, {"cause": cause, "cause_id": cause_id})
        execute(texts.publish_fresh)
    elif texts.wide:
        execute(texts.publish(rows(raw_id=False)))
    execute(STAGED)
    execute(texts.end, {"cause": cause, "cause_id": cause_id, "kept": remember})
    refold_others(connection, texts, others, cause=cause, cause_id=cause_id, remember=remember)


def refold_others(
    connection: Connection,
    texts: Statements,
    others: Sequence[UUID],
    *,
    because: int = 0,
    cause: int = 1,
    cause_id: int | None = None,
    remember: bool = False,
) -> None:
    """Fold entities whose row goes or comes by what others say now; ``because`` of a response, by raw id."""
    if others:
        connection.execute("DELETE FROM _touched")
        connection.execute(texts.fill("again", "unique"), {"ids": list(others), "because": because})
        refold(connection, texts, cause=cause, cause_id=cause_id, remember=remember, anew=False)
