"""Rows that the fold made and nobody may see yet: a reference that must lead somewhere leads nowhere."""

from __future__ import annotations

from engine.store.database import Connection
from engine.store.entities import quoted
from engine.store.statements import Statements


def withhold(connection: Connection, texts: Statements) -> None:
    """Take from the rows about to be written those that wait; what stood of them leaves as one that ends."""
    lacking = " OR ".join(f"f.{quoted(field.columns[0][0])} IS NULL" for field in texts.shape.awaited)
    connection.execute(texts.fill("withhold", lacking=lacking))
    connection.execute(texts.fill("withheld"))
