"""A database for tests that share one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql


@pytest.fixture(scope="module")
def module_database_url(server_url: str, template: str) -> Iterator[str]:
    """The URL of a fresh database with empty tables, for the tests of one file."""
    name = f"syncline_test_{secrets.token_hex(6)}"
    ours, theirs = sql.Identifier(name), sql.Identifier(template)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(ours, theirs))
    parts = urlsplit(server_url)
    yield urlunsplit((parts.scheme, parts.netloc or "@", f"/{name}", parts.query, ""))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(ours))
