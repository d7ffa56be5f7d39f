"""
How old is what a contribution says? The texts that the fold, and who explains it, put into statements.

An age is the recorded time of the entity less the time at which the contribution was confirmed last. Both
are rows of primary state and no clock's: a fold of the same rows gives the same at any time.
"""

from __future__ import annotations

from psycopg import sql

from engine.store.sql import statement


def recorded(entity: str) -> str:
    """The time that ages are held against; null where none has passed yet."""
    return statement("ages", "recorded").format(name=sql.Literal(entity).as_string())


def confirmed(entity: str, row: str) -> str:
    """When the contribution in ``row`` was confirmed last; null where that is not known yet: it is young."""
    return statement("ages", "confirmed").format(name=sql.Literal(entity).as_string(), row=row)


def age(entity: str, row: str) -> str:
    """The age of the contribution in ``row``, in seconds; null is young."""
    return f"extract(epoch FROM {recorded(entity)} - {confirmed(entity, row)})"
