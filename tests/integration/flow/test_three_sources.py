"""Two thousand people in three sources: who is who is the same, whichever source is synced first."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from engine.flow.events import silence
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import sync
from engine.flow.workspace import Workspace
from tests.integration.canonical import canonical_rows
from tests.integration.flow.test_kept_apart import PROJECT, SOURCES
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

PEOPLE = 2_000
CLASHES = (700, 1_500)
"""Their number is somebody else's in the payroll, who was born on another day."""
POLICY = """
policy: person
default: {prefer: [roster, pay, badges]}
fields:
  name: {prefer: [badges]}
  born: {min: true}
guards: [{differ: born}]
"""

Group = frozenset[tuple[str, str]]
"""``(source, key)`` of the records that are one person."""


def _person(n: int) -> tuple[list[tuple[str, dict[str, Any]]], list[set[str]]]:
    """The records about a person, and which of their sources stand together."""
    mail, day = f"p{n}@x.com", f"19{60 + n % 40}-0{1 + n % 9}-1{n % 10}"
    roster: dict[str, Any] = {
        "id": f"r{n}",
        "number": f"n{n}",
        "mail": mail,
        "born": day,
        "name": f"Roster {n}",
    }
    pay: dict[str, Any] = {"id": f"{n}", "number": f" N{n} ", "mail": None, "born": day}
    badges = {"id": f"b{n}", "mail": mail.upper(), "name": f"Badge {n}"}
    match n % 8:
        case 0:  # the payroll knows the number, the directory the address
            return [("roster", roster), ("pay", pay), ("badges", badges)], [set(SOURCES)]
        case 1:
            return [("roster", roster)], [{"roster"}]
        case 2:  # without a number in the payroll
            return [("pay", pay | {"number": None, "mail": mail}), ("badges", badges)], [{"pay", "badges"}]
        case 3:  # only the payroll knows both: it joins the two others
            roster |= {"mail": None}
            pay |= {"mail": mail}
            return [("roster", roster), ("pay", pay), ("badges", badges)], [set(SOURCES)]
        case 4:  # a mailbox that many share joins nobody, the number does
            roster |= {"mail": "hr@x.com"}
            pay |= {"mail": "HR@x.com"}
            return [("roster", roster), ("pay", pay)], [{"roster", "pay"}]
        case 5:
            return [("badges", badges), ("pay", pay | {"number": None})], [{"badges"}, {"pay"}]
        case 6:
            return [("roster", roster), ("badges", badges | {"mail": "hr@x.com"})], [{"roster"}, {"badges"}]
        case _:
            return [("roster", roster), ("pay", pay | {"mail": mail})], [{"roster", "pay"}]


def _world() -> tuple[Mapping[str, list[dict[str, Any]]], set[Group]]:
    """What each source holds, and who is one person."""
    held: dict[str, list[dict[str, Any]]] = {name: [] for name in SOURCES}
    groups: set[Group] = set()
    for n in range(PEOPLE):
        records, together = _person(n)
        if n in CLASHES:  # three records: those of the number's two owners, and the login of the first
            day, mail = "2001-01-01", f"p{n}@x.com"
            other = {"id": f"{n}", "number": f"N{n}", "mail": f"q{n}@x.com", "born": day}
            own = {"id": f"r{n}", "number": f"n{n}", "mail": mail, "born": "1970-01-01", "name": "Own"}
            records = [("roster", own), ("pay", other), ("badges", {"id": f"b{n}", "mail": mail})]
            together = [{"roster", "badges"}, {"pay"}]
        for source, record in records:
            held[source].append(record)
        keys = {source: record["id"] for source, record in records}
        groups |= {frozenset((source, keys[source]) for source in each) for each in together}
    for records_of in held.values():
        random.Random(8).shuffle(records_of)
    return held, groups


HELD, GROUPS = _world()


def _grouping(workspace: Workspace) -> dict[Group, str]:
    """By the records that stand together, the id of their entity."""
    with workspace.database.connect() as connection:
        rows = connection.execute(
            "SELECT c._entity_id::text, array_agg(s.name), array_agg(c._key)"
            " FROM syncline.contribution_person c JOIN syncline.source s ON s.id = c._source"
            " WHERE c._fate = 0 AND c._dead_run IS NULL GROUP BY 1"
        ).fetchall()
    return {frozenset(zip(sources, keys, strict=True)): entity for entity, sources, keys in rows}


def _review(workspace: Workspace) -> set[tuple[str, str]]:
    """What a person is asked about: the value that was refused, and why."""
    with workspace.database.connect() as connection:
        return set(
            connection.execute(
                "SELECT value, why FROM syncline.identity_decision WHERE what = 'refuse'"
            ).fetchall()
        )


def _values(workspace: Workspace) -> list[tuple[Any, ...]]:
    with workspace.database.connect() as connection:
        rows = connection.execute("SELECT number, mail, born::text, name FROM canonical.person").fetchall()
    return sorted(rows, key=str)


def _wanted(group: Group) -> tuple[Any, ...]:
    """The values of a person, as the policy decides them."""
    said = {source: next(each for each in HELD[source] if each["id"] == key) for source, key in group}
    best = [said[source] for source in SOURCES if source in said]
    named = [said[source] for source in ("badges", "roster") if source in said]

    def first(name: str, among: list[dict[str, Any]]) -> Any:
        return next((each[name] for each in among if each.get(name) is not None), None)

    born = min((each["born"] for each in best if each.get("born")), default=None)
    return first("number", best), first("mail", best), born, first("name", named)


@pytest.mark.parametrize("order", list(permutations(SOURCES)), ids="-".join)
def test_who_is_who_does_not_depend_on_who_is_synced_first(
    tmp_path: Path, database_url: str, order: tuple[str, ...]
) -> None:
    """The grouping, the values and the review queue; then the same ids and rows from what is stored."""
    write(tmp_path, PROJECT | {"mappings/policies/person.yaml": POLICY})

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(HELD[asked.target.strip("/")]).encode())

    with serving(answer) as url:
        environment = {"APART_DATABASE": database_url, "APART_API": url}
        with Workspace.open(tmp_path, say=lambda _: None, environment=environment) as workspace:
            for source in order:
                report = sync(workspace, [source], stopping=lambda: False, listen=silence)
                assert report.complete
                assert report.dead == 0
            live = _grouping(workspace)
            assert set(live) == GROUPS
            assert _review(workspace) == {(f"N{n}", "born differs") for n in CLASHES}
            assert _values(workspace) == sorted(map(_wanted, GROUPS), key=str)
            rows = canonical_rows(workspace)
            assert len(rows["person"]) == len(GROUPS)
            for shuffle in (Shuffle(seed=1, lot=1), Shuffle(seed=2)):
                replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=shuffle)
                assert canonical_rows(workspace) == rows
                assert _grouping(workspace) == live
