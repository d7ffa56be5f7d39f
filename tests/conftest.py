"""Databases for the tests that need one: an embedded PostgreSQL, or the one that DATABASE_URL names."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from engine.store.database import Database
from engine.store.embedded import Embedded


def _of(url: str, name: str) -> str:
    parts = urlsplit(url)
    netloc = parts.netloc or "@"  # urlunsplit drops the slashes of an empty one
    return urlunsplit((parts.scheme, netloc, f"/{name}", parts.query, ""))


def _administer(url: str, statement: str, name: str, *more: str) -> None:
    names = [sql.Identifier(each) for each in (name, *more)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*names))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server on which tests may make databases."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="syncline-tests-") as folder:
        Path(folder).chmod(0o711)  # where we are root, the server's account passes through
        embedded = Embedded(Path(folder, ".syncline"), say=lambda _: None)
        embedded.use()
        try:
            yield embedded.url
        finally:
            embedded.leave()


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a database with our tables, to copy from."""
    name = f"syncline_template_{secrets.token_hex(4)}"
    _administer(server_url, "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0", name)
    Database.open(_of(server_url, name)).close()
    yield name
    _administer(server_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """The URL of a fresh database with empty tables, this test's own."""
    name = f"syncline_test_{secrets.token_hex(6)}"
    _administer(server_url, "CREATE DATABASE {} TEMPLATE {}", name, template)
    yield _of(server_url, name)
    _administer(server_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """The URL of a fresh database without any tables."""
    name = f"syncline_test_{secrets.token_hex(6)}"
    _administer(server_url, "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0", name)
    yield _of(server_url, name)
    _administer(server_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, open."""
    with Database.open(database_url) as opened:
        yield opened
