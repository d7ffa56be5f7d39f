"""Bringing the engine's tables from one revision to another, with alembic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from engine.errors import StoreError
from engine.store.faults import translate, translated

HEAD = "0012"
"""The revision that this program works with; alembic is loaded only where the database has another."""

_LOCK = 0x73796E63_6D696772
"""Advisory: two processes that start at once migrate once."""


def scripts() -> Path:
    """The folder of migrations: inside the wheel, or at the top of a checkout."""
    room = Path(__file__).resolve().parent.parent
    packed = room / "_catalogue" / "migrations"
    return packed if packed.is_dir() else room.parent / "migrations"


def revisions() -> list[str]:
    """Every revision that this program can bring tables to, oldest first."""
    return sorted(file.name.partition("_")[0] for file in (scripts() / "versions").glob("[0-9]*.py"))


def revision(connection: psycopg.Connection[tuple[Any, ...]]) -> str | None:
    """The revision of the tables, or None where there are none."""
    if connection.execute("SELECT to_regclass('syncline.schema_revision')").fetchone() == (None,):
        return None
    row = connection.execute("SELECT version_num FROM syncline.schema_revision").fetchone()
    return None if row is None else str(row[0])


def move(url: str, target: str) -> None:
    """Migrate to ``head``, ``base`` (no tables at all) or a revision; nothing changes where it fails."""
    # Slow to import, and needed only where the tables are not at HEAD.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    def dial() -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(url, application_name="syncline migrate")

    engine = create_engine("postgresql+psycopg://", creator=dial, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    try:
        with translated(), engine.begin() as connection:
            config.attributes["connection"] = connection
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS syncline")
            own = connection.connection.driver_connection
            found = revision(own) if isinstance(own, psycopg.Connection) else None
            if target == "base" or (target != "head" and found is not None and found > target):
                command.downgrade(config, target)
            else:
                command.upgrade(config, target)
            if target == "base":
                connection.exec_driver_sql("DROP SCHEMA syncline CASCADE")
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise translate(error.orig) from error
        raise StoreError(str(error)) from error
