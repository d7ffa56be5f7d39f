"""
Former rows that are kept for a time only: since when they are all there.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE syncline.entity ADD COLUMN history_since TIMESTAMPTZ")


def downgrade() -> None:
    op.execute("ALTER TABLE syncline.entity DROP COLUMN history_since")
