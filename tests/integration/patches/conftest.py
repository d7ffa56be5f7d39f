"""A live source that sends patches, beside one that says all, and a project that reads both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.flow.events import silence
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import SyncReport, sync
from engine.flow.workspace import Workspace
from tests.integration.serving import Asked, Told, serving, write

MAPPING = """
from: crm.changes
to: person
when: state != 'draft'
fields:
  number: number
  name: name
  level: level
  pay: {value: pay.amount, currency: {value: pay.currency}}
  boss: {value: boss, ref: crm.changes}
"""
PROJECT = {
    "syncline.yaml": """
project: patches
database: env:DATABASE
sources:
  crm: {connector: crm, config: {base: "env:API"}}
  staff: {connector: staff, config: {base: "env:API"}}
egress: {allow: ["env:API"]}
""",
    "specs/crm.yaml": """
connector: crm
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams:
  changes:
    path: /changes
    records: "@"
    key: id
    version: {value: at, type: integer}
    deletes: {type: marker, when: "active == `false`"}
    partial: true
""",
    "specs/staff.yaml": """
connector: staff
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams: {people: {path: /people, records: "@", key: id}}
""",
    "mappings/entities/person.yaml": """
entity: person
fields:
  number: {type: string, required: true}
  name: string
  level: integer
  pay: money
  boss: {type: ref, entity: person}
identity: [{name: number, on: [number]}]
history: true
""",
    "mappings/policies/person.yaml": "policy: person\ndefault: {prefer: [crm, staff]}\n",
    "mappings/crm/changes.yaml": MAPPING,
    "mappings/staff/people.yaml": """
from: staff.people
to: person
fields: {number: id, name: name, level: level}
""",
}


@dataclass
class World:
    """The source, what it answers now, and the project that asks it."""

    folder: Path
    environment: Mapping[str, str]
    answers: dict[str, Sequence[Mapping[str, Any]]] = field(
        default_factory=lambda: {"/changes": [], "/people": []}
    )

    def open(self) -> Workspace:
        """The project as its files stand."""
        return Workspace.open(self.folder, say=lambda _: None, environment=self.environment)

    def sync(self, changes: Sequence[Mapping[str, Any]], *, full: bool = False) -> SyncReport:
        """Let the source answer so, and sync."""
        self.answers["/changes"] = changes
        with self.open() as workspace:
            report = sync(workspace, stopping=lambda: False, listen=silence, full=full)
        assert report.complete
        return report

    def replay(self, seed: int, lot: int) -> None:
        """Make everything anew, in another order."""
        with self.open() as workspace:
            shuffle = Shuffle(seed=seed, lot=lot)
            replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=shuffle)

    def table(self, text: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with psycopg.connect(self.environment["DATABASE"]) as connection:
            return connection.execute(text).fetchall()

    def people(self) -> list[tuple[Any, ...]]:
        """Number, name, level, amount, currency, the boss's number."""
        return self.table(
            "SELECT p.number, p.name, p.level, p.pay::int, p.pay_currency, b.number FROM canonical.person p"
            " LEFT JOIN canonical.person b ON b.id = p.boss ORDER BY 1"
        )

    def letters(self) -> list[tuple[Any, ...]]:
        """Key, code and field of each fault of each letter."""
        return self.table(
            "SELECT d.key, f ->> 'code', f ->> 'field'"
            " FROM syncline.dead_letter d, jsonb_array_elements(problems) f ORDER BY 1, 2, 3"
        )


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    answers: dict[str, Sequence[Mapping[str, Any]]] = {"/changes": [], "/people": []}

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(answers[asked.target.partition("?")[0]]).encode())

    with ExitStack() as stack:
        address = stack.enter_context(serving(answer))
        yield World(
            folder=write(tmp_path, PROJECT),
            environment={"DATABASE": database_url, "API": address},
            answers=answers,
        )


def alone(world: World) -> None:
    """One feed only: contributions carry no values."""
    (world.folder / "mappings/staff/people.yaml").unlink()
    (world.folder / "mappings/policies/person.yaml").unlink()


@pytest.fixture(params=["alone", "beside another source"])
def both(request: pytest.FixtureRequest, world: World) -> World:
    if request.param == "alone":
        alone(world)
    return world


def same_when_rebuilt(world: World) -> None:
    everything = "SELECT * FROM canonical.person ORDER BY id"
    books = "SELECT subject, key, raw_id, place, problems::text FROM syncline.dead_letter ORDER BY 1, 2"
    before = world.table(everything), world.table(books)
    for seed, lot in ((1, 1), (2, 3), (3, 64)):
        world.replay(seed, lot)
        assert (world.table(everything), world.table(books)) == before
