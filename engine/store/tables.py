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

SCHEMA = "syncline"

metadata = MetaData(schema=SCHEMA)

_WHEN = DateTime(timezone=True)
_KEY = Text(collation="C")


def _column(name: str, kind: Any, **more: Any) -> Column[Any]:
    more.setdefault("nullable", False)
    return Column(name, kind, **more)


def _key(*names: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*names)


# Dictionaries: names are long and rows are many ------------------------------------------------------

source = Table(
    "source",
    metadata,
    _column("id", SmallInteger, server_default=Identity(always=True), primary_key=True),
    _column("name", Text, unique=True),
)
stream = Table(
    "stream",
    metadata,
    _column("id", Integer, server_default=Identity(always=True), primary_key=True),
    _column("source", SmallInteger),
    _column("name", Text),
    UniqueConstraint("source", "name"),
)
entity = Table(
    "entity",
    metadata,
    _column("id", SmallInteger, server_default=Identity(always=True), primary_key=True),
    _column("name", Text, unique=True),
    _column("shape", JSONB, nullable=True),  # what its tables were last made for
    _column("rebuilding", Boolean, server_default=text("false")),  # its projection is being made anew
)
mapping = Table(
    "mapping",
    metadata,
    _column("id", Integer, server_default=Identity(always=True), primary_key=True),
    _column("name", Text, unique=True),
)

# Primary: raw, progress, decisions ------------------------------------------------------------------

raw_id = Sequence("raw_id", metadata=metadata, start=1, cache=1, data_type=BigInteger)

response = Table(
    "response",
    metadata,
    _column("month", Date),
    _column("id", BigInteger),
    _column("stream", Integer),
    _column("partition", Text),  # canonical JSON of what for_each bound, '' without
    _column("run", BigInteger),
    _column("position", BigInteger),  # of the request, from the stream's counter
    _column("request", JSONB),  # masked
    _column("status", SmallInteger),
    _column("headers", JSONB),  # allow-listed
    _column("fetched_at", _WHEN),
    _column("sha256", LargeBinary),
    _column("body_month", Date),
    _column("length", BigInteger),  # of the body as kept
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
body = Table(
    "body",
    metadata,
    _column("month", Date),
    _column("sha256", LargeBinary),
    _column("bytes", LargeBinary),  # zstd level 1; STORAGE EXTERNAL, compressed once is enough
    _column("altered", SmallInteger),
    _key("month", "sha256"),
    postgresql_partition_by="RANGE (month)",
)
run = Table(
    "run",
    metadata,
    _column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    _column("stream", Integer),
    _column("kind", Text),
    _column("versions", JSONB),  # mapping -> activation
    _column("position", BigInteger),  # of the stream's counter when it started
    _column("started", _WHEN),
    _column("ended", _WHEN, nullable=True),
    _column("complete", Boolean, nullable=True),
    _column("proof", JSONB, nullable=True),
    Index("run_stream", "stream", "id"),
)
progress = Table(
    "progress",
    metadata,
    _column("stream", Integer),
    _column("partition", Text),
    _column("watermark", JSONB, nullable=True),  # {value, type}
    _column("next_position", BigInteger, nullable=True),  # the stream's counter; on partition '' only
    _key("stream", "partition"),
)
progress_window = Table(
    "progress_window",
    metadata,
    _column("stream", Integer),
    _column("partition", Text),
    _column("lower", Text),  # '' for a window without a lower bound
    _column("upper", Text, nullable=True),
    _column("resume", JSONB, nullable=True),
    _column("closed", Boolean),
    _key("stream", "partition", "lower"),
)
version = Table(
    "version",
    metadata,
    _column("id", Integer, server_default=Identity(always=True), primary_key=True),
    _column("fingerprint", Text, unique=True),
    _column("text", Text),
)
activation = Table(
    "activation",
    metadata,
    _column("n", Integer, primary_key=True, autoincrement=False),  # grows with each flip, in commit order
    _column("mapping", Integer),
    _column("version", Integer),
    _column("at", _WHEN, server_default=text("now()")),
    Index("activation_mapping", "mapping", "n"),
)
identity_key = Table(
    "identity_key",
    metadata,
    _column("entity", SmallInteger),
    _column("kind", SmallInteger),
    _column("value", _KEY),
    _column("entity_id", Uuid, nullable=True),  # null where the value is disabled and held by nobody
    _column("disabled", Boolean, server_default=text("false")),
    _key("entity", "kind", "value"),
    Index("identity_key_entity_id", "entity_id"),
)
identity_decision = Table(
    "identity_decision",
    metadata,
    _column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    _column("entity", SmallInteger),
    _column("what", Text),  # join, merge, refuse
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
dead_letter_decision = Table(
    "dead_letter_decision",
    metadata,
    _column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    _column("mapping", Integer),
    _column("source", SmallInteger),
    _column("stream", Integer),
    _column("subject", _KEY),
    _column("raw_id", BigInteger),
    _column("what", Text),  # retry, discard
    _column("who", Text, nullable=True),
    _column("at", _WHEN, server_default=text("now()")),
    Index("dead_letter_decision_subject", "mapping", "source", "stream", "subject"),
)
redirect = Table(
    "redirect",
    metadata,
    _column("old", Uuid, primary_key=True),
    _column("new", Uuid),
    _column("decision", BigInteger),
    Index("redirect_new", "new"),
)
tombstone = Table(
    "tombstone",
    metadata,
    _column("source", SmallInteger),
    _column("stream", Integer),
    _column("key", _KEY),
    _column("run", BigInteger),
    _column("position", BigInteger),
    _key("source", "stream", "key", "run"),
)

# Projection -----------------------------------------------------------------------------------------

ledger = Table(
    "ledger",
    metadata,
    _column("raw_id", BigInteger),
    _column("mapping", Integer),
    _column("activation", Integer),
    _column("records", Integer),
    _column("changed", Integer),
    _column("same", Integer),
    _column("stale", Integer),
    _column("filtered", Integer),
    _column("dead", Integer),
    _column("twin", BigInteger, nullable=True),  # skipped unchanged: the response that was loaded
    _column("keys", LargeBinary, nullable=True),  # 8-byte hashes; null with a twin, whose keys hold
    # A response can be a twin's ground only while every contribution that rests on it, or that it
    # found to be the same, still rests where it did. `rests` names the other responses that its same
    # records rest on, `resting` counts contributions (without tombstones) on all of them and on this
    # one after the load. A response only ever loses contributions: an equal count means none moved.
    _column("rests", ARRAY(BigInteger), server_default=text("'{}'")),
    _column("resting", Integer, nullable=True),
    _key("raw_id", "mapping", "activation"),
    CheckConstraint("records = changed + same + stale + filtered + dead", name="ledger_sum"),
)
dead_letter = Table(
    "dead_letter",
    metadata,
    _column("mapping", Integer),
    _column("source", SmallInteger),
    _column("stream", Integer),
    _column("subject", _KEY),  # the record's key, or its place in its response
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
open_ref = Table(
    "open_ref",
    metadata,
    _column("entity", SmallInteger),
    _column("id", Uuid),
    _column("field", Text),
    _column("source", SmallInteger),
    _column("stream", Integer),
    _column("key", _KEY),
    _column("by_stream", Integer),  # the contribution that refers to it
    _column("by_key", _KEY),
    _key("entity", "by_stream", "by_key", "field"),
    Index("open_ref_key", "source", "stream", "key"),
)

# Transient ------------------------------------------------------------------------------------------

lease = Table(
    "lease",
    metadata,
    _column("stream", Integer, primary_key=True, autoincrement=False),
    _column("epoch", BigInteger),
    _column("holder", Text),
    _column("backend_pid", Integer),
    _column("backend_start", _WHEN),
)
lease_beat = Table(
    "lease_beat",
    metadata,
    _column("stream", Integer, primary_key=True, autoincrement=False),
    _column("until", _WHEN),
    postgresql_with={"fillfactor": 50},
)
pending = Table(
    "pending",
    metadata,
    _column("stream", Integer),
    _column("mapping", Integer),
    _column("response", BigInteger),
    _key("stream", "mapping", "response"),
)
breaker = Table(
    "breaker",
    metadata,
    _column("name", Text, primary_key=True),  # origin and credential, hashed
    _column("started", _WHEN),  # of the window that the counts belong to
    _column("told", Integer),
    _column("failed", Integer),
    _column("open_until", _WHEN, nullable=True),  # null: closed
    _column("probe_until", _WHEN, nullable=True),  # a probe that never answers has failed
    _column("paused_until", _WHEN, nullable=True),  # the source said when to come back
)
limiter = Table(
    "limiter",
    metadata,
    _column("name", Text),
    _column("rule", Text),  # requests/seconds
    _column("holder", Text),
    _column("batch", BigInteger),  # 0: slots in a worker's hands; others: slots of requests that ended
    _column("taken", Integer),
    _column("until", _WHEN),
    _key("name", "rule", "holder", "batch"),
)
