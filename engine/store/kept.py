"""
Whose words count? Those of live records, and of deleted ones whose source keeps them.

The contribution of a key that a marker ended holds what was said last, with the order key that it was said
with beside the marker's. Where an enumeration or a list ended it, its own order key is that of its words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from psycopg import sql

from engine.records.shapes import EntityShape, Feed

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


def keeps(shape: EntityShape, feed: Feed) -> bool:
    """Whether deleted records of a feed still say what they said last."""
    return feed.stream.source in shape.keeps and not feed.keyed


def marked(shape: EntityShape, feed: Feed) -> bool:
    """Whether a marker may end such a record: an element ends where its record no longer holds it."""
    return keeps(shape, feed) and not feed.opens


def says(shape: EntityShape, feed: Feed) -> str:
    """Whether a row ``w`` of a batch says something that may count, now or when its record is gone."""
    if not keeps(shape, feed):
        return "w.lives"
    return "w.fate IN (0, 2)" if feed.opens else "w.fate = 0"


def anew(shape: EntityShape, feed: Feed) -> str:
    """Whether what a known row ``w`` of a batch said before counts no more."""
    if not keeps(shape, feed):
        return "w.kind IN (3, 6, 7)"
    return "w.kind IN (3, 7)" if feed.opens else "w.kind IN (3, 7) AND w.fate <> 2"


_MARKER: Final = "excluded._fate = 2 AND excluded._record IS NULL"


def left(columns: Iterable[str], *, marked: bool) -> str:
    """
    What a newer version of a record makes of its value columns.

    Where it may be ``marked``, a marker leaves them as they were, and the first one puts the order key that
    they were said with beside its own.
    """
    if not marked:
        return "".join(f", {each} = excluded.{each}" for each in columns)
    values = (f", {each} = CASE WHEN {_MARKER} THEN o.{each} ELSE excluded.{each} END" for each in columns)
    order = (
        f", _kept_{name} = CASE WHEN {_MARKER}"
        f" THEN CASE WHEN o._fate = 2 THEN o._kept_{name} ELSE o._{name} END END"
        for name, _ in COLUMNS
    )
    return "".join((*values, *order))
