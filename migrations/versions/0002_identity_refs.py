"""
References by identity values.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

TABLES = """
CREATE TABLE syncline.identity_ref (
    entity SMALLINT NOT NULL,
    field TEXT NOT NULL,
    by_source SMALLINT NOT NULL,
    by_stream INTEGER NOT NULL,
    by_key TEXT COLLATE "C" NOT NULL,
    target SMALLINT NOT NULL,
    kind SMALLINT NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (entity, by_stream, by_key, field)
);

CREATE INDEX identity_ref_value ON syncline.identity_ref (target, kind, value);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop it: a projection, made anew by `replay --all`."""
    op.execute("DROP TABLE syncline.identity_ref")
