"""
Deletes that a stream lists: tombstones that responses made.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE syncline.tombstone ADD COLUMN raw_id BIGINT")
    op.execute("ALTER TABLE syncline.tombstone ADD COLUMN said BIGINT NOT NULL DEFAULT -9223372036854775808")
    op.execute("ALTER TABLE syncline.tombstone ADD COLUMN ordered BOOLEAN NOT NULL DEFAULT false")
    op.execute("ALTER TABLE syncline.tombstone DROP CONSTRAINT tombstone_pkey")
    op.execute("ALTER TABLE syncline.tombstone ADD PRIMARY KEY (source, stream, key, run, said)")
    op.execute("CREATE INDEX tombstone_raw_id ON syncline.tombstone (raw_id) WHERE raw_id IS NOT NULL")
    op.execute(
        """
        CREATE FUNCTION syncline.outlives(
            version bigint, "position" bigint, ordered boolean, said bigint, buried bigint
        ) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT CASE WHEN ordered AND version <> (-9223372036854775808)::int8
                THEN (version, "position") > (said, buried) ELSE "position" > buried END
        $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION syncline.outlives(bigint, bigint, boolean, bigint, bigint)")
    op.execute("DROP INDEX syncline.tombstone_raw_id")
    op.execute("DELETE FROM syncline.tombstone WHERE raw_id IS NOT NULL")
    op.execute("ALTER TABLE syncline.tombstone DROP CONSTRAINT tombstone_pkey")
    op.execute("ALTER TABLE syncline.tombstone ADD PRIMARY KEY (source, stream, key, run)")
    for column in ("raw_id", "said", "ordered"):
        op.execute(f"ALTER TABLE syncline.tombstone DROP COLUMN {column}")
