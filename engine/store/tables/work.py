"""Who works on what, what waits, and what may be sent? It may be lost."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, Text, text

from engine.store.tables.declared import WHEN, column, key, table

lease = table(
    "lease",
    "transient",
    "Who may write for a stream; the epoch fences off everybody before.",
    column("stream", Integer, primary_key=True, autoincrement=False),
    column("epoch", BigInteger),
    column("holder", Text),
    column("backend_pid", Integer),
    column("backend_start", WHEN),
)
lease_beat = table(
    "lease_beat",
    "transient",
    "Until when a lease holds; a row of its own, which heartbeats may touch.",
    column("stream", Integer, primary_key=True, autoincrement=False),
    column("until", WHEN),
    postgresql_with={"fillfactor": 50},
)
pending = table(
    "pending",
    "transient",
    "A response that a mapping has to make canonical still: kept with raw, gone with the rows.",
    column("stream", Integer),
    column("mapping", Integer),
    column("response", BigInteger),
    key("stream", "mapping", "response"),
)
parked = table(
    "parked",
    "transient",
    "A mapping that waits, because too many records of a stream do not fit it; raw is kept meanwhile.",
    column("stream", Integer),
    column("mapping", Integer),
    column("activation", Integer, about="another one is tried at once"),
    column("records", Integer, about="that the run had loaded by then"),
    column("dead", Integer, about="those of them that became dead letters"),
    column("since", WHEN, server_default=text("now()")),
    key("stream", "mapping"),
)
breaker = table(
    "breaker",
    "transient",
    "How an origin is doing, over all workers.",
    column("name", Text, primary_key=True, about="origin and credential, hashed"),
    column("started", WHEN, about="of the window that the counts belong to"),
    column("told", Integer),
    column("failed", Integer),
    column("open_until", WHEN, nullable=True, about="null: closed"),
    column("probe_until", WHEN, nullable=True, about="a probe that never answers has failed"),
    column("paused_until", WHEN, nullable=True, about="the source said when to come back"),
)
limiter = table(
    "limiter",
    "transient",
    "Requests that workers may send, or sent, under one limit of a source.",
    column("name", Text),
    column("rule", Text, about="requests/seconds"),
    column("holder", Text),
    column("batch", BigInteger, about="0: slots in a worker's hands; others: slots of requests that ended"),
    column("taken", Integer),
    column("until", WHEN),
    key("name", "rule", "holder", "batch"),
)
