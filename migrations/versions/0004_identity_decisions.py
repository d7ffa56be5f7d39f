"""
Decisions of people on identity: who decided, what undid it, and who stood on which side of a merge.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

TABLES = """
ALTER TABLE syncline.identity_decision ADD COLUMN who TEXT, ADD COLUMN undone BIGINT;

CREATE INDEX identity_decision_apart ON syncline.identity_decision (entity)
    WHERE what IN ('apart', 'split') AND undone IS NULL;

CREATE TABLE syncline.identity_member (
    decision BIGINT NOT NULL,
    entity_id UUID NOT NULL,
    source SMALLINT NOT NULL,
    stream INTEGER NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (decision, entity_id, source, stream, key)
);

CREATE INDEX identity_member_entity_id ON syncline.identity_member (entity_id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    # An engine from before knows no such decisions. What they did to ids and rows stays.
    op.execute(
        """
        DROP TABLE syncline.identity_member;
        DROP INDEX syncline.identity_decision_apart;
        ALTER TABLE syncline.identity_decision DROP COLUMN who, DROP COLUMN undone;
        """
    )
