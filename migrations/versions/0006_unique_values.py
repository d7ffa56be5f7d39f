"""
Unique values: what entities say of fields that no two of them may say alike.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE syncline.unique_value (
            entity SMALLINT NOT NULL,
            id UUID NOT NULL,
            name TEXT NOT NULL,
            value BYTEA NOT NULL,
            before UUID,
            PRIMARY KEY (entity, id, name)
        )
        """
    )
    op.execute("CREATE INDEX unique_value_value ON syncline.unique_value (entity, name, value, id)")
    op.execute("CREATE INDEX unique_value_before ON syncline.unique_value (entity) WHERE before IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP TABLE syncline.unique_value")
