"""What do the numbers in other tables stand for? Names and versions are long, and rows are many."""

from __future__ import annotations

from sqlalchemy import Boolean, Identity, Index, Integer, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from engine.store.tables.declared import WHEN, column, table

source = table(
    "source",
    "primary",
    "A name of an installed connector.",
    column("id", SmallInteger, server_default=Identity(always=True), primary_key=True),
    column("name", Text, unique=True),
)
stream = table(
    "stream",
    "primary",
    "A name of a kind of record in a source.",
    column("id", Integer, server_default=Identity(always=True), primary_key=True),
    column("source", SmallInteger),
    column("name", Text),
    UniqueConstraint("source", "name"),
)
entity = table(
    "entity",
    "primary",
    "A name of an entity, and what its tables were made for.",
    column("id", SmallInteger, server_default=Identity(always=True), primary_key=True),
    column("name", Text, unique=True),
    column("shape", JSONB, nullable=True, about="what its tables were last made for"),
    column("history_since", WHEN, nullable=True, about="former rows from before are gone"),
    column(
        "recorded_at", WHEN, nullable=True, about="what ages are held against: the newest sync's beginning"
    ),
    column("rebuilding", Boolean, server_default=text("false"), about="its projection is being made anew"),
)
mapping = table(
    "mapping",
    "primary",
    "A name of a mapping, connector/name.",
    column("id", Integer, server_default=Identity(always=True), primary_key=True),
    column("name", Text, unique=True),
)
version = table(
    "version",
    "primary",
    "The files that a program was compiled from, by its fingerprint.",
    column("id", Integer, server_default=Identity(always=True), primary_key=True),
    column("fingerprint", Text, unique=True),
    column("text", Text),
)
activation = table(
    "activation",
    "primary",
    "A version of a mapping that became the active one.",
    column(
        "n", Integer, primary_key=True, autoincrement=False, about="grows with each flip, in commit order"
    ),
    column("mapping", Integer),
    column("version", Integer),
    column("at", WHEN, server_default=text("now()")),
    Index("activation_mapping", "mapping", "n"),
)
