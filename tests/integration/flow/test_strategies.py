"""Strategies from the files to the rows: live, replayed, explained, and when the files change."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from tests.acceptance import warm
from tests.integration.serving import Asked, Told, serving, write

POLICY = """
policy: person
default: {prefer: [desk, staff]}
fields:
  phones: {union: true}
  score: {max: true}
  since: {earliest: true}
  level: {min: true}
  called: {latest: true}
"""
SPEC = """
connector: NAME
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams:
  people: {path: /NAME, records: "@", key: id, version: {value: at, type: timestamp}}
"""
MAPPING = """
from: NAME.people
to: person
fields:
  number: number
  called: called
  title: title
  phones: phones
  score: score
  since: since
  level: level
"""
PROJECT = {
    "syncline.yaml": """
project: strategies
database: env:DATABASE
sources:
  desk: {connector: desk, config: {base: "env:API"}}
  staff: {connector: staff, config: {base: "env:API"}}
egress: {allow: ["env:API"]}
""",
    "specs/desk.yaml": SPEC.replace("NAME", "desk"),
    "specs/staff.yaml": SPEC.replace("NAME", "staff"),
    "mappings/entities/person.yaml": """
entity: person
fields:
  number: string
  called: string
  title: string
  phones: {type: list, of: string}
  score: decimal
  since: date
  level: {type: enum, values: [low, high]}
identity: [{name: number, on: [number]}]
""",
    "mappings/policies/person.yaml": POLICY,
    "mappings/desk/people.yaml": MAPPING.replace("NAME", "desk"),
    "mappings/staff/people.yaml": MAPPING.replace("NAME", "staff"),
}
FIRST = {"id": "d1", "number": "1", "at": "2024-05-02T00:00:00Z"}
SECOND = {"id": "s1", "number": "1", "at": "2024-05-01T00:00:00Z"}
SAID: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "/desk": [
        FIRST
        | {"called": "Ada", "phones": ["9", "1", "9"], "score": "9.5", "since": "2020-01-01", "level": "low"},
        {"id": "d2", "number": "2", "at": "2024-05-02T00:00:00Z", "phones": ["b", None, "a", "b"]},
    ],
    "/staff": [
        SECOND
        | {"called": "Adele", "phones": ["10", "1"], "score": "10", "since": "2019-01-01", "level": "high"}
    ],
}


@dataclass
class World:
    folder: Path
    environment: Mapping[str, str]
    said: dict[str, Sequence[Mapping[str, Any]]]

    def open(self) -> Workspace:
        return Workspace.open(self.folder, say=lambda _: None, environment=self.environment)

    def sync(self) -> None:
        with self.open() as workspace:
            assert sync(workspace, stopping=lambda: False, listen=silence).complete

    def rows(self) -> list[tuple[Any, ...]]:
        text = (
            "SELECT number, called, title, phones, score, since::text, level FROM canonical.person ORDER BY 1"
        )
        with psycopg.connect(self.environment["DATABASE"]) as connection:
            return connection.execute(text).fetchall()

    def command(self, *words: str) -> str:
        """What a command prints that ends well."""
        environment = {**os.environ, **self.environment, "COLUMNS": "120"}
        done = warm.run(["--project", str(self.folder), *words], folder=self.folder, environment=environment)
        assert done.code == 0, done
        return done.out


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    said: dict[str, Sequence[Mapping[str, Any]]] = dict(SAID)

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(said[asked.target]).encode())

    with ExitStack() as stack:
        address = stack.enter_context(serving(answer))
        write(tmp_path, PROJECT)
        yield World(folder=tmp_path, environment={"DATABASE": database_url, "API": address}, said=said)


ROWS = [
    ("1", "Ada", None, ["1", "10", "9"], Decimal(10), "2019-01-01", "low"),
    ("2", None, None, ["a", "b"], None, None, None),
]


def test_rows_are_as_the_policy_says_and_replay_agrees(world: World) -> None:
    world.sync()
    assert world.rows() == ROWS
    with world.open() as workspace:
        replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=7, lot=1))
    assert world.rows() == ROWS
    world.said["/staff"] = [SECOND | {"phones": [], "score": None, "at": "2024-05-03T00:00:00Z"}]
    world.sync()
    assert world.rows()[0] == ("1", "Ada", None, ["1", "9"], Decimal("9.5"), "2020-01-01", "low")


def test_a_policy_that_changes_decides_all_rows_anew(world: World) -> None:
    world.sync()
    changed = POLICY.replace("union: true", "earliest: true").replace("max: true", "min: true")
    (world.folder / "mappings/policies/person.yaml").write_text(changed)
    world.sync()
    assert world.rows() == [
        ("1", "Ada", None, ["10", "1"], Decimal("9.5"), "2019-01-01", "low"),
        ("2", None, None, ["b", None, "a", "b"], None, None, None),
    ]


def test_explain_shows_every_winner_and_why_it_won(world: World) -> None:
    world.sync()
    with world.open() as workspace:
        found = {each.field.name: each for each in explain(workspace, "person", "1").fields}
        (lonely,) = explain(workspace, "person", "2", "phones").fields
        with workspace.database.connect() as connection:
            view = connection.execute(
                "SELECT field, source, key FROM canonical.person_provenance p"
                " JOIN canonical.person e ON e.id = p.id WHERE e.number = '1' ORDER BY 1, 2"
            ).fetchall()
    assert all(each.agrees and not each.why for each in (*found.values(), lonely))
    assert [(str(each.stream), each.key) for each in (found["phones"], *found["phones"].beside)] == [
        ("desk.people", "d1"),
        ("staff.people", "s1"),
    ]
    assert [each.trace and each.trace.columns for each in (found["phones"], *found["phones"].beside)] == [
        ("{9,1,9}",),
        ("{10,1}",),
    ]
    assert {name: (each.stream.source, each.because) for name, each in found.items()} == {
        "number": ("desk", "the policy prefers desk before staff"),
        "called": ("desk", "the latest version"),
        "phones": ("desk", "the policy unites what all of them say"),
        "score": ("staff", "the greatest value"),
        "since": ("staff", "the earliest version"),
        "level": ("desk", "the least value"),
    }
    assert not found["phones"].over
    assert [(each.stream.source, list(each.values)) for each in found["score"].over] == [("desk", ["9.5"])]
    assert (lonely.values, lonely.because, lonely.beside) == (["{a,b}"], "", [])
    assert [each for each in view if each[0] in {"phones", "score"}] == [
        ("phones", "desk", "d1"),
        ("phones", "staff", "s1"),
        ("score", "staff", "s1"),
    ]


def test_a_union_that_does_not_hold_what_its_records_say_is_not_proved(world: World) -> None:
    world.sync()
    with world.open() as workspace:
        with workspace.database.connect() as connection:
            connection.execute("UPDATE canonical.person SET phones = '{1,10}' WHERE number = '1'")
        (found,) = explain(workspace, "person", "1", "phones").fields
    assert not found.agrees


def test_commands_name_all_who_say_a_union(world: World) -> None:
    world.sync()
    assert json.loads(world.command("--json", "show", "person", "1"))["from"]["phones"] == (
        "desk.people, staff.people"
    )
    (told,) = json.loads(world.command("--json", "explain", "person", "1", "phones"))["fields"]
    assert (told["key"], [each["key"] for each in told["beside"]]) == ("d1", ["s1"])
    shown = world.command("explain", "person", "1", "phones")
    assert "desk.people d1" in shown
    assert "staff.people s1" in shown
    assert "1 of 1 recomputed" in shown


def test_a_source_without_versions_moves_ties_of_rows_that_it_says_nothing_of(world: World) -> None:
    """`then` was `latest` while all streams had a timestamp version: it is part of what rows depend on."""
    (world.folder / "mappings/policies/person.yaml").write_text(
        "policy: person\ndefault: {prefer: [third]}\n"
    )
    third = {
        name: PROJECT[name].replace("desk", "third")
        for name in ("specs/desk.yaml", "mappings/desk/people.yaml")
    }
    write(world.folder, {name.replace("desk", "third"): text for name, text in third.items()})
    project = PROJECT["syncline.yaml"]
    more = '  third: {connector: third, config: {base: "env:API"}}\negress'
    (world.folder / "syncline.yaml").write_text(project.replace("egress", more))
    world.said["/third"] = []
    world.said["/staff"] = [SECOND | {"at": "2024-06-01T00:00:00Z", "called": "Adele"}]
    world.sync()
    assert world.rows()[0][1] == "Adele"
    spec = (world.folder / "specs/third.yaml").read_text()
    (world.folder / "specs/third.yaml").write_text(
        spec.replace(", version: {value: at, type: timestamp}", "")
    )
    world.sync()
    assert world.rows()[0][1] == "Ada"
    with world.open() as workspace:
        replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=3, lot=1))
    assert world.rows()[0][1] == "Ada"
