"""
Records that only a rebuild has met: whether they have an id is known when it is done.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE syncline.newcomer (
            entity SMALLINT NOT NULL,
            source SMALLINT NOT NULL,
            stream INTEGER NOT NULL,
            key TEXT COLLATE "C" NOT NULL,
            id UUID,
            PRIMARY KEY (entity, source, stream, key)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE syncline.newcomer")
