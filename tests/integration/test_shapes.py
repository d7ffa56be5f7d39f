"""
Shapes of mappings from a real server to the database: lists inside lists, keys of several parts, references
by identity keys across two sources, constraints. What is synced is what a rebuild makes, in any order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import sync
from engine.flow.trial import trial
from engine.flow.workspace import Workspace
from tests.integration.canonical import canonical_rows
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

FILES = {
    "specs/staff.yaml": """
connector: staff
title: Staff
description: People, and the posts that they hold.
config: {url: {type: string, description: Where it listens}}
http: {base_url: "${config.url}"}
streams:
  people: {path: /people, records: "@", key: id}
  posts: {path: /posts, records: "@", key: [company, code]}
""",
    "specs/desk.yaml": """
connector: desk
title: Desk
description: Orders, each with items, each with assignments.
config: {url: {type: string, description: Where it listens}}
http: {base_url: "${config.url}"}
streams:
  orders: {path: /orders, records: "@", key: no}
""",
    "mappings/entities/person.yaml": """
entity: person
fields:
  name: string
  email: email
  hired_on: date
  left_on: date
  mentor: {type: ref, entity: person}
  post: {type: ref, entity: post}
identity:
  - {name: email, on: [email], normalise: [trim, lower]}
constraints:
  - {name: dates_in_order, that: "!hired_on || !left_on || hired_on <= left_on"}
""",
    "mappings/entities/post.yaml": """
entity: post
fields: {title: {type: string, pattern: "[A-Z][a-z]+"}}
""",
    "mappings/entities/assignment.yaml": """
entity: assignment
fields:
  order_no: string
  item: integer
  share: decimal
  worker: {type: ref, entity: person}
""",
    "mappings/staff/people.yaml": """
from: staff.people
to: person
fields:
  name: name
  email: email
  hired_on: hired
  left_on: left
  mentor: {value: mentor, ref: {entity: person, by: email}}
  post: {value: [company, post], ref: staff.posts}
""",
    "mappings/staff/people.test.yaml": """
- name: who leaves before coming is refused
  record: {id: 1, hired: "2024-02-01", left: "2024-01-01"}
  reject: [{code: constraint-broken}]
- name: references are what they are found by
  record: {id: 1, mentor: "Ann@X.org", company: A/B, post: 7}
  expect: {mentor: ann@x.org, post: A~1B/7}
""",
    "mappings/staff/posts.yaml": """
from: staff.posts
to: post
fields: {title: title}
""",
    "mappings/entities/company.yaml": """
entity: company
fields: {name: string, known_by: string}
""",
    "mappings/staff/companies.yaml": """
from: staff.people
to: company
key: company
when: company
fields: {name: company, known_by: name}
""",
    "mappings/desk/assignments.yaml": """
from: desk.orders
to: assignment
each: [items, assignments]
key: [{value: line, of: parent}, nr]
fields:
  order_no: {value: no, of: record}
  item: {value: line, of: parent}
  share: share
  worker: {value: worker, ref: {entity: person, by: email}}
""",
    "mappings/desk/assignments.test.yaml": """
- name: every assignment of every item
  record:
    "no": 1
    items: [{line: 10, assignments: [{nr: 1, worker: A@x.org}, {nr: 2}]}, {line: 20, assignments: [{nr: 1}]}]
  expect: [{item: 10, worker: a@x.org}, {item: 10}, {item: 20, order_no: "1"}]
- name: the same key twice
  record: {no: 1, items: [{line: 10, assignments: [{nr: 1}, {nr: 1}]}]}
  reject: [{code: key-twice}, {code: key-twice}]
""",
}

ANN = {"id": 1, "name": "Ann", "email": "ann@x.org", "company": "A/B", "post": "7", "hired": "2024-01-01"}
BO = {"id": 2, "name": "Bo", "email": "Bo@x.org", "mentor": "ANN@x.org", "company": "A/B", "post": 8}
POSTS = [{"company": "A/B", "code": 7, "title": "Clerk"}, {"company": "A", "code": "B/7", "title": "No"}]
ORDER = {
    "no": 5,
    "items": [
        {"line": 10, "assignments": [{"nr": 1, "share": "0.5", "worker": "ann@x.org"}, {"nr": 2}]},
        {"line": 20, "assignments": [{"nr": 1, "share": 1, "worker": "BO@x.org"}]},
    ],
}


@dataclass(kw_only=True)
class World:
    """Both systems, and a project that reads them."""

    workspace: Workspace
    answers: dict[str, Any] = field(default_factory=dict)

    def sync(self, *sources: str) -> None:
        for each in self.workspace.sources.values():
            each.close()
        assert sync(self.workspace, sources, stopping=lambda: False, listen=silence).complete

    def rows(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """Every canonical row with its id, and every dead letter."""
        found = canonical_rows(self.workspace)
        with self.workspace.database.connect() as connection:
            found["dead letters"] = connection.execute(
                "SELECT subject, problems::text FROM syncline.dead_letter ORDER BY 1"
            ).fetchall()
        return found

    def people(self) -> dict[str, tuple[Any, ...]]:
        """Name to (mentor's name, post's title)."""
        return self._by_first(
            "SELECT p.name, m.name, t.title FROM canonical.person p"
            " LEFT JOIN canonical.person m ON m.id = p.mentor LEFT JOIN canonical.post t ON t.id = p.post"
        )

    def assignments(self) -> dict[str, tuple[Any, ...]]:
        """Key to (order, item, worker's name)."""
        return self._by_first(
            "SELECT c._key, a.order_no, a.item, p.name FROM canonical.assignment a"
            " JOIN syncline.contribution_assignment c ON c._entity_id = a.id"
            " LEFT JOIN canonical.person p ON p.id = a.worker"
        )

    def _by_first(self, text: str) -> dict[str, tuple[Any, ...]]:
        with self.workspace.database.connect() as connection:
            return {row[0]: row[1:] for row in connection.execute(text).fetchall()}

    def rebuild_gives_the_same(self) -> None:
        wanted = self.rows()
        for shuffle in (None, Shuffle(seed=1, lot=1), Shuffle(seed=2, lot=2), Shuffle(seed=3, lot=1)):
            replay_all(self.workspace, stopping=lambda: False, listen=silence, shuffle=shuffle)
            assert self.rows() == wanted, shuffle


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    answers: dict[str, Any] = {"people": [ANN, BO], "posts": POSTS, "orders": [ORDER]}

    def answer(asked: Asked) -> Told:
        body = json.dumps(answers[asked.target.strip("/")]).encode()
        return Told(headers={"Content-Type": "application/json"}, body=body)

    with ExitStack() as stack:
        url = stack.enter_context(serving(answer))
        sources = "".join(
            f"  {name}: {{connector: {name}, config: {{url: {url}}}}}\n" for name in ("desk", "staff")
        )
        project = (
            f"project: shapes\ndatabase: {database_url}\nsources:\n{sources}egress: {{allow: [{url}]}}\n"
        )
        folder = write(tmp_path, {**FILES, "syncline.yaml": project})
        workspace = stack.enter_context(Workspace.open(folder, say=lambda _: None))
        yield World(workspace=workspace, answers=answers)


def test_references_are_linked_whichever_source_comes_first(world: World) -> None:
    """Late and early, across sources, by an identity key and by a key of two parts."""
    world.sync("desk")
    nobody = {"5/10/1": ("5", 10, None), "5/10/2": ("5", 10, None), "5/20/1": ("5", 20, None)}
    assert world.assignments() == nobody
    world.sync("staff")
    assert world.people() == {"Ann": (None, "Clerk"), "Bo": ("Ann", None)}
    linked = {"5/10/1": ("5", 10, "Ann"), "5/10/2": ("5", 10, None), "5/20/1": ("5", 20, "Bo")}
    assert world.assignments() == linked
    world.answers["posts"] = [*POSTS, {"company": "A/B", "code": "8", "title": "Chef"}]
    world.sync()
    assert world.people() == {"Ann": (None, "Clerk"), "Bo": ("Ann", "Chef")}
    world.rebuild_gives_the_same()


def test_what_moves_and_ends_is_followed_and_rebuilt(world: World) -> None:
    """An address passes on, an element goes, a constraint breaks: the last good version stays."""
    world.sync()
    world.answers["people"] = [{**ANN, "email": "ann@y.org"}, BO]
    order = json.loads(json.dumps(ORDER))
    del order["items"][0]["assignments"][1]
    world.answers["orders"] = [order]
    world.sync()
    assert world.people()["Bo"] == (None, None)
    assert world.assignments() == {"5/10/1": ("5", 10, None), "5/20/1": ("5", 20, "Bo")}
    world.rebuild_gives_the_same()
    cy = {"id": 3, "name": "Cy", "email": "ann@x.org"}
    broken = {**BO, "name": "Bob", "hired": "2024-02-01", "left": "2024-01-01"}
    world.answers["people"] = [{**ANN, "email": "ann@y.org"}, broken, cy]
    world.sync()
    assert world.people() == {"Ann": (None, "Clerk"), "Bo": ("Cy", None), "Cy": (None, None)}
    assert world.assignments()["5/10/1"] == ("5", 10, "Cy")
    ((subject, problems),) = world.rows()["dead letters"]
    assert subject == "2"
    (problem,) = json.loads(problems)
    assert problem["code"] == "constraint-broken"
    assert problem["message"] == "constraint dates_in_order is false: hired_on 2024-02-01, left_on 2024-01-01"
    world.rebuild_gives_the_same()


def test_a_text_that_breaks_its_pattern_is_a_dead_letter_until_it_fits(world: World) -> None:
    """What the last good version said stays, live and rebuilt."""
    world.sync()
    world.answers["posts"] = [{"company": "A/B", "code": 7, "title": "clerk 2"}, POSTS[1]]
    world.sync()
    assert world.people()["Ann"] == (None, "Clerk")
    ((subject, problems),) = world.rows()["dead letters"]
    assert [(subject, each["code"]) for each in json.loads(problems)] == [("A~1B/7", "pattern-mismatch")]
    assert explain(world.workspace, "post", "A~1B/7").agrees
    world.rebuild_gives_the_same()
    world.answers["posts"] = [{"company": "A/B", "code": 7, "title": "Chef"}]
    world.sync()
    assert world.people()["Ann"] == (None, "Chef")


def test_every_reference_and_element_is_proved_from_the_stored_bytes(world: World) -> None:
    """By the value that it was found by."""
    world.sync()
    made = explain(world.workspace, "assignment", "5/20/1")
    assert made.agrees
    assert {each.field.name for each in made.fields} == {"order_no", "item", "share", "worker"}
    (worker,) = (each for each in made.fields if each.field.name == "worker")
    assert worker.trace is not None
    assert worker.trace.columns == ("bo@x.org",)
    assert [each.pointer for each in worker.trace.origins] == ["/0/items/1/assignments/0/worker"]
    for number in ("1", "2"):
        assert explain(world.workspace, "person", number).agrees


def test_many_records_make_one_thing_and_the_newest_counts(world: World) -> None:
    """What they no longer say stays."""
    world.sync()
    with world.workspace.database.connect() as connection:
        assert connection.execute("SELECT name, known_by FROM canonical.company").fetchall() == [
            ("A/B", "Bo")
        ]
    world.answers["people"] = [{**ANN, "name": "Anna"}, {**BO, "company": "C"}]
    world.sync()
    with world.workspace.database.connect() as connection:
        found = connection.execute("SELECT name, known_by FROM canonical.company ORDER BY 1").fetchall()
    assert found == [("A/B", "Anna"), ("C", "Bo")]
    world.rebuild_gives_the_same()


def test_the_cases_beside_the_mappings_pass(world: World) -> None:
    results = [case for each in trial(world.workspace.project.directory).files for case in each.cases]
    assert len(results) == 4
    assert [each.differences for each in results] == [()] * 4
