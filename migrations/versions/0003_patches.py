"""
Patches: the records of streams that send only what changed.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


# Who came down and up again has folded patches, and lost them: they are all made anew.
AGAIN = """
INSERT INTO syncline.pending (stream, mapping, response)
SELECT t.id, m.id, r.id
FROM syncline.entity e
CROSS JOIN LATERAL jsonb_array_elements(e.shape -> 'feeds') f
JOIN syncline.source s ON s.name = f -> 'stream' ->> 0
JOIN syncline.stream t ON t.source = s.id AND t.name = f -> 'stream' ->> 1
JOIN syncline.mapping m ON m.name = f ->> 'mapping'
JOIN syncline.response r ON r.stream = t.id
WHERE (f ->> 'partial')::boolean
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE syncline.patch (
            mapping INTEGER NOT NULL,
            stream INTEGER NOT NULL,
            key TEXT COLLATE "C" NOT NULL,
            position BIGINT NOT NULL,
            place INTEGER NOT NULL,
            version BIGINT NOT NULL,
            raw_id BIGINT NOT NULL,
            activation INTEGER NOT NULL,
            fate SMALLINT NOT NULL,
            founded BIGINT NOT NULL,
            says JSONB NOT NULL,
            PRIMARY KEY (mapping, stream, key, position, place)
        )
        """
    )
    op.execute(AGAIN)


def downgrade() -> None:
    # The views of where values come from look into it; an engine makes those that are missing.
    op.execute("DROP TABLE syncline.patch CASCADE")
