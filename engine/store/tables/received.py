"""What came, and how far is each stream read? Never rebuilt: everything else is made from it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from engine.records.received import NO_VERSION
from engine.store.tables.declared import KEY, WHEN, column, key, metadata, table

raw_id = Sequence("raw_id", metadata=metadata, start=1, cache=1, data_type=BigInteger)

response = table(
    "response",
    "primary",
    "An answer as received: what was asked, when, and how its body can be read.",
    column("month", Date),
    column("id", BigInteger),
    column("stream", Integer),
    column("partition", Text, about="canonical JSON of what for_each bound, '' without"),
    column("run", BigInteger),
    column("position", BigInteger, about="of the request, from the stream's counter"),
    column("request", JSONB, about="masked"),
    column("status", SmallInteger),
    column("headers", JSONB, about="allow-listed"),
    column("fetched_at", WHEN),
    column("sha256", LargeBinary),
    column("body_month", Date),
    column("length", BigInteger, about="of the body as kept"),
    column("wire_length", BigInteger),
    column("coding", Text),
    column("records", Integer),
    column("verdict", SmallInteger),
    key("id", "month"),  # id first: one probe a partition finds a response by its id alone
    Index("response_stream_position", "stream", "position"),
    Index("response_stream_sha256", "stream", "sha256"),  # twins
    Index("response_run", "run"),
    postgresql_partition_by="RANGE (month)",
)
body = table(
    "body",
    "primary",
    "The bytes of answers, kept once a month however often they came.",
    column("month", Date),
    column("sha256", LargeBinary),
    column("bytes", LargeBinary, about="zstd level 1; STORAGE EXTERNAL, compressed once is enough"),
    column("altered", SmallInteger),
    key("month", "sha256"),
    postgresql_partition_by="RANGE (month)",
)
run = table(
    "run",
    "primary",
    "One reading of a stream, and the proof of how complete it was.",
    column("id", BigInteger, server_default=Identity(always=True), primary_key=True),
    column("stream", Integer),
    column("kind", Text),
    column("versions", JSONB, about="mapping -> activation"),
    column("position", BigInteger, about="of the stream's counter when it started"),
    column("started", WHEN),
    column("ended", WHEN, nullable=True),
    column("complete", Boolean, nullable=True),
    column("proof", JSONB, nullable=True),
    Index("run_stream", "stream", "id"),
)
progress = table(
    "progress",
    "primary",
    "How far one partition of a stream is known complete.",
    column("stream", Integer),
    column("partition", Text),
    column("watermark", JSONB, nullable=True, about="{value, type}"),
    column("next_position", BigInteger, nullable=True, about="the stream's counter; on partition '' only"),
    key("stream", "partition"),
)
progress_window = table(
    "progress_window",
    "primary",
    "A window that a run was cut off in, and how to go on.",
    column("stream", Integer),
    column("partition", Text),
    column("lower", Text, about="'' for a window without a lower bound"),
    column("upper", Text, nullable=True),
    column("resume", JSONB, nullable=True),
    column("closed", Boolean),
    key("stream", "partition", "lower"),
)
tombstone = table(
    "tombstone",
    "primary",
    "A record that a complete reading no longer held, or that a list of deletes names.",
    column("source", SmallInteger),
    column("stream", Integer),
    column("key", KEY),
    column("run", BigInteger),
    column("position", BigInteger),
    column("raw_id", BigInteger, nullable=True, about="of the response that lists it"),
    column("said", BigInteger, server_default=text(f"{NO_VERSION}"), about="when, as a version of the list"),
    column("ordered", Boolean, server_default=text("false"), about="a version of the record, too"),
    key("source", "stream", "key", "run", "said"),
    Index("tombstone_raw_id", "raw_id", postgresql_where=text("raw_id IS NOT NULL")),
)
