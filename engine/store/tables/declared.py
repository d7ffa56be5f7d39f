"""How is a table declared? With its kind of state, and what one row and each column of it is."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Column, DateTime, MetaData, PrimaryKeyConstraint, Table, Text
from sqlalchemy.schema import SchemaItem

SCHEMA = "syncline"
WHEN = DateTime(timezone=True)
KEY = Text(collation="C")

metadata = MetaData(schema=SCHEMA)

State = Literal["primary", "projection", "transient"]
"""*Primary* is never rebuilt, the *projection* is rebuilt at will, *transient* state may be lost."""


def table(name: str, state: State, about: str, *parts: SchemaItem, **more: Any) -> Table:
    """A table: what kind of state it holds, and what one row of it is, for the reference."""
    return Table(name, metadata, *parts, info={"state": state, "about": about}, **more)


def column(name: str, kind: Any, about: str = "", **more: Any) -> Column[Any]:
    """A column, not null unless it is said; ``about``: what stands in it, where its name does not say it."""
    more.setdefault("nullable", False)
    return Column(name, kind, info={"about": about}, **more)


def key(*names: str) -> PrimaryKeyConstraint:
    """The primary key, in the order of its index."""
    return PrimaryKeyConstraint(*names)
