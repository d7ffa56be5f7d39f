"""What became of each response's records?"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from engine.store.tables.declared import KEY, WHEN, column, key, table

ledger = table(
    "ledger",
    "projection",
    "What became of a response's records under one mapping.",
    column("raw_id", BigInteger),
    column("mapping", Integer),
    column("activation", Integer),
    column("records", Integer),
    column("changed", Integer),
    column("same", Integer),
    column("stale", Integer),
    column("filtered", Integer),
    column("dead", Integer),
    column("twin", BigInteger, nullable=True, about="skipped unchanged: the response that was loaded"),
    column("keys", LargeBinary, nullable=True, about="8-byte hashes; null with a twin, whose keys hold"),
    # A response can be a twin's ground only while every contribution that rests on it, or that it
    # found to be the same, still rests where it did. `rests` names the other responses that its same
    # records rest on, `resting` counts contributions (without tombstones) on all of them and on this
    # one after the load. A response only ever loses contributions: an equal count means none moved.
    column("rests", ARRAY(BigInteger), server_default=text("'{}'")),
    column("resting", Integer, nullable=True),
    key("raw_id", "mapping", "activation"),
    CheckConstraint("records = changed + same + stale + filtered + dead", name="ledger_sum"),
)
patch = table(
    "patch",
    "projection",
    "A record of a stream of patches, until newer ones have said all that it says.",
    column("mapping", Integer),
    column("stream", Integer),
    column("key", KEY),
    column("position", BigInteger, about="of the request"),
    column("place", Integer, about="of the record in its response"),
    column("version", BigInteger),
    column("raw_id", BigInteger),
    column("activation", Integer),
    column("fate", SmallInteger, about="0 says, 2 deleted, 4 a dead letter"),
    column("founded", BigInteger, about="when its response, or an earlier one of the key, was fetched; ms"),
    column("says", JSONB, about="column -> text, null for what it clears"),
    key("mapping", "stream", "key", "position", "place"),
)
unweighed = table(
    "unweighed",
    "projection",
    "A row that changed, or whose lines did, since constraints over them were weighed.",
    column("entity", SmallInteger),
    column("id", Uuid),
    Index("unweighed_entity", "entity"),
)
broken = table(
    "broken",
    "projection",
    "A row that a constraint over its lines is false of.",
    column("entity", SmallInteger),
    column("id", Uuid),
    column("name", Text, about="of the constraint"),
    column("message", Text),
    key("entity", "id", "name"),
)
dead_letter = table(
    "dead_letter",
    "projection",
    "A record that could not become canonical, with every reason.",
    column("mapping", Integer),
    column("source", SmallInteger),
    column("stream", Integer),
    column("subject", KEY, about="the record's key, or its place in its response"),
    column("key", KEY, nullable=True),
    column("raw_id", BigInteger),
    column("place", Integer),
    column("version", BigInteger),
    column("position", BigInteger),
    column("stage", Text),
    column("problems", JSONB),
    column("activation", Integer),
    column("first", WHEN),
    column("last", WHEN),
    column("attempts", Integer),
    column("state", Text),
    column("hash", BigInteger, nullable=True, about="of what the record said; null of one nobody could read"),
    key("mapping", "source", "stream", "subject"),
    Index("dead_letter_raw_id", "raw_id"),
)
dead_letter_decision = table(
    "dead_letter_decision",
    "primary",
    "What a person decided on a dead letter.",
    column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    column("mapping", Integer),
    column("source", SmallInteger),
    column("stream", Integer),
    column("subject", KEY),
    column("raw_id", BigInteger),
    column("what", Text, about="retry, discard"),
    column("who", Text, nullable=True),
    column("at", WHEN, server_default=text("now()")),
    column("hash", BigInteger, nullable=True, about="as the letter had it: while it is the same, it holds"),
    Index("dead_letter_decision_subject", "mapping", "source", "stream", "subject"),
)
