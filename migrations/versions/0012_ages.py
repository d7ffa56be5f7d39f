"""
Ages: when records were confirmed, and the time that it is held against.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE syncline.confirmation (
            entity SMALLINT NOT NULL,
            stream INTEGER NOT NULL,
            run BIGINT NOT NULL,
            at TIMESTAMP WITH TIME ZONE,
            PRIMARY KEY (entity, stream)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE syncline.confirmed_record (
            entity SMALLINT NOT NULL,
            stream INTEGER NOT NULL,
            key TEXT COLLATE "C" NOT NULL,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            PRIMARY KEY (entity, stream, key)
        )
        """
    )
    op.execute("CREATE INDEX confirmed_record_at ON syncline.confirmed_record (entity, at)")
    op.execute(
        """
        CREATE TABLE syncline.aging (
            id BIGINT GENERATED ALWAYS AS IDENTITY,
            entity SMALLINT NOT NULL,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            run BIGINT,
            PRIMARY KEY (id)
        )
        """
    )
    op.execute("ALTER TABLE syncline.entity ADD COLUMN recorded_at TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.execute("ALTER TABLE syncline.entity DROP COLUMN recorded_at")
    for name in ("aging", "confirmed_record", "confirmation"):
        op.execute(f"DROP TABLE syncline.{name}")
