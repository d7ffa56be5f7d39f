"""When is a version of a record dead that does not say so? Where it comes before a tombstone of its key."""

from __future__ import annotations

from engine.store.sql import statement


def buried(row: str, record: str | None = None) -> str:
    """
    A join that gives ``b.before``, the tombstones that a row comes after, and ``b.run`` of the first other.

    ``record``: of an element, where its record's key stands.
    """
    key = key_of(row, record)
    return statement("batch", "buried").format(row=row, tombstone_key=key, outlives=outlives(row))


def key_of(row: str, record: str | None) -> str:
    """What the key of a row's tombstones is."""
    if record is None:
        return f"= {row}._key"
    # One part of a key is escaped in an element's, several are escaped already.
    return f"= ANY (ARRAY[{record}, replace(replace({record}, '~1', '/'), '~0', '~')])"


def outlives(row: str) -> str:
    """Whether a row comes after a tombstone ``t``."""
    return statement("batch", "outlives").format(row=row)
