"""The page of tables: the engine's own, and those that are made for each entity."""

from __future__ import annotations

from sqlalchemy import Column, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql.base import PGDialect

from engine.spec.reference import cells
from engine.store.entities import ENGINE_COLUMNS
from engine.store.tables import SCHEMA, metadata

_DIALECT = PGDialect()  # type: ignore[no-untyped-call] # SQLAlchemy's has no types

_INTRO = f"""\
# Tables

Schema `{SCHEMA}` is the engine's, `canonical` the users'. Three kinds of state:

- **primary**: never rebuilt; losing it loses something.
- **projection**: rebuilt from stored responses and the primary state, by `syncline replay --all`.
- **transient**: may be lost.

What each is for, and how they work together: [the data model](../explanation/data-model.md).
"""

_ENTITIES = """\
## Of each entity

Made from the entity's contract when something first feeds it, and widened when a field is added; any other
change is refused (`store-out-of-date`). Columns of the engine begin with `_`, which no field may.
"""

_MADE = {
    "canonical.<entity>": "What an entity is now: `id uuid`, `_won int8[]`, and a typed column for each "
    "field (for money two: the amount and its currency).",
    "canonical.<entity>_history": "What an entity was until `_until`, and why that ended: `_cause` "
    "is 1 for a response, 2 for a run that found it absent, 3 for a decision on identity, 4 for a pin, and "
    "`_cause_id` which.",
    "canonical.<entity>_provenance": "A view: for each value that is not null, the record that it came from.",
    "syncline.contribution_<entity>": "What one record of one source said last; with the typed columns of "
    "the fields where two or more streams feed the entity, or a field of one was ever pinned.",
}


def page() -> str:
    """The whole page."""
    parts = [_INTRO]
    tables = sorted(metadata.tables.values(), key=lambda each: each.name)
    for state in ("primary", "projection", "transient"):
        parts.append(f"## {state.capitalize()}\n")
        parts += [_table(each) for each in tables if each.info["state"] == state]
    rows = "\n".join(cells(f"`{name}`", said) for name, said in _MADE.items())
    parts += [f"{_ENTITIES}\n| table | a row is |\n|---|---|\n{rows}\n", _contribution()]
    return "\n".join(parts)


def _table(table: Table) -> str:
    rows = [_column(each) for each in table.columns]
    keys = next(each for each in table.constraints if isinstance(each, PrimaryKeyConstraint))
    parted = table.dialect_options["postgresql"].get("partition_by")
    said = f"Primary key: {', '.join(f'`{each.name}`' for each in keys.columns)}."
    if parted:
        said += f" Partitioned by {parted.lower()}."
    lines = [f"### `{table.name}`", "", table.info["about"], "", "| column | type | |", "|---|---|---|"]
    return "\n".join([*lines, *rows, "", said]) + "\n"


def _column(column: Column[object]) -> str:
    kind = column.type.compile(dialect=_DIALECT).replace(' COLLATE "C"', "").lower()
    about: str = column.info["about"]
    if column.nullable and not about.startswith("null"):
        about = f"null · {about}" if about else "null"
    return cells(f"`{column.name}`", kind, about)


def _contribution() -> str:
    lines = ["### `contribution_<entity>`", "", "| column | type | |", "|---|---|---|"]
    lines += [cells(f"`{name}`", kind.partition(" ")[0], about) for name, kind, about in ENGINE_COLUMNS]
    return "\n".join([*lines, "", "Primary key: `_source`, `_stream`, `_key`."]) + "\n"
