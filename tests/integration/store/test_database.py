"""A database is opened only with our tables in it, and nothing foreign comes out of it."""
# ruff: noqa: PT012  # what leaves the whole block is the point

from __future__ import annotations

import inspect
import io

import psycopg
import pytest
from psycopg import errors

from engine.errors import SettingsError, StoreError, StoreOutOfDate, StoreUnavailable
from engine.store import migrate
from engine.store.database import Database, commit
from engine.store.faults import translate
from engine.store.tables import metadata

pytestmark = pytest.mark.database


def _tables(database: Database) -> set[str]:
    with database.connect() as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'syncline'").fetchall()
    return {row[0] for row in rows}


def test_an_empty_database_gets_its_tables_and_gives_them_back(empty_database_url: str) -> None:
    with Database.open(empty_database_url) as database:
        made = _tables(database)
        assert {table.name for table in metadata.tables.values()} <= made
        database.move("base")
        assert _tables(database) == set()
        with database.connect() as connection:
            assert connection.execute("SELECT to_regnamespace('syncline')").fetchone() == (None,)
        database.move("head")
        assert _tables(database) == made


def test_migrations_make_what_the_metadata_says(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(database.url), poolclass=NullPool
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == "syncline",
                "version_table": "schema_revision",
                "version_table_schema": "syncline",
                "compare_server_default": True,
            },
        )
        differences = compare_metadata(context, metadata)
    assert differences == []


def test_the_program_knows_the_head_of_the_migrations() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(migrate.scripts())).get_current_head() == migrate.HEAD


def test_without_leave_to_migrate_empty_tables_are_refused_with_what_to_do(empty_database_url: str) -> None:
    with pytest.raises(StoreOutOfDate, match="has no tables yet: run `syncline database migrate`"):
        Database.open(empty_database_url, migrate=False)


def test_tables_of_a_newer_program_are_refused(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("UPDATE syncline.schema_revision SET version_num = '9999'")
    with pytest.raises(StoreOutOfDate, match="9999") as refused:
        Database.open(database.url)
    assert refused.value.code == "store-newer"


def test_a_url_of_something_else_is_a_setting_to_fix() -> None:
    with pytest.raises(SettingsError):
        Database.open("mysql://root@/x")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        Database.open("postgresql://nobody@127.0.0.1:1/none")


def test_a_backend_that_is_killed_is_unavailable(database: Database) -> None:
    with pytest.raises(StoreUnavailable), database.connect() as connection:
        with database.connect() as other:
            other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        connection.execute("SELECT 1")


def test_missing_tables_are_out_of_date(database: Database) -> None:
    with pytest.raises(StoreOutOfDate, match="syncline database migrate"), database.connect() as connection:
        connection.execute("SELECT * FROM syncline.nothing")


def test_every_error_of_psycopg_becomes_one_of_ours() -> None:
    kinds = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, psycopg.Error)
    ]
    assert len(kinds) > 200
    for kind in kinds:
        assert isinstance(translate(kind("why")), StoreError)


def test_nothing_foreign_leaves_a_connection(database: Database) -> None:
    for statement in ("SELEC", "SELECT 1/0", "SELECT 'x'::int", "SELECT pg_sleep(1)"):
        with pytest.raises(StoreError), database.connect() as connection:
            connection.execute("SET statement_timeout = 50")
            connection.execute(statement)


def test_an_error_quotes_no_row(database: Database) -> None:
    with pytest.raises(StoreError) as refused, database.connect() as connection:
        for _ in range(2):
            connection.execute("INSERT INTO syncline.mapping(name) VALUES ('jane@example.com')")
    assert "duplicate key" in str(refused.value)
    assert "jane" not in str(refused.value)


def test_a_session_has_our_settings(database: Database) -> None:
    with database.connect() as connection:
        found = connection.execute(
            "SELECT current_setting('jit'), current_setting('timezone'), "
            "current_setting('idle_in_transaction_session_timeout')"
        ).fetchone()
    assert found == ("off", "UTC", "15s")


def test_a_block_that_raises_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(io.UnsupportedOperation), database.connect() as connection:
        connection.execute("INSERT INTO syncline.source(name) VALUES ('a')")
        raise io.UnsupportedOperation
    with database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM syncline.source").fetchone() == (0,)


def test_our_own_commit_commits(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("INSERT INTO syncline.source(name) VALUES ('a')")
        commit(connection, "raw")
        with database.connect() as other:
            assert other.execute("SELECT name FROM syncline.source").fetchone() == ("a",)


def test_a_commit_of_a_failed_transaction_is_no_success(database: Database) -> None:
    with pytest.raises(StoreUnavailable), database.connect() as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1/0")
        commit(connection, "raw")
