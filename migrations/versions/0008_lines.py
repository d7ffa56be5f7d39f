"""
Constraints over lines: rows that are to be weighed, what was found, and the trigger that notes rows.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("CREATE TABLE syncline.unweighed (entity SMALLINT NOT NULL, id UUID NOT NULL)")
    op.execute("CREATE INDEX unweighed_entity ON syncline.unweighed (entity)")
    op.execute(
        """
        CREATE TABLE syncline.broken (
            entity SMALLINT NOT NULL,
            id UUID NOT NULL,
            name TEXT NOT NULL,
            message TEXT NOT NULL,
            PRIMARY KEY (entity, id, name)
        )
        """
    )
    # Its arguments: the entity whose rows are noted, and the column that holds their id.
    op.execute(
        """
        CREATE FUNCTION syncline.note_rows() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            rows text := CASE TG_OP WHEN 'INSERT' THEN 'SELECT %2$I AS id FROM _new'
                WHEN 'DELETE' THEN 'SELECT %2$I AS id FROM _old'
                ELSE 'SELECT %2$I AS id FROM _new UNION SELECT %2$I FROM _old' END;
        BEGIN
            EXECUTE format('INSERT INTO syncline.unweighed (entity, id) SELECT DISTINCT %1$s, id FROM ('
                || rows || ') x WHERE id IS NOT NULL', TG_ARGV[0]::int2, TG_ARGV[1]);
            RETURN NULL;
        END $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION syncline.note_rows() CASCADE")
    op.execute("DROP TABLE syncline.broken")
    op.execute("DROP TABLE syncline.unweighed")
