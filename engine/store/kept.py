"""
Whose words count? Those of live records, and of deleted ones whose source keeps them.

The contribution of a key that a marker ended holds what was said last, with the order key that it was said
with beside the marker's. Where an enumeration or a list ended it, its own order key is that of its words.
"""

from __future__ import annotations

from typing import Final

from psycopg import sql

from engine.records.shapes import EntityShape

COLUMNS: Final = (
    ("version", "int8"),
    ("position", "int8"),
    ("raw_id", "int8"),
    ("said", "int8"),
    ("place", "int4"),
    ("activation", "int4"),
)
"""``(name, SQL type)``: of the words under a marker, beside the columns of these names; else null."""


def live(alias: str) -> str:
    """Whether a contribution is that of a live record."""
    return f"{alias}._fate = 0 AND {alias}._dead_run IS NULL"


def gone(shape: EntityShape, alias: str) -> str:
    """Whether a contribution is that of a deleted record whose words count."""
    names = ", ".join(sql.Literal(each).as_string() for each in sorted(shape.keeps))
    return (
        f"{alias}._source = ANY (ARRAY(SELECT k.id FROM syncline.source k WHERE k.name IN ({names})))"
        f" AND {alias}._fate IN (0, 2) AND NOT ({live(alias)}) AND {words(shape, alias, 'said')} <> 0"
    )


def counted(shape: EntityShape, alias: str) -> str:
    """Whether a contribution counts."""
    return f"({live(alias)} OR {gone(shape, alias)})" if shape.keeps else live(alias)


def words(shape: EntityShape, alias: str, name: str) -> str:
    """What of ``COLUMNS`` belongs to the words of a contribution, whether it lives or not."""
    plain = f"{alias}._{name}"
    return f"coalesce({alias}._kept_{name}, {plain})" if shape.keeps else plain


def under(column: str) -> str:
    """How a newer version of a record leaves a value column: a marker leaves it as it was."""
    return f"{column} = CASE WHEN excluded._fate = 2 AND excluded._record IS NULL THEN o.{column} ELSE excluded.{column} END"


def aside() -> str:
    """How a newer version leaves the order key of the words: the first marker puts it beside its own."""
    return "".join(
        f", _kept_{name} = CASE WHEN excluded._fate = 2 AND excluded._record IS NULL"
        f" THEN CASE WHEN o._fate = 2 THEN o._kept_{name} ELSE o._{name} END END"
        for name, _ in COLUMNS
    )
