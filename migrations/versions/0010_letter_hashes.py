"""
What a letter is about is known by a hash: a discard outlives the response that the record stood on.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    for table in ("dead_letter", "dead_letter_decision"):
        op.execute(f"ALTER TABLE syncline.{table} ADD COLUMN hash BIGINT")


def downgrade() -> None:
    for table in ("dead_letter", "dead_letter_decision"):
        op.execute(f"ALTER TABLE syncline.{table} DROP COLUMN hash")
