"""Rows that the fold made and nobody may see: they wait for a reference, or an older one says the same."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from engine.store import uniques
from engine.store.database import Connection
from engine.store.entities import quoted
from engine.store.statements import Statements


def withhold(connection: Connection, texts: Statements, *, anew: bool = True) -> Sequence[UUID]:
    """
    Take from the rows about to be written those that wait; what stood of them leaves as one that ends.

    Entities beside them that have to be folded again by what these say now; ``anew`` where they may say
    something else than before.
    """
    others: Sequence[UUID] = ()
    if texts.shape.unique:
        others = uniques.weigh(connection, texts) if anew else ()
        uniques.withhold(connection, texts)
    lacking = [f"f.{quoted(field.columns[0][0])} IS NULL" for field in texts.shape.awaited]
    if lacking:
        connection.execute(texts.fill("withhold", lacking=" OR ".join(lacking)))
    connection.execute(texts.fill("withheld"))
    return others
