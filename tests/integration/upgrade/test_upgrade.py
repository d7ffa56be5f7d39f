"""
A database that an older program made goes up to the newest revision with its data, and down again.

Each ``NNNN.sql`` is a dump of a small project, synced twice by the last program of that revision: an
entity with identity, history, money, a quantity and references, one of them open; a dead letter; a
record that an enumeration ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.flow.events import silence
from engine.flow.replay import replay_all
from engine.flow.workspace import Workspace
from engine.store import migrate
from tests.integration.serving import write

pytestmark = pytest.mark.database

DUMPS = sorted(Path(__file__).parent.glob("*.sql"))
PROJECT = {
    "syncline.yaml": """
project: older
database: env:SHOP_DATABASE
sources: {shop: {connector: shop, config: {base: "env:SHOP_API"}}}
egress: {allow: ["env:SHOP_API"]}
""",
    "specs/shop.yaml": """
connector: shop
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams:
  teams: {path: /teams, records: items, key: id}
  people:
    path: /people
    records: items
    key: id
    version: {value: changed, type: timestamp, format: rfc3339}
    deletes: {type: enumeration, limit: 60%}
""",
    "mappings/entities/team.yaml": "entity: team\nfields: {name: string}\n",
    "mappings/entities/person.yaml": """
entity: person
fields:
  name: {type: string, required: true}
  email: email
  salary: {type: money, per: work_year}
  height: {type: quantity, unit: m}
  team: {type: ref, entity: team}
identity:
  - {name: email, on: [email], normalise: [trim, lower]}
history: true
""",
    "mappings/shop/teams.yaml": "from: shop.teams\nto: team\nfields: {name: name}\n",
    "mappings/shop/people.yaml": """
from: shop.people
to: person
fields:
  name: name
  email: email
  salary: {value: pay, currency: EUR, per: work_hour}
  height: {value: cm, unit: cm}
  team: {value: team, ref: shop.teams}
""",
}
Contents = Mapping[str, list[dict[str, Any]]]


@pytest.fixture(params=DUMPS, ids=lambda dump: dump.stem)
def older(request: pytest.FixtureRequest, empty_database_url: str) -> tuple[str, str]:
    """The URL of a database as it was left, and its revision."""
    dump: Path = request.param
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(dump.read_bytes())
    return empty_database_url, dump.stem


def contents(url: str) -> Contents:
    """Every table of both schemas with its rows, as dictionaries in an order of their own."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
            " WHERE table_schema IN ('canonical', 'syncline') AND table_type = 'BASE TABLE'"
            " AND table_name <> 'schema_revision' ORDER BY 1"
        ).fetchall()
        return {
            name: [row for (row,) in connection.execute(f"SELECT to_jsonb(t) FROM {name} t ORDER BY t::text")]
            for (name,) in names
        }


def test_the_dump_is_worth_keeping(older: tuple[str, str]) -> None:
    """It holds something of everything."""
    held = contents(older[0])
    for name in ("canonical.person", "canonical.person_history", "canonical.team", "syncline.response"):
        assert held[name], name
    for name in ("dead_letter", "identity_key", "ledger", "open_ref", "tombstone", "version"):
        assert held[f"syncline.{name}"], name


def test_up_it_keeps_every_row_and_down_it_is_as_it_was(older: tuple[str, str]) -> None:
    url, revision = older
    before = contents(url)
    migrate.move(url, "head")
    after = contents(url)
    for name, rows in before.items():
        kept = [{column: row[column] for column in old} for old, row in zip(rows, after[name], strict=True)]
        assert kept == rows, name
    migrate.move(url, revision)
    with psycopg.connect(url) as connection:
        assert migrate.revision(connection) == revision
    assert contents(url) == before


def test_the_program_of_today_goes_on_with_it(older: tuple[str, str], tmp_path: Path) -> None:
    """Made anew from the responses of then, every entity has the id and the values that it had."""
    url, _ = older
    before = contents(url)
    write(tmp_path, PROJECT)
    environment = {"SHOP_DATABASE": url, "SHOP_API": "http://127.0.0.1:9"}
    with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
        replay_all(workspace, stopping=lambda: False, listen=silence)
    after = contents(url)
    for name in ("canonical.person", "canonical.team", "canonical.person_history", "syncline.identity_key"):
        assert after[name] == before[name], name
    assert [row["problems"] for row in after["syncline.dead_letter"]] == [
        row["problems"] for row in before["syncline.dead_letter"]
    ]
