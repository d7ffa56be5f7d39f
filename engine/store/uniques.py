"""
Of entities that say the same where no two may, the oldest has it; the rows of the others are withheld.

``unique_value`` keeps a digest of what each entity says, as the fold and pins leave it. So who has a
value depends on what is said and on ids, and on nothing that happened before. Writers of one entity wait
for one another: else two of them would not see what the other brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from engine.records.shapes import EntityShape
from engine.store.database import Connection
from engine.store.entities import quoted
from engine.store.numbering import entity_id
from engine.store.planner import INDEXED, PROBING, STAGED
from engine.store.sql import statement
from engine.store.statements import Statements
from engine.store.temporary import need

_UNIQUE: Final = 0x73796E66
"""Advisory locks, first key: of an entity with constraints between its rows."""


def hold(connection: Connection, texts: Statements) -> None:
    """Let no other transaction change what entities of this kind say; taken before their rows are."""
    if texts.shape.unique:
        number = entity_id(connection, texts.shape.name)
        connection.execute("SELECT pg_advisory_xact_lock(%s::int, %s::int)", [_UNIQUE, number])


def weigh(connection: Connection, texts: Statements) -> Sequence[UUID]:
    """
    Take what the rows about to be written say; entities beside them whose row has to go, or may come.

    ``_touched`` are the entities of the fold, whose rows stand in ``fresh``.
    """
    execute = connection.execute
    for table in ("said", "weighed", "clash", "turned"):
        need(connection, texts, f"pg_temp._{table}")
        execute(f"DELETE FROM _{table}")
    names = {"entity": entity_id(connection, texts.shape.name)}
    execute(INDEXED)
    execute(texts.fill("weighed", "unique"))
    execute(STAGED)
    columns = {field.name: quoted(field.columns[0][0]) for field in texts.shape.fields}
    for each in texts.shape.unique:
        own = [f"f.{columns[name]}" for name in each.fields]
        present = " AND ".join(f"{column} IS NOT NULL" for column in own)
        text = texts.fill("said", "unique", columns=", ".join(own), present=present)
        execute(text, {"name": each.name})
    for step in ("ceased", "began", "turned"):
        # Temporary tables are hashed with one another, as many as they may be.
        execute(PROBING)
        execute(texts.fill(step, "unique"), names)
    execute(INDEXED)
    execute(texts.fill("behind", "unique"), names)
    execute(STAGED)
    return [of for (of,) in execute(texts.fill("others", "unique"))]


def alike(
    connection: Connection, shape: EntityShape, of: UUID
) -> Sequence[tuple[str, tuple[str, ...], UUID]]:
    """Constraints between rows by which another entity says what this one does: name, fields and whom."""
    if not shape.unique:
        return ()
    rows = connection.execute(
        statement("unique", "alike"), {"entity": entity_id(connection, shape.name), "of": of}
    ).fetchall()
    fields = {each.name: each.fields for each in shape.unique}
    return [(name, fields[name], other) for name, other in rows if name in fields]


def withhold(connection: Connection, texts: Statements) -> None:
    """Take from the rows about to be written those that say what an older entity says."""
    connection.execute(INDEXED)
    names = {"entity": entity_id(connection, texts.shape.name)}
    connection.execute(texts.fill("withhold", "unique"), names)
    connection.execute(STAGED)
