"""
The first tables: raw, progress, decisions, projection, leases.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

TABLES = """
CREATE SEQUENCE syncline.raw_id;

CREATE TABLE syncline.source (
    id SMALLINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE syncline.stream (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    source SMALLINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (source, name)
);

CREATE TABLE syncline.entity (
    id SMALLINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    shape JSONB,
    rebuilding BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE syncline.mapping (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE syncline.response (
    month DATE NOT NULL,
    id BIGINT NOT NULL,
    stream INTEGER NOT NULL,
    partition TEXT NOT NULL,
    run BIGINT NOT NULL,
    position BIGINT NOT NULL,
    request JSONB NOT NULL,
    status SMALLINT NOT NULL,
    headers JSONB NOT NULL,
    fetched_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sha256 BYTEA NOT NULL,
    body_month DATE NOT NULL,
    length BIGINT NOT NULL,
    wire_length BIGINT NOT NULL,
    coding TEXT NOT NULL,
    records INTEGER NOT NULL,
    verdict SMALLINT NOT NULL,
    PRIMARY KEY (id, month)
)
 PARTITION BY RANGE (month);

CREATE INDEX response_run ON syncline.response (run);

CREATE INDEX response_stream_position ON syncline.response (stream, position);

CREATE INDEX response_stream_sha256 ON syncline.response (stream, sha256);

CREATE TABLE syncline.body (
    month DATE NOT NULL,
    sha256 BYTEA NOT NULL,
    bytes BYTEA NOT NULL,
    altered SMALLINT NOT NULL,
    PRIMARY KEY (month, sha256)
)
 PARTITION BY RANGE (month);

CREATE TABLE syncline.run (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    stream INTEGER NOT NULL,
    kind TEXT NOT NULL,
    versions JSONB NOT NULL,
    position BIGINT NOT NULL,
    started TIMESTAMP WITH TIME ZONE NOT NULL,
    ended TIMESTAMP WITH TIME ZONE,
    complete BOOLEAN,
    proof JSONB,
    PRIMARY KEY (id)
);

CREATE INDEX run_stream ON syncline.run (stream, id);

CREATE TABLE syncline.progress (
    stream INTEGER NOT NULL,
    partition TEXT NOT NULL,
    watermark JSONB,
    next_position BIGINT,
    PRIMARY KEY (stream, partition)
);

CREATE TABLE syncline.progress_window (
    stream INTEGER NOT NULL,
    partition TEXT NOT NULL,
    lower TEXT NOT NULL,
    upper TEXT,
    resume JSONB,
    closed BOOLEAN NOT NULL,
    PRIMARY KEY (stream, partition, lower)
);

CREATE TABLE syncline.version (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    fingerprint TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (fingerprint)
);

CREATE TABLE syncline.activation (
    n INTEGER NOT NULL,
    mapping INTEGER NOT NULL,
    version INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (n)
);

CREATE INDEX activation_mapping ON syncline.activation (mapping, n);

CREATE TABLE syncline.identity_key (
    entity SMALLINT NOT NULL,
    kind SMALLINT NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    entity_id UUID,
    disabled BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (entity, kind, value)
);

CREATE INDEX identity_key_entity_id ON syncline.identity_key (entity_id);

CREATE TABLE syncline.identity_decision (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    entity SMALLINT NOT NULL,
    what TEXT NOT NULL,
    source SMALLINT,
    stream INTEGER,
    key TEXT COLLATE "C",
    kind SMALLINT,
    value TEXT COLLATE "C",
    entity_id UUID NOT NULL,
    other_id UUID,
    raw_id BIGINT,
    why TEXT,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX identity_decision_entity ON syncline.identity_decision (entity, entity_id);

CREATE TABLE syncline.dead_letter_decision (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    mapping INTEGER NOT NULL,
    source SMALLINT NOT NULL,
    stream INTEGER NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    raw_id BIGINT NOT NULL,
    what TEXT NOT NULL,
    who TEXT,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX dead_letter_decision_subject ON syncline.dead_letter_decision (mapping, source, stream, subject);

CREATE TABLE syncline.redirect (
    "old" UUID NOT NULL,
    "new" UUID NOT NULL,
    decision BIGINT NOT NULL,
    PRIMARY KEY ("old")
);

CREATE INDEX redirect_new ON syncline.redirect ("new");

CREATE TABLE syncline.tombstone (
    source SMALLINT NOT NULL,
    stream INTEGER NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    run BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (source, stream, key, run)
);

CREATE TABLE syncline.ledger (
    raw_id BIGINT NOT NULL,
    mapping INTEGER NOT NULL,
    activation INTEGER NOT NULL,
    records INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    same INTEGER NOT NULL,
    stale INTEGER NOT NULL,
    filtered INTEGER NOT NULL,
    dead INTEGER NOT NULL,
    twin BIGINT,
    keys BYTEA,
    rests BIGINT[] DEFAULT '{}' NOT NULL,
    resting INTEGER,
    PRIMARY KEY (raw_id, mapping, activation),
    CONSTRAINT ledger_sum CHECK (records = changed + same + stale + filtered + dead)
);

CREATE TABLE syncline.dead_letter (
    mapping INTEGER NOT NULL,
    source SMALLINT NOT NULL,
    stream INTEGER NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C",
    raw_id BIGINT NOT NULL,
    place INTEGER NOT NULL,
    version BIGINT NOT NULL,
    position BIGINT NOT NULL,
    stage TEXT NOT NULL,
    problems JSONB NOT NULL,
    activation INTEGER NOT NULL,
    first TIMESTAMP WITH TIME ZONE NOT NULL,
    last TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (mapping, source, stream, subject)
);

CREATE INDEX dead_letter_raw_id ON syncline.dead_letter (raw_id);

CREATE TABLE syncline.open_ref (
    entity SMALLINT NOT NULL,
    id UUID NOT NULL,
    field TEXT NOT NULL,
    source SMALLINT NOT NULL,
    stream INTEGER NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    by_stream INTEGER NOT NULL,
    by_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (entity, by_stream, by_key, field)
);

CREATE INDEX open_ref_key ON syncline.open_ref (source, stream, key);

CREATE TABLE syncline.lease (
    stream INTEGER NOT NULL,
    epoch BIGINT NOT NULL,
    holder TEXT NOT NULL,
    backend_pid INTEGER NOT NULL,
    backend_start TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (stream)
);

CREATE TABLE syncline.lease_beat (
    stream INTEGER NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (stream)
)
 WITH (fillfactor = 50);

CREATE TABLE syncline.pending (
    stream INTEGER NOT NULL,
    mapping INTEGER NOT NULL,
    response BIGINT NOT NULL,
    PRIMARY KEY (stream, mapping, response)
);

CREATE TABLE syncline.breaker (
    name TEXT NOT NULL,
    started TIMESTAMP WITH TIME ZONE NOT NULL,
    told INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    open_until TIMESTAMP WITH TIME ZONE,
    probe_until TIMESTAMP WITH TIME ZONE,
    paused_until TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (name)
);

CREATE TABLE syncline.parked (
    stream INTEGER NOT NULL,
    mapping INTEGER NOT NULL,
    activation INTEGER NOT NULL,
    records INTEGER NOT NULL,
    dead INTEGER NOT NULL,
    since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (stream, mapping)
);

CREATE TABLE syncline.limiter (
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    holder TEXT NOT NULL,
    batch BIGINT NOT NULL,
    taken INTEGER NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (name, rule, holder, batch)
);

ALTER TABLE syncline.body ALTER COLUMN bytes SET STORAGE EXTERNAL;
"""

# An aggregate whose step is never taken, because its filter leaves one row: as fast as any_value,
# for every type, and on PostgreSQL 15 too.
FUNCTIONS = """
CREATE FUNCTION syncline.only_step(anyelement, anyelement) RETURNS anyelement
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT $1';

CREATE AGGREGATE syncline.only(anyelement) (
    SFUNC = syncline.only_step, STYPE = anyelement, PARALLEL = SAFE
);
"""

NAMES = """
    source stream entity mapping response body run progress progress_window version activation
    identity_key identity_decision dead_letter_decision redirect tombstone ledger dead_letter
    open_ref lease lease_beat pending parked breaker limiter
"""


def upgrade() -> None:
    for statement in (TABLES + FUNCTIONS).split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    op.execute("DROP AGGREGATE syncline.only(anyelement)")
    op.execute("DROP FUNCTION syncline.only_step(anyelement, anyelement)")
    op.execute("DROP TABLE " + ", ".join(f"syncline.{name}" for name in NAMES.split()))
    op.execute("DROP SEQUENCE syncline.raw_id")
