"""Settings that a statement needs from the planner, which knows nothing of tables made a moment ago."""

from __future__ import annotations

_CHOICES = ("hashjoin", "mergejoin", "seqscan", "bitmapscan", "material")


def _set(value: str) -> str:
    return "; ".join(f"SET LOCAL enable_{choice} = {value}" for choice in _CHOICES)


INDEXED = _set("off")
"""From the stage into large tables: by their indexes, whatever the estimates say."""

STAGED = _set("on")
"""Among temporary tables, which have no indexes: hashed, or the statement is quadratic."""

PROBING = f"{INDEXED}; SET LOCAL enable_hashjoin = on"
"""Temporary tables hashed with one another; what comes of it is looked up in large ones by their indexes."""
