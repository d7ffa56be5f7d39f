"""
The projection and the primary state of one database, copied into another that is empty.

Read in one snapshot, while others write; nothing is written where it is read. Bodies come along of the
streams that are asked for: they are most of the bytes.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from engine.errors import StoreError
from engine.store.database import Connection, Database
from engine.store.lodging import shipped

SCHEMAS = ("syncline", "canonical")
_LEFT_OUT = frozenset({"lease", "lease_beat", "breaker", "limiter"})
"""Who works on what just now."""
_BY_STREAM = {
    "response": "t.stream = ANY (%(streams)s::int4[])",
    "body": "EXISTS (SELECT FROM syncline.response r WHERE r.stream = ANY (%(streams)s::int4[])"
    " AND r.body_month = t.month AND r.sha256 = t.sha256)",
}
_TABLES = """
SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY 1, 2 ORDER BY 1, 2
"""
_SEQUENCES = "SELECT schemaname, sequencename, last_value FROM pg_sequences WHERE schemaname = ANY (%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the database that is read."""

    schema: str
    name: str
    columns: tuple[str, ...]

    @property
    def quoted(self) -> str:
        """Its name in SQL."""
        return sql.Identifier(self.schema, self.name).as_string()


def snapshot(connection: Connection) -> None:
    """Begin to read one state of the database, without a right to change it."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    # A large copy takes longer than a session of ours may otherwise sit in a transaction.
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def copy(
    reading: Connection,
    source: Database,
    target: Database,
    *,
    streams: Sequence[int],
    watch: Callable[[str, int], None] = lambda _name, _bytes: None,
) -> None:
    """
    Copy all tables and what stands in them; ``reading`` is in a ``snapshot`` of ``source``.

    ``streams``: whose responses and bodies come along. ``watch`` hears each table's name, and the bytes as
    they go. Former rows (history) stay: nothing is made from them.
    """
    with target.connect(label="syncline copy") as writing:
        writing.execute(_definitions(source, reading))
        writing.execute("SET session_replication_role = replica")  # no triggers: all of it was checked before
        names = {"streams": list(streams)}
        for table in tables(reading):
            _copy(reading, writing, table, names, watch)
        for schema, name, last in reading.execute(_SEQUENCES, [list(SCHEMAS)]).fetchall():
            if last is not None:
                writing.execute("SELECT setval(%s::regclass, %s)", [f'"{schema}"."{name}"', last])
    with target.connect(autocommit=True, label="syncline copy") as writing:
        writing.execute("ANALYZE")


def tables(connection: Connection) -> list[Table]:
    """The engine's and the users' tables; partitions are not told from what they are parts of."""
    rows = connection.execute(_TABLES, [list(SCHEMAS)]).fetchall()
    return [Table(schema=schema, name=name, columns=tuple(columns)) for schema, name, columns in rows]


def _copy(
    reading: Connection,
    writing: Connection,
    table: Table,
    names: dict[str, list[int]],
    watch: Callable[[str, int], None],
) -> None:
    ours = table.schema == "syncline"
    if (ours and table.name in _LEFT_OUT) or (not ours and table.name.endswith("_history")):
        return
    columns = ", ".join(f"t.{sql.Identifier(each).as_string()}" for each in table.columns)
    text = f"COPY (SELECT {columns} FROM {table.quoted} t"
    if ours and table.name in _BY_STREAM:
        text += f" WHERE {_BY_STREAM[table.name]}"
    into = ", ".join(sql.Identifier(each).as_string() for each in table.columns)
    watch(table.name, 0)
    with (
        reading.cursor() as rows,
        rows.copy(f"{text}) TO STDOUT (FORMAT BINARY)", names if "%(" in text else None) as out,
        writing.cursor() as cursor,
        cursor.copy(f"COPY {table.quoted} ({into}) FROM STDIN (FORMAT BINARY)") as copied,
    ):
        for block in out:
            copied.write(block)
            watch(table.name, len(block))


def _definitions(source: Database, reading: Connection) -> str:
    """What makes the tables, by the newest pg_dump at hand: it reads every older server."""
    row = reading.execute("SELECT pg_export_snapshot()").fetchone()
    terms = {key: str(value) for key, value in conninfo_to_dict(source.url).items() if value is not None}
    password = terms.pop("password", None)  # a command line is no place for it
    command = [str(shipped() / "pg_dump"), "--dbname", make_conninfo("", **terms), "--schema-only"]
    command += ["--no-owner", "--no-privileges", "--snapshot", row[0] if row else ""]
    done = subprocess.run(  # noqa: S603 # the command is ours
        [*command, *(f"--schema={each}" for each in SCHEMAS)],
        capture_output=True,
        check=False,
        env={**os.environ, **({} if password is None else {"PGPASSWORD": password})},
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        version = reading.info.parameter_status("server_version")
        raise StoreError(f"the tables of PostgreSQL {version} cannot be read:\n{said}", code="copy-failed")
    lines = done.stdout.decode().splitlines()
    return "\n".join(line for line in lines if not line.startswith("\\"))  # those are commands of psql
