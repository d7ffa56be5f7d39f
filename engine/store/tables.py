"""
The engine's own tables, schema ``syncline``, as SQLAlchemy metadata.

Migrations are compared with it and tests read it; the rooms speak SQL. Three kinds of state:
*primary* is never rebuilt, the *projection* is rebuilt at will, *transient* state may be lost.
Tables that hold users' fields (``canonical.<e>``, its history, ``contribution_<e>``) are made from
entities, not here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

SCHEMA = "syncline"

metadata = MetaData(schema=SCHEMA)

_WHEN = DateTime(timezone=True)
_KEY = Text(collation="C")


def _table(name: str, state: str, about: str, *parts: SchemaItem, **more: Any) -> Table:
    """A table: what kind of state it holds, and what one row of it is, for the reference."""
    return Table(name, metadata, *parts, info={"state": state, "about": about}, **more)


def _column(name: str, kind: Any, about: str = "", **more: Any) -> Column[Any]:
    more.setdefault("nullable", False)
    return Column(name, kind, info={"about": about}, **more)


def _key(*names: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*names)


# Dictionaries: names are long and rows are many ------------------------------------------------------

source = _table(
    "source",
    "primary",
    "A name of an installed connector.",
    _column("id", SmallInteger, server_default=Identity(always=True), primary_key=True),
    _column("name", Text, unique=True),
)
stream = _table(
    "stream",
    "primary",
    "A name of a kind of record in a source.",
    _column("id", Integer, server_default=Identity(always=True), primary_key=True),
    _column("source", SmallInteger),
    _column("name", Text),
    UniqueConstraint("source", "name"),
)
entity = _table(
    "entity",
    "primary",
    "A name of an entity, and what its tables were made for.",
    _column("id", SmallInteger, server_default=Identity(always=True), primary_key=True),
    _column("name", Text, unique=True),
    _column("shape", JSONB, nullable=True, about="what its tables were last made for"),
    _column("rebuilding", Boolean, server_default=text("false"), about="its projection is being made anew"),
)
mapping = _table(
    "mapping",
    "primary",
    "A name of a mapping, connector/name.",
    _column("id", Integer, server_default=Identity(always=True), primary_key=True),
    _column("name", Text, unique=True),
)

# Primary: raw, progress, decisions ------------------------------------------------------------------

raw_id = Sequence("raw_id", metadata=metadata, start=1, cache=1, data_type=BigInteger)

response = _table(
    "response",
    "primary",
    "An answer as received: what was asked, when, and how its body can be read.",
    _column("month", Date),
    _column("id", BigInteger),
    _column("stream", Integer),
    _column("partition", Text, about="canonical JSON of what for_each bound, '' without"),
    _column("run", BigInteger),
    _column("position", BigInteger, about="of the request, from the stream's counter"),
    _column("request", JSONB, about="masked"),
    _column("status", SmallInteger),
    _column("headers", JSONB, about="allow-listed"),
    _column("fetched_at", _WHEN),
    _column("sha256", LargeBinary),
    _column("body_month", Date),
    _column("length", BigInteger, about="of the body as kept"),
    _column("wire_length", BigInteger),
    _column("coding", Text),
    _column("records", Integer),
    _column("verdict", SmallInteger),
    _key("id", "month"),  # id first: one probe a partition finds a response by its id alone
    Index("response_stream_position", "stream", "position"),
    Index("response_stream_sha256", "stream", "sha256"),  # twins
    Index("response_run", "run"),
    postgresql_partition_by="RANGE (month)",
)
body = _table(
    "body",
    "primary",
    "The bytes of answers, kept once a month however often they came.",
    _column("month", Date),
    _column("sha256", LargeBinary),
    _column("bytes", LargeBinary, about="zstd level 1; STORAGE EXTERNAL, compressed once is enough"),
    _column("altered", SmallInteger),
    _key("month", "sha256"),
    postgresql_partition_by="RANGE (month)",
)
run = _table(
    "run",
    "primary",
    "One reading of a stream, and the proof of how complete it was.",
    _column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    _column("stream", Integer),
    _column("kind", Text),
    _column("versions", JSONB, about="mapping -> activation"),
    _column("position", BigInteger, about="of the stream's counter when it started"),
    _column("started", _WHEN),
    _column("ended", _WHEN, nullable=True),
    _column("complete", Boolean, nullable=True),
    _column("proof", JSONB, nullable=True),
    Index("run_stream", "stream", "id"),
)
progress = _table(
    "progress",
    "primary",
    "How far one partition of a stream is known complete.",
    _column("stream", Integer),
    _column("partition", Text),
    _column("watermark", JSONB, nullable=True, about="{value, type}"),
    _column("next_position", BigInteger, nullable=True, about="the stream's counter; on partition '' only"),
    _key("stream", "partition"),
)
progress_window = _table(
    "progress_window",
    "primary",
    "A window that a run was cut off in, and how to go on.",
    _column("stream", Integer),
    _column("partition", Text),
    _column("lower", Text, about="'' for a window without a lower bound"),
    _column("upper", Text, nullable=True),
    _column("resume", JSONB, nullable=True),
    _column("closed", Boolean),
    _key("stream", "partition", "lower"),
)
version = _table(
    "version",
    "primary",
    "The files that a program was compiled from, by its fingerprint.",
    _column("id", Integer, server_default=Identity(always=True), primary_key=True),
    _column("fingerprint", Text, unique=True),
    _column("text", Text),
)
activation = _table(
    "activation",
    "primary",
    "A version of a mapping that became the active one.",
    _column(
        "n", Integer, primary_key=True, autoincrement=False, about="grows with each flip, in commit order"
    ),
    _column("mapping", Integer),
    _column("version", Integer),
    _column("at", _WHEN, server_default=text("now()")),
    Index("activation_mapping", "mapping", "n"),
)
identity_key = _table(
    "identity_key",
    "primary",
    "Who holds an identity value, while a live record of theirs says it.",
    _column("entity", SmallInteger),
    _column("kind", SmallInteger),
    _column("value", _KEY),
    _column("entity_id", Uuid, nullable=True, about="null where the value is disabled and held by nobody"),
    _column("disabled", Boolean, server_default=text("false")),
    _key("entity", "kind", "value"),
    Index("identity_key_entity_id", "entity_id"),
)
identity_decision = _table(
    "identity_decision",
    "primary",
    "A join, a merge or a refused join, with the record that showed it.",
    _column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    _column("entity", SmallInteger),
    _column("what", Text, about="join, merge, refuse"),
    _column("source", SmallInteger, nullable=True),
    _column("stream", Integer, nullable=True),
    _column("key", _KEY, nullable=True),
    _column("kind", SmallInteger, nullable=True),
    _column("value", _KEY, nullable=True),
    _column("entity_id", Uuid),
    _column("other_id", Uuid, nullable=True),
    _column("raw_id", BigInteger, nullable=True),
    _column("why", Text, nullable=True),
    _column("at", _WHEN, server_default=text("now()")),
    Index("identity_decision_entity", "entity", "entity_id"),
)
dead_letter_decision = _table(
    "dead_letter_decision",
    "primary",
    "What a person decided on a dead letter.",
    _column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    _column("mapping", Integer),
    _column("source", SmallInteger),
    _column("stream", Integer),
    _column("subject", _KEY),
    _column("raw_id", BigInteger),
    _column("what", Text, about="retry, discard"),
    _column("who", Text, nullable=True),
    _column("at", _WHEN, server_default=text("now()")),
    Index("dead_letter_decision_subject", "mapping", "source", "stream", "subject"),
)
redirect = _table(
    "redirect",
    "primary",
    "An entity that was merged into another: the old id leads to the new.",
    _column("old", Uuid, primary_key=True),
    _column("new", Uuid),
    _column("decision", BigInteger),
    Index("redirect_new", "new"),
)
tombstone = _table(
    "tombstone",
    "primary",
    "A record that a complete reading no longer held.",
    _column("source", SmallInteger),
    _column("stream", Integer),
    _column("key", _KEY),
    _column("run", BigInteger),
    _column("position", BigInteger),
    _key("source", "stream", "key", "run"),
)

# Projection -----------------------------------------------------------------------------------------

ledger = _table(
    "ledger",
    "projection",
    "What became of a response's records under one mapping.",
    _column("raw_id", BigInteger),
    _column("mapping", Integer),
    _column("activation", Integer),
    _column("records", Integer),
    _column("changed", Integer),
    _column("same", Integer),
    _column("stale", Integer),
    _column("filtered", Integer),
    _column("dead", Integer),
    _column("twin", BigInteger, nullable=True, about="skipped unchanged: the response that was loaded"),
    _column("keys", LargeBinary, nullable=True, about="8-byte hashes; null with a twin, whose keys hold"),
    # A response can be a twin's ground only while every contribution that rests on it, or that it
    # found to be the same, still rests where it did. `rests` names the other responses that its same
    # records rest on, `resting` counts contributions (without tombstones) on all of them and on this
    # one after the load. A response only ever loses contributions: an equal count means none moved.
    _column("rests", ARRAY(BigInteger), server_default=text("'{}'")),
    _column("resting", Integer, nullable=True),
    _key("raw_id", "mapping", "activation"),
    CheckConstraint("records = changed + same + stale + filtered + dead", name="ledger_sum"),
)
patch = _table(
    "patch",
    "projection",
    "A record of a stream of patches, until newer ones have said all that it says.",
    _column("mapping", Integer),
    _column("stream", Integer),
    _column("key", _KEY),
    _column("position", BigInteger, about="of the request"),
    _column("place", Integer, about="of the record in its response"),
    _column("version", BigInteger),
    _column("raw_id", BigInteger),
    _column("activation", Integer),
    _column("fate", SmallInteger, about="0 says, 2 deleted, 4 a dead letter"),
    _column("founded", BigInteger, about="when its response, or an earlier one of the key, was fetched; ms"),
    _column("says", JSONB, about="column -> text, null for what it clears"),
    _key("mapping", "stream", "key", "position", "place"),
)
dead_letter = _table(
    "dead_letter",
    "projection",
    "A record that could not become canonical, with every reason.",
    _column("mapping", Integer),
    _column("source", SmallInteger),
    _column("stream", Integer),
    _column("subject", _KEY, about="the record's key, or its place in its response"),
    _column("key", _KEY, nullable=True),
    _column("raw_id", BigInteger),
    _column("place", Integer),
    _column("version", BigInteger),
    _column("position", BigInteger),
    _column("stage", Text),
    _column("problems", JSONB),
    _column("activation", Integer),
    _column("first", _WHEN),
    _column("last", _WHEN),
    _column("attempts", Integer),
    _column("state", Text),
    _key("mapping", "source", "stream", "subject"),
    Index("dead_letter_raw_id", "raw_id"),
)
open_ref = _table(
    "open_ref",
    "projection",
    "A reference to a record that has not come yet.",
    _column("entity", SmallInteger),
    _column("id", Uuid),
    _column("field", Text),
    _column("source", SmallInteger),
    _column("stream", Integer),
    _column("key", _KEY),
    _column("by_stream", Integer, about="the contribution that refers to it"),
    _column("by_key", _KEY),
    _key("entity", "by_stream", "by_key", "field"),
    Index("open_ref_key", "source", "stream", "key"),
)
identity_ref = _table(
    "identity_ref",
    "projection",
    "A reference by an identity value: to whoever holds it now.",
    _column("entity", SmallInteger),
    _column("field", Text),
    _column("by_source", SmallInteger, about="the contribution that refers"),
    _column("by_stream", Integer),
    _column("by_key", _KEY),
    _column("target", SmallInteger, about="the entity that is referred to"),
    _column("kind", SmallInteger, about="which of its identity keys, counted from 0"),
    _column("value", _KEY, about="as `identity_key` has it"),
    _key("entity", "by_stream", "by_key", "field"),
    Index("identity_ref_value", "target", "kind", "value"),
)

# Transient ------------------------------------------------------------------------------------------

lease = _table(
    "lease",
    "transient",
    "Who may write for a stream; the epoch fences off everybody before.",
    _column("stream", Integer, primary_key=True, autoincrement=False),
    _column("epoch", BigInteger),
    _column("holder", Text),
    _column("backend_pid", Integer),
    _column("backend_start", _WHEN),
)
lease_beat = _table(
    "lease_beat",
    "transient",
    "Until when a lease holds; a row of its own, which heartbeats may touch.",
    _column("stream", Integer, primary_key=True, autoincrement=False),
    _column("until", _WHEN),
    postgresql_with={"fillfactor": 50},
)
pending = _table(
    "pending",
    "transient",
    "A response that a mapping has to make canonical still: kept with raw, gone with the rows.",
    _column("stream", Integer),
    _column("mapping", Integer),
    _column("response", BigInteger),
    _key("stream", "mapping", "response"),
)
parked = _table(
    "parked",
    "transient",
    "A mapping that waits, because too many records of a stream do not fit it; raw is kept meanwhile.",
    _column("stream", Integer),
    _column("mapping", Integer),
    _column("activation", Integer, about="another one is tried at once"),
    _column("records", Integer, about="that the run had loaded by then"),
    _column("dead", Integer, about="those of them that became dead letters"),
    _column("since", _WHEN, server_default=text("now()")),
    _key("stream", "mapping"),
)
breaker = _table(
    "breaker",
    "transient",
    "How an origin is doing, over all workers.",
    _column("name", Text, primary_key=True, about="origin and credential, hashed"),
    _column("started", _WHEN, about="of the window that the counts belong to"),
    _column("told", Integer),
    _column("failed", Integer),
    _column("open_until", _WHEN, nullable=True, about="null: closed"),
    _column("probe_until", _WHEN, nullable=True, about="a probe that never answers has failed"),
    _column("paused_until", _WHEN, nullable=True, about="the source said when to come back"),
)
limiter = _table(
    "limiter",
    "transient",
    "Requests that workers may send, or sent, under one limit of a source.",
    _column("name", Text),
    _column("rule", Text, about="requests/seconds"),
    _column("holder", Text),
    _column("batch", BigInteger, about="0: slots in a worker's hands; others: slots of requests that ended"),
    _column("taken", Integer),
    _column("until", _WHEN),
    _key("name", "rule", "holder", "batch"),
)
