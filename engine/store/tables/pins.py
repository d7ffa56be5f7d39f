"""What do people hold fast, whatever records say?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from engine.store.tables.declared import WHEN, column, table

pin = table(
    "pin",
    "primary",
    "A field of one entity that a person holds to a value, above all that records say.",
    column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    column("entity", SmallInteger),
    column("entity_id", Uuid, about="as it was pinned; redirects lead on"),
    column("field", Text),
    column("texts", JSONB, about="PostgreSQL's text of each of the field's columns"),
    column("why", Text),
    column("who", Text, nullable=True),
    column("at", WHEN, server_default=text("now()")),
    column("until", WHEN, nullable=True, about="from then on the next run lifts it"),
    column("lifted", WHEN, nullable=True, about="when it was over; null while it stands"),
    column("lifted_by", Text, nullable=True),
    column("lifted_why", Text, nullable=True),
    Index("pin_entity", "entity"),
    Index("pin_entity_id", "entity_id", postgresql_where=text("lifted IS NULL")),
)
