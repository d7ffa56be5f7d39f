"""
Which tables are the engine's own? Schema ``syncline``, as SQLAlchemy metadata.

Migrations are compared with it and tests read it; the rooms speak SQL. Tables that hold users' fields
(``canonical.<e>``, its history, ``contribution_<e>``) are made from entities, not here.
"""

from __future__ import annotations

from engine.store.tables import ages, identity, names, outcomes, pins, received, work
from engine.store.tables.declared import SCHEMA, metadata

__all__ = ["SCHEMA", "ages", "identity", "metadata", "names", "outcomes", "pins", "received", "work"]
