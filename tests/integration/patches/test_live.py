"""A live source that sends patches: late, doubled, with nulls, across deletes, beside one that says all."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from engine.flow import letters
from engine.flow.explain import explain
from engine.store import migrate
from tests.integration.patches.conftest import MAPPING, World, alone, same_when_rebuilt

pytestmark = pytest.mark.database


def test_what_is_absent_stays_null_clears_and_a_late_patch_finds_its_place(both: World) -> None:
    world = both
    world.sync([{"id": 1, "at": 1, "number": "P1", "name": "Ada", "level": 1, "boss": 2}])
    world.sync([{"id": 1, "at": 5, "name": None, "pay": {"amount": 10, "currency": "EUR"}}])
    assert world.people() == [("P1", None, 1, 10, "EUR", None)]
    late = [{"id": 1, "at": 3, "name": "Late", "level": 3}, {"id": 2, "at": 1, "number": "P2"}]
    world.sync([*late, late[0]])
    assert world.people() == [("P1", None, 3, 10, "EUR", "P2"), ("P2", None, None, None, None, None)]
    assert world.letters() == []
    same_when_rebuilt(world)


def test_a_whole_that_breaks_a_constraint_is_no_row_until_a_patch_mends_it(both: World) -> None:
    """Also one that is late. Nobody's row has what the contract rules out, and a letter says why."""
    world = both
    contract = world.folder / "mappings/entities/person.yaml"
    held = "constraints: [{name: high, that: \"!level || level < `5` || name == 'Chief'\"}]\n"
    contract.write_text(contract.read_text(encoding="utf-8") + held, encoding="utf-8")
    world.sync([{"id": 1, "at": 1, "number": "P1", "name": "Ada", "level": 3}])
    (before,) = world.table("SELECT id FROM canonical.person")
    world.sync([{"id": 1, "at": 5, "level": 7}])
    assert (world.people(), world.letters()) == ([], [("1", "constraint-broken", None)])
    same_when_rebuilt(world)
    world.sync([{"id": 1, "at": 3, "name": "Chief"}])
    assert (world.people(), world.letters()) == ([("P1", "Chief", 7, None, None, None)], [])
    assert world.table("SELECT id FROM canonical.person") == [before]
    same_when_rebuilt(world)


def test_an_answer_that_came_before_says_something_new_after_another(both: World) -> None:
    """A, B, A: neither the same response nor the same record may be passed over."""
    world = both
    first = [{"id": 1, "at": None, "number": "P1", "name": "A"}]
    for changes in (first, [{"id": 1, "name": "B", "level": 2}], first):
        world.sync(changes)
    assert world.people() == [("P1", "A", 2, None, None, None)]
    counts = world.table(
        "SELECT records, changed, same, twin FROM syncline.ledger WHERE mapping = "
        "(SELECT id FROM syncline.mapping WHERE name = 'crm/changes') ORDER BY raw_id"
    )
    assert counts == [(1, 1, 0, None)] * 3
    world.sync(first)
    assert world.table("SELECT same FROM syncline.ledger ORDER BY raw_id DESC LIMIT 2").count((1,)) == 1
    assert world.table("SELECT count(*) FROM syncline.patch") == [(2,)]
    same_when_rebuilt(world)


def test_a_patch_after_a_delete_starts_from_nothing(both: World) -> None:
    """And one that is late, from before the delete, changes nothing of it."""
    world = both
    world.sync([{"id": 1, "at": 1, "number": "P1", "name": "Ada", "level": 1}])
    (before,) = world.table("SELECT id FROM canonical.person")
    world.sync([{"id": 1, "at": 4, "active": False}])
    assert world.people() == []
    world.sync([{"id": 1, "at": 2, "level": 2}, {"id": 1, "at": 6, "number": "P1"}])
    assert world.people() == [("P1", None, None, None, None, None)]
    assert world.table("SELECT id FROM canonical.person") == [before]
    same_when_rebuilt(world)


def test_a_patch_that_says_nothing_of_the_marker_is_none(world: World) -> None:
    """Though the marker's expression would be true of null."""
    spec = world.folder / "specs/crm.yaml"
    spec.write_text(spec.read_text().replace("active == `false`", "active != `true`"))
    world.sync([{"id": 1, "at": 1, "active": True, "number": "P1"}, {"id": 1, "at": 2, "name": "Ada"}])
    assert world.people() == [("P1", "Ada", None, None, None, None)]
    world.sync([{"id": 1, "at": 3, "active": None}])
    assert world.people() == []


def test_absent_from_a_complete_reading_is_gone_and_who_returns_starts_from_nothing(world: World) -> None:
    alone(world)
    spec = world.folder / "specs/crm.yaml"
    spec.write_text(
        spec.read_text().replace(
            '{type: marker, when: "active == `false`"}', "{type: enumeration, limit: 90%}"
        )
    )
    people = [{"id": n, "at": 1, "number": f"P{n}", "name": "Ada"} for n in (1, 2, 3)]
    world.sync(people, full=True)
    world.sync(people[1:], full=True)
    assert [row[0] for row in world.people()] == ["P2", "P3"]
    world.sync([*people[1:], {"id": 1, "at": 0, "number": "P1", "level": 7}])
    assert world.people()[0] == ("P1", None, 7, None, None, None)
    same_when_rebuilt(world)


def test_a_record_that_no_longer_passes_withdraws_what_it_said_until_it_passes_again(both: World) -> None:
    world = both
    world.sync([{"id": 1, "at": 1, "number": "P1", "name": "Ada"}])
    world.sync([{"id": 1, "at": 2, "state": "draft"}])
    assert world.people() == []
    world.sync([{"id": 1, "at": 3, "level": 3}])
    assert world.people() == []
    world.sync([{"id": 1, "at": 4, "state": "final"}])
    assert world.people() == [("P1", "Ada", 3, None, None, None)]
    same_when_rebuilt(world)


def test_a_dead_letter_hides_nothing_and_heals_when_its_fields_are_said_again(both: World) -> None:
    world = both
    world.sync([{"id": 1, "at": 1, "number": "P1", "level": 1}])
    world.sync([{"id": 1, "at": 2, "level": "x", "name": "Bad"}])
    world.sync([{"id": 1, "at": 3, "pay": {"amount": 5, "currency": "EUR"}}])
    assert world.people() == [("P1", None, 1, 5, "EUR", None)]
    assert world.letters() == [("1", "not-a-number", "level")]
    same_when_rebuilt(world)
    world.sync([{"id": 1, "at": 4, "level": 4}])
    assert world.letters() == [("1", "not-a-number", "level")]
    world.sync([{"id": 1, "at": 5, "name": None}])
    assert world.letters() == []
    assert world.people() == [("P1", None, 4, 5, "EUR", None)]
    same_when_rebuilt(world)


def test_a_dead_letter_that_another_version_of_the_mapping_reads_takes_its_place(both: World) -> None:
    """Its patch is laid where it belongs: below those that came later."""
    world = both
    world.sync([{"id": 1, "at": 1, "number": "P1", "level": 1, "name": "Ada"}])
    world.sync([{"id": 1, "at": 2, "level": "two", "name": "Bad"}])
    world.sync([{"id": 1, "at": 3, "name": "Last"}])
    assert world.letters() == [("1", "not-a-number", "level")]
    repaired = MAPPING.replace("level: level", "level: {value: level, map: {two: 2, '1': 1}}")
    (world.folder / "mappings/crm/changes.yaml").write_text(repaired)
    world.sync([])
    assert world.letters() == []
    assert world.people() == [("P1", "Last", 2, None, None, None)]
    same_when_rebuilt(world)


def test_a_key_without_its_required_field_waits_for_it(both: World) -> None:
    """Nothing is said of it, and a letter about the key says so; also `dead-letters show` finds it."""
    world = both
    world.sync([{"id": 1, "at": 2, "name": "Ada"}])
    assert world.people() == []
    assert world.letters() == [("1", "required", "number")]
    with world.open() as workspace:
        (letter,) = letters.named(workspace.database, "crm.changes", "1")
        assert letters.opened(workspace, letter).record["name"] == "Ada"
    same_when_rebuilt(world)
    world.sync([{"id": 1, "at": 1, "number": "P1"}])
    assert world.people() == [("P1", "Ada", None, None, None, None)]
    assert world.letters() == []
    same_when_rebuilt(world)


def test_another_version_of_the_mapping_makes_every_patch_anew(both: World) -> None:
    world = both
    world.sync([{"id": 1, "at": 1, "number": "P1", "name": "Ada", "nick": "A"}])
    world.sync([{"id": 1, "at": 2, "name": "Bea"}])
    (world.folder / "mappings/crm/changes.yaml").write_text(MAPPING.replace("name: name", "name: nick"))
    world.sync([])
    assert world.people() == [("P1", "A", None, None, None, None)]
    same_when_rebuilt(world)


def test_a_stream_whose_records_become_patches_is_folded_from_what_is_stored(both: World) -> None:
    world = both
    spec = world.folder / "specs/crm.yaml"
    text = spec.read_text()
    spec.write_text(text.replace("partial: true", "partial: false"))
    world.sync([{"id": 1, "at": 1, "number": "P1", "name": "Ada"}])
    world.sync([{"id": 1, "at": 2, "number": "P1", "level": 2}])
    assert world.people() == [("P1", None, 2, None, None, None)]
    spec.write_text(text)
    world.sync([])
    assert world.people() == [("P1", "Ada", 2, None, None, None)]
    same_when_rebuilt(world)


def test_explain_finds_the_patch_that_said_a_value_last(both: World) -> None:
    """100 values at least, each computed again on the bytes of the response that said it."""
    world, chance = both, random.Random(19)
    world.answers["/people"] = [{"id": f"P{n}", "name": f"staff {n}", "level": 9} for n in range(0, 30, 2)]
    said: dict[tuple[str, str], str] = {}
    makes: dict[str, Callable[[int], Any]] = {
        "name": lambda turn: f"name {turn}",
        "level": lambda turn: turn,
        "pay": lambda turn: {"amount": turn, "currency": "EUR"},
    }
    for turn in range(1, 7):
        changes = []
        for n in range(30):
            patch: dict[str, Any] = {"id": n, "at": turn}
            patch |= {"number": f"P{n}"} if turn == 1 else {}
            for name, make in makes.items():
                if chance.random() < 0.4:
                    patch[name] = make(turn)
                    said[f"P{n}", name] = json.dumps(patch[name])
            changes.append(patch)
        world.sync(changes)
    checked = 0
    with world.open() as workspace:
        for n in range(30):
            told = explain(workspace, "person", f"P{n}")
            assert told.agrees
            for each in told.fields:
                assert each.why == ""
                assert each.trace is not None
                origin = each.trace.origins[0]
                assert origin.start is not None
                bytes_there = each.response.body[origin.start : origin.end].decode()
                wanted = said.get((f"P{n}", each.field.name))
                if each.stream.source == "crm" and wanted is not None:
                    value = json.loads(wanted)
                    assert json.loads(bytes_there) == (value["amount"] if isinstance(value, dict) else value)
                    checked += 1
    assert checked >= 60
    view = world.table("SELECT count(*) FROM canonical.person_provenance")
    assert view == world.table(
        "SELECT sum(num_nonnulls(number, name, level, pay, pay_currency, boss)) FROM canonical.person"
    )


def test_tables_taken_down_a_revision_and_up_again_are_folded_from_what_is_stored(both: World) -> None:
    """Nothing that patches said before is lost on the way."""
    world = both
    world.sync([{"id": 1, "at": 1, "number": "P1", "name": "Ada"}])
    world.sync([{"id": 1, "at": 2, "level": 2}])
    migrate.move(world.environment["DATABASE"], "0001")
    migrate.move(world.environment["DATABASE"], "head")
    world.sync([{"id": 1, "at": 3, "name": None}])
    assert world.people() == [("P1", None, 2, None, None, None)]
    with world.open() as workspace:
        assert explain(workspace, "person", "P1", "level").agrees
    same_when_rebuilt(world)
