"""Which records are one entity, and which entity does a reference mean?"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    text,
)

from engine.store.tables.declared import KEY, WHEN, column, key, table

identity_key = table(
    "identity_key",
    "primary",
    "Who holds an identity value, while a live record of theirs says it.",
    column("entity", SmallInteger),
    column("kind", SmallInteger),
    column("value", KEY),
    column("entity_id", Uuid, nullable=True, about="null where the value is disabled and held by nobody"),
    column("disabled", Boolean, server_default=text("false")),
    key("entity", "kind", "value"),
    Index("identity_key_entity_id", "entity_id"),
)
identity_decision = table(
    "identity_decision",
    "primary",
    "A merge or a refused join, with the record that showed it; or what a person decided.",
    column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    column("entity", SmallInteger),
    column("what", Text, about="merge, refuse, split, apart"),
    column("source", SmallInteger, nullable=True),
    column("stream", Integer, nullable=True),
    column("key", KEY, nullable=True),
    column("kind", SmallInteger, nullable=True),
    column("value", KEY, nullable=True),
    column("entity_id", Uuid),
    column("other_id", Uuid, nullable=True),
    column("raw_id", BigInteger, nullable=True),
    column("why", Text, nullable=True),
    column("at", WHEN, server_default=text("now()")),
    column("who", Text, nullable=True, about="null where the engine did it by itself"),
    column("undone", BigInteger, nullable=True, about="by which decision"),
    Index("identity_decision_entity", "entity", "entity_id"),
    Index(
        "identity_decision_apart",
        "entity",
        postgresql_where=text("what IN ('apart', 'split') AND undone IS NULL"),
    ),
)
identity_member = table(
    "identity_member",
    "primary",
    "A record that stood on one side of a merge or a split.",
    column("decision", BigInteger),
    column("entity_id", Uuid, about="which side"),
    column("source", SmallInteger),
    column("stream", Integer),
    column("key", KEY),
    key("decision", "entity_id", "source", "stream", "key"),
    Index("identity_member_entity_id", "entity_id"),
)
redirect = table(
    "redirect",
    "primary",
    "An entity that was merged into another: the old id leads to the new.",
    column("old", Uuid, primary_key=True),
    column("new", Uuid),
    column("decision", BigInteger),
    Index("redirect_new", "new"),
)
newcomer = table(
    "newcomer",
    "projection",
    "A record that a rebuild has met and the crosswalk did not know; it keeps its id if it lives in the end.",
    column("entity", SmallInteger),
    column("source", SmallInteger),
    column("stream", Integer),
    column("key", KEY),
    column("id", Uuid, nullable=True, about="null of the key '': the crosswalk was empty, and all are new"),
    key("entity", "source", "stream", "key"),
)
unique_value = table(
    "unique_value",
    "projection",
    "What an entity says of fields that no two of its kind may say alike.",
    column("entity", SmallInteger),
    column("id", Uuid),
    column("name", Text, about="of the constraint"),
    column("value", LargeBinary, about="sha256 of the values"),
    column("before", Uuid, nullable=True, about="an older entity that says the same: the row is withheld"),
    key("entity", "id", "name"),
    Index("unique_value_value", "entity", "name", "value", "id"),
    Index("unique_value_before", "entity", postgresql_where=text("before IS NOT NULL")),
)
open_ref = table(
    "open_ref",
    "projection",
    "A reference to a record that has not come yet.",
    column("entity", SmallInteger),
    column("id", Uuid),
    column("field", Text),
    column("source", SmallInteger),
    column("stream", Integer),
    column("key", KEY),
    column("by_stream", Integer, about="the contribution that refers to it"),
    column("by_key", KEY),
    key("entity", "by_stream", "by_key", "field"),
    Index("open_ref_key", "source", "stream", "key"),
)
identity_ref = table(
    "identity_ref",
    "projection",
    "A reference by an identity value: to whoever holds it now.",
    column("entity", SmallInteger),
    column("field", Text),
    column("by_source", SmallInteger, about="the contribution that refers"),
    column("by_stream", Integer),
    column("by_key", KEY),
    column("target", SmallInteger, about="the entity that is referred to"),
    column("kind", SmallInteger, about="which of its identity keys, counted from 0"),
    column("value", KEY, about="as `identity_key` has it"),
    key("entity", "by_stream", "by_key", "field"),
    Index("identity_ref_value", "target", "kind", "value"),
)
