"""
Constraints over lines: which rows have to be weighed again, and what was found of each.

Triggers on the canonical tables of a row and of its lines note whose rows changed, in the transaction
that changes them: whichever road writes, none is passed over, and a crash loses none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, Protocol
from uuid import UUID

from engine.records.shapes import EntityShape
from engine.store.database import Connection
from engine.store.entities import canonical, quoted
from engine.store.numbering import entity_id

_CHUNK: Final = 1_000
"""Rows that are weighed together, with all of their lines."""

_NEWS: Final = {
    "insert": "REFERENCING NEW TABLE AS _new",
    "update": "REFERENCING OLD TABLE AS _old NEW TABLE AS _new",
    "delete": "REFERENCING OLD TABLE AS _old",
}

Texts = Mapping[str, str | None]
"""A row: column → PostgreSQL's text, booleans as COPY has them."""


class Weigher(Protocol):
    """A constraint over lines."""

    @property
    def name(self) -> str:
        """What letters call it."""

    @property
    def lines(self) -> str:
        """The entity of the lines."""

    @property
    def by(self) -> str:
        """Its column that refers to the row."""

    def fault(self, row: Texts, lines: Sequence[Texts]) -> str | None:
        """What is wrong; None where it holds."""


def watch(connection: Connection, shapes: Mapping[str, EntityShape], changed: Collection[str]) -> None:
    """Note from now on what changes under constraints over lines; does not commit.

    Of an entity that is new to it, or among ``changed``, all rows are noted.
    """
    for shape in shapes.values():
        number = entity_id(connection, shape.name) if shape.over else 0
        new = shape.name in changed and bool(shape.over)
        for each in shape.over:
            if each.lines in shapes:
                new |= _noted(connection, shape.name, "id", number)
                new |= _noted(connection, each.lines, each.by, number)
        if new:
            connection.execute(
                f"INSERT INTO syncline.unweighed (entity, id) SELECT %s, id FROM {canonical(shape.name)}",
                [number],
            )


def _noted(connection: Connection, entity: str, column: str, number: int) -> bool:
    """Make the triggers of one table, where they are missing; whether they were."""
    table = canonical(entity)
    name = f"note_{number}_{sha256(column.encode()).hexdigest()[:8]}"
    there = connection.execute(
        "SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s", [table, f"{name}_insert"]
    ).fetchone()
    if there is not None:
        return False
    for event, news in _NEWS.items():
        connection.execute(
            f"CREATE TRIGGER {quoted(f'{name}_{event}')} AFTER {event.upper()} ON {table} {news}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION syncline.note_rows('{number}', '{column}')"
        )
    if column != "id":
        index = f"{entity[:40]}_{sha256(column.encode()).hexdigest()[:8]}_lines"
        connection.execute(f"CREATE INDEX IF NOT EXISTS {quoted(index)} ON {table} ({quoted(column)})")
    return True


def weigh(
    connection: Connection,
    shape: EntityShape,
    shapes: Mapping[str, EntityShape],
    checks: Sequence[Weigher],
) -> None:
    """Hold the rows that were noted against constraints over their lines; does not commit."""
    number = entity_id(connection, shape.name)
    noted = connection.execute("DELETE FROM syncline.unweighed WHERE entity = %s RETURNING id", [number])
    ids = sorted({of for (of,) in noted})
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        rows = {of: own[0] for of, own in texts_by(connection, shape, "id", chunk).items()}
        found = []
        for check in checks:
            lines = texts_by(connection, shapes[check.lines], check.by, chunk)
            for of, row in rows.items():
                message = check.fault(row, lines.get(of, ()))
                if message is not None:
                    found.append((of, check.name, message))
        connection.execute(
            "DELETE FROM syncline.broken WHERE entity = %s AND id = ANY (%s::uuid[])", [number, chunk]
        )
        connection.execute(
            "INSERT INTO syncline.broken (entity, id, name, message)"
            " SELECT %s, x.id, x.name, x.message FROM unnest(%s::uuid[], %s::text[], %s::text[])"
            " x(id, name, message)",
            [number, *map(list, zip(*found, strict=True))] if found else [number, [], [], []],
        )


def texts_by(
    connection: Connection, shape: EntityShape, column: str, of: Sequence[UUID]
) -> dict[UUID, list[Texts]]:
    """Canonical rows by the id in one of their columns, in the order of their own."""
    columns = [each for field in shape.fields for each in field.columns]
    texts = ", ".join(
        f"left(o.{quoted(name)}::text, 1)" if kind == "boolean" else f"o.{quoted(name)}::text"
        for name, kind in columns
    )
    rows: Any = connection.execute(
        f"SELECT o.{quoted(column)}, {texts} FROM {canonical(shape.name)} o"
        f" WHERE o.{quoted(column)} = ANY (%s::uuid[]) ORDER BY o.id",
        [list(of)],
    )
    names = [name for name, _ in columns]
    found: dict[UUID, list[Texts]] = defaultdict(list)
    for which, *values in rows:
        found[which].append(dict(zip(names, values, strict=True)))
    return found
