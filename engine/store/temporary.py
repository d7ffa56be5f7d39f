"""
Temporary tables: what the steps of a batch hand on to one another, emptied by every commit.

A column of long texts gives its table a second one beside it (TOAST), with an index that PostgreSQL
builds anew whenever the table is emptied: ten times the work of emptying the table itself. Keys and
identity values are short (``LONGEST_KEY``), so they are STORAGE PLAIN and their tables have none.
"""

from __future__ import annotations

from engine.store.database import Connection
from engine.store.entities import quoted, value_columns
from engine.store.kept import marked
from engine.store.sql import statement
from engine.store.statements import Statements

_COMMON = (("_source", "int2"), ("_stream", "int4"), ("_activation", "int4"))
_TEXT = frozenset({"_key", "_record", *(f"_k{kind}" for kind in range(32))})


def make(connection: Connection, text: str) -> None:
    """Create a temporary table; before PostgreSQL 16 CREATE TABLE cannot say how a column is stored."""
    plain = connection.info.server_version >= 160000
    connection.execute(text if plain else text.replace(" STORAGE PLAIN", ""))


def temporary_tables(texts: Statements) -> dict[str, str]:
    """Each temporary table of a feed, and the statement that makes it."""
    columns = ", ".join(
        f"{quoted(name)} {kind}{' COLLATE ' + chr(34) + 'C' + chr(34) if name in _TEXT else ''}"
        for name, kind in (*_COMMON, *texts.shape.stage_columns)
    )
    held = (*(f"r{n}" for n in range(len(texts.references))), *(f"h{n}" for n in range(len(texts.sought))))
    parents = "".join(f", {name} uuid" for name in held)
    typed = ", ".join(f"{quoted(name)} {kind}" for name, kind in value_columns(texts.shape))
    return {
        texts.names["stage"]: texts.fill("create_stage", stage_columns=columns),
        texts.names["work"]: texts.fill("create_work", work_parents=parents),
        texts.names["fresh"]: texts.fill("create_fresh", typed_columns=typed),
        "pg_temp._touched": texts.fill("create_touched"),
        "pg_temp._locked": texts.fill("create_locked"),
        "pg_temp._released": texts.fill("create_released", "identity"),
        "pg_temp._beside": texts.fill("create_beside", "identity"),
        "pg_temp._apart": texts.fill("create_apart", "identity"),
        "pg_temp._attach": texts.fill("create_attach", "identity"),
        "pg_temp._claim": texts.fill("create_claim"),
        "pg_temp._owned": texts.fill("create_owned"),
        "pg_temp._linked": texts.fill("create_linked"),
        "pg_temp._sought": texts.fill("create_sought", "references"),
        "pg_temp._moved": texts.fill("create_moved", "references"),
        **{
            f"pg_temp._{name}": texts.fill(f"create_{name}", "unique")
            for name in ("said", "weighed", "clash", "turned")
            if texts.shape.unique
        },
        **(
            {
                texts.names["words"]: texts.fill("create_words", "kept", stage_columns=columns),
                "pg_temp._kept": texts.fill("create_kept", "kept"),
            }
            if marked(texts.shape, texts.feed)
            else {}
        ),
        **({"pg_temp._aged": statement("ages", "create_aged")} if texts.shape.lines else {}),
        **({"pg_temp._patches": texts.fill("create_patches", "patches")} if texts.feed.partial else {}),
    }


def make_all(connection: Connection, texts: Statements) -> None:
    """Make those of a feed that this session lacks."""
    tables = temporary_tables(texts)
    there = connection.execute("SELECT to_regclass(x) IS NOT NULL FROM unnest(%s::text[]) x", [list(tables)])
    for name, (exists,) in zip(tables, there.fetchall(), strict=True):
        if not exists:
            make(connection, tables[name])


def need(connection: Connection, texts: Statements, name: str) -> None:
    """Make one of them, for an entity that this session may not load."""
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [name]).fetchone()
    if row is not None and not row[0]:
        make(connection, temporary_tables(texts)[name])
