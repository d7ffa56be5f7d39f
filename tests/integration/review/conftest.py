"""The demo's systems, synced once for all tests of reviews; nobody else writes into their database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from engine.demo.files import write_project
from engine.demo.server import DemoSystems
from engine.flow.events import silence
from engine.flow.sync import sync
from engine.flow.trees import Tree, standing
from engine.flow.workspace import Workspace
from engine.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """A project whose sources are down by now."""

    directory: Path
    url: str

    @property
    def tree(self) -> Tree:
        """Its files, which are active."""
        return standing(self.directory)

    def database(self) -> Database:
        """Its database."""
        return Database.open(self.url)


@pytest.fixture(scope="package")
def synced(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    """The demo after a first sync and a round of edits; every system of it has been stopped."""
    name = f"syncline_test_{secrets.token_hex(6)}"
    ours, theirs = sql.Identifier(name), sql.Identifier(template)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(ours, theirs))
    parts = urlsplit(server_url)
    url = urlunsplit((parts.scheme, parts.netloc or "@", f"/{name}", parts.query, ""))
    folder = tmp_path_factory.mktemp("review")
    with DemoSystems(count=200, throttle_every=0) as systems:
        write_project(folder, ports=systems.ports)
        file = folder / "syncline.yaml"
        file.write_text(file.read_text("utf-8") + f"database: {url}\n", encoding="utf-8")
        with Workspace.open(folder, say=lambda _: None) as workspace:
            assert sync(workspace, stopping=lambda: False, listen=silence).complete
            systems.hr.update("E-00003", name={"first": "Another", "last": "Name"})
            systems.payroll.delete("E-00011")
            assert sync(workspace, stopping=lambda: False, listen=silence).complete
    yield Synced(directory=folder, url=url)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(ours))
