"""What people decide about identity, on the command line: the queue, merges, their undoing, a rebuild."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.command import Ended, Syncline, ended
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

SPEC = """
connector: NAME
config: {base: {type: string}}
http: {base_url: "${config.base}"}
streams:
  people: {path: /NAME, records: "@", key: id}
"""
MAPPING = """
from: NAME.people
to: person
fields: {number: number, mail: mail, born: born, name: name}
"""
SOURCES = ("roster", "pay", "badges")
PROJECT = {
    "syncline.yaml": """
project: decided
sources:
  roster: {connector: roster, config: {base: "env:API"}}
  pay: {connector: pay, config: {base: "env:API"}}
  badges: {connector: badges, config: {base: "env:API"}}
egress: {allow: ["env:API"]}
""",
    "mappings/entities/person.yaml": """
entity: person
fields:
  number: string
  mail: {type: email, pii: true}
  born: {type: date, pii: true}
  name: string
identity:
  - {name: number, on: [number]}
  - {name: mail, on: [mail]}
history: true
""",
    "mappings/entities/team.yaml": """
entity: team
fields:
  name: string
  lead: {type: ref, entity: person}
  contact: {type: ref, entity: person}
""",
    "mappings/policies/person.yaml": """
policy: person
default: {prefer: [roster, pay, badges]}
guards: [{differ: born}]
""",
    "mappings/pay/teams.yaml": """
from: pay.teams
to: team
fields:
  name: name
  lead: {value: lead, ref: pay.people}
  contact: {value: contact, ref: {entity: person, by: mail}}
""",
    **{f"specs/{name}.yaml": SPEC.replace("NAME", name) for name in SOURCES},
    "specs/pay.yaml": SPEC.replace("NAME", "pay") + '  teams: {path: /teams, records: "@", key: id}\n',
    **{f"mappings/{name}/people.yaml": MAPPING.replace("NAME", name) for name in SOURCES},
}
PEOPLE: dict[str, list[dict[str, Any]]] = {
    "roster": [
        {"id": "1", "number": "N1", "born": "1990-01-01", "name": "Ann"},
        {"id": "2", "number": "N2", "born": "1991-01-01", "name": "Bea"},
    ],
    "pay": [
        {"id": "a", "mail": "ann@x.com", "name": "Anna"},
        {"id": "b", "number": "N2", "born": "1999-09-09", "name": "Beatrix"},
    ],
    "badges": [],
    "teams": [{"id": "t", "name": "Red", "lead": "a", "contact": "ann@x.com"}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The project, what its systems have, and what its rows are."""

    at: Syncline
    api: str
    people: dict[str, list[dict[str, Any]]]

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What a command gave."""
        done = self.run(*arguments, "--json")
        assert done.code == code, done
        return done.json

    def run(self, *arguments: str) -> Ended:
        """Carry out a command."""
        return ended(self.at.start(*arguments, API=self.api))

    def ask(self, text: str) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with psycopg.connect(str(self.at.database)) as connection:
            return connection.execute(text).fetchall()

    def groups(self) -> dict[str, str]:
        """By the keys of the live records that stand together, the entity."""
        rows = self.ask(
            "SELECT string_agg(_key, '' ORDER BY _key), _entity_id::text FROM syncline.contribution_person"
            " WHERE _fate = 0 GROUP BY _entity_id"
        )
        return dict(rows)

    def team(self) -> tuple[str | None, str | None]:
        """Whom the team names."""
        ((lead, contact),) = self.ask("SELECT lead::text, contact::text FROM canonical.team")
        return lead, contact

    def rows(self) -> list[list[tuple[Any, ...]]]:
        """All that a rebuild has to give again."""
        return [
            self.ask("SELECT id, _won, number, mail, born, name FROM canonical.person ORDER BY id"),
            self.ask("SELECT id, lead, contact FROM canonical.team ORDER BY id"),
            self.ask("SELECT old, new FROM syncline.redirect ORDER BY 1"),
            self.ask("SELECT kind, value, disabled FROM syncline.identity_key ORDER BY 1, 2"),
        ]


@pytest.fixture
def decided(tmp_path: Path, database_url: str) -> Iterator[Decided]:
    """The project, synced once."""
    write(tmp_path, PROJECT)
    people = {name: [dict(each) for each in every] for name, every in PEOPLE.items()}

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(people[asked.target.strip("/")]).encode())

    with serving(answer) as url:
        at = Syncline(folder=tmp_path, database=database_url)
        at.configure()
        made = Decided(at=at, api=url, people=people)
        made.json("sync")
        yield made


def test_a_refused_join_waits_until_somebody_decides(decided: Decided) -> None:
    """Listed with the guard and both sides, personal data hidden; a merge or keeping apart settles it."""
    stood = decided.groups()
    assert set(stood) == {"1", "2", "a", "b"}
    listed = decided.json("identity", "list")
    (one,) = listed["refused"]
    assert one["why"] == ["born differs"]
    assert one["shared"] == [{"key": "number", "value": "N2"}]
    assert {each["id"]: each["records"] for each in one["sides"]} == {
        stood["2"]: ["roster.people:2"],
        stood["b"]: ["pay.people:b"],
    }
    shown = decided.run("identity", "list", "person")
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert lines[0].split() == ["N", "ENTITY", "ID", "RECORDS", "SHARED", "WHY"]
    assert len(lines) >= 3
    for line, side in zip(lines[1:3], one["sides"], strict=True):
        assert line.index(side["id"]) == lines[0].index("ID")
    why = "the day was mistyped in payroll"
    done = decided.json("identity", "merge", "person", stood["2"], stood["b"], "--why", why)
    assert {done["id"], done["other"]} == {stood["2"], stood["b"]}
    assert done["id"] < done["other"]
    assert decided.json("identity", "list") == {"count": 0, "refused": []}
    made = decided.json("identity", "list", "--all")["decisions"]
    assert [(each["what"], each["why"]) for each in made] == [("refuse", "born differs"), ("merge", why)]
    last = decided.json("identity", "list", "--all", "--limit", "1")
    assert (last["count"], [each["what"] for each in last["decisions"]]) == (2, ["merge"])
    assert "1 older with --limit" in decided.run("identity", "list", "--all", "--limit", "1").out
    assert made[1]["who"]
    before = decided.rows()
    decided.json("replay", "--all")
    assert decided.rows() == before


def test_a_merge_is_undone_with_what_refers_to_it(decided: Decided) -> None:
    """Ids, values and references come back, and stay so through later syncs and a rebuild."""
    stood, former = decided.groups(), decided.rows()
    assert decided.team() == (stood["a"], stood["a"])
    decided.people["roster"][0]["mail"] = "ann@x.com"
    decided.json("sync")
    joined = decided.groups()
    assert set(joined) == {"1a", "2", "b"}
    stays, went = sorted((stood["1"], stood["a"]))
    assert joined["1a"] == stays
    assert decided.team() == (stays, stays)
    done = decided.json("identity", "split", "person", went, "--why", "her sister's address")
    assert (done["id"], done["other"], done["records"]) == (stays, went, 1)
    assert decided.groups() == stood
    assert decided.team() == (stood["a"], None)  # both say the address: it leads to nobody
    names = decided.ask("SELECT id, name FROM canonical.person ORDER BY id")
    assert names == [(each[0], each[-1]) for each in former[0]]
    decided.json("sync")
    assert decided.groups() == stood
    before = decided.rows()
    decided.json("replay", "--all")
    assert decided.rows() == before
    shown = decided.json("identity", "show", "person", went)
    assert [each["what"] for each in shown["decisions"]] == ["merge", "split"]
    assert shown["decisions"][0]["undone_by"] == shown["decisions"][1]["number"]
    assert "ann@x.com" not in json.dumps(shown)


def test_kept_apart_whatever_records_say(decided: Decided) -> None:
    """The record that would join them is refused and listed no more; only --overrule merges them."""
    stood = decided.groups()
    decided.json("identity", "keep-apart", "person", "1", stood["a"], "--why", "sisters")
    decided.people["roster"][0]["mail"] = "ann@x.com"
    decided.json("sync")
    assert decided.groups() == stood
    waiting = decided.json("identity", "list")["refused"]
    assert [each["why"] for each in waiting] == [["born differs"]]
    pair = ("person", stood["1"], stood["a"], "--why", "after all")
    refused = decided.run("identity", "merge", *pair)
    assert refused.code == 2
    assert "--overrule" in refused.err
    decided.json("identity", "merge", *pair, "--overrule")
    assert set(decided.groups()) == {"1a", "2", "b"}
    before = decided.rows()
    decided.json("replay", "--all")
    assert decided.rows() == before


def test_a_record_is_parted_by_its_key(decided: Decided) -> None:
    """One that joined, and never was an entity; what is mistyped is said."""
    decided.people["badges"].append({"id": "u", "number": "N1"})
    decided.json("sync")
    stood = decided.groups()
    given = ("identity", "split", "person", stood["1u"], "--why", "a visitor's badge", "--record")
    wrong = decided.run(*given, "badge.people:u")
    assert wrong.code == 2
    assert "did you mean 'badges.people'" in wrong.err
    done = decided.json(*given, "badges.people:u")
    assert decided.groups() == {"1": stood["1u"], "u": done["other"], **{each: stood[each] for each in "2ab"}}
    decided.json("sync")
    assert decided.groups()["u"] == done["other"]


def test_why_is_never_empty(decided: Decided) -> None:
    """A decision without a reason is refused, as is one about an entity with itself."""
    stood = decided.groups()
    empty = decided.run("identity", "keep-apart", "person", stood["1"], stood["2"], "--why", " ")
    assert (empty.code, "--why is empty" in empty.err) == (2, True)
    same = decided.run("identity", "merge", "person", stood["1"], stood["1"], "--why", "so")
    assert (same.code, "are one person" in same.err) == (2, True)
    nobody = decided.run("identity", "list", "persn")
    assert (nobody.code, "did you mean 'person'" in nobody.err) == (2, True)
