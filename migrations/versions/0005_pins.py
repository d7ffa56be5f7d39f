"""
Pins: values of fields that people hold fast.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE syncline.pin (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            entity SMALLINT NOT NULL,
            entity_id UUID NOT NULL,
            field TEXT NOT NULL,
            texts JSONB NOT NULL,
            why TEXT NOT NULL,
            who TEXT,
            at TIMESTAMPTZ NOT NULL DEFAULT now(),
            until TIMESTAMPTZ,
            lifted TIMESTAMPTZ,
            lifted_by TEXT,
            lifted_why TEXT
        )
        """
    )
    op.execute("CREATE INDEX pin_entity ON syncline.pin (entity)")
    op.execute("CREATE INDEX pin_entity_id ON syncline.pin (entity_id) WHERE lifted IS NULL")


def downgrade() -> None:
    op.execute("DROP TABLE syncline.pin")
