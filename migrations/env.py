"""Runs migrations on the connection that ``engine.store.database`` hands over; nothing else starts them."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from engine.store.tables import SCHEMA, metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table="schema_revision",
        version_table_schema=SCHEMA,
        include_schemas=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
