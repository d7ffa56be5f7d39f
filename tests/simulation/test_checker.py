"""The checker sees what it should: a sound database holds, and each kind of damage is a violation."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.simulation.behaviours import Scene
from tests.simulation.histories import PLAIN
from tests.simulation.world import World

pytestmark = pytest.mark.database

SOURCES = ("commits", "facts", "rules", "recount", "checker", "witness", "source", "serving")

DAMAGE = {
    "a lost row": ("DELETE FROM canonical.person WHERE name = 'a'", "I2"),
    "a changed value": ("UPDATE canonical.person SET mood = 'odd' WHERE name = 'a'", "I5"),
    "a lost contribution": ("DELETE FROM syncline.contribution_person WHERE _key = 'a'", "I1"),
    "a doubled row": (
        "INSERT INTO canonical.person (id, name) VALUES (gen_random_uuid(), 'a')",
        "I2",
    ),
    "a swallowed dead letter": ("DELETE FROM syncline.dead_letter", "I6"),
    "a lost ledger row": ("DELETE FROM syncline.ledger", "I6"),
    "a lost body": ("DELETE FROM syncline.body", "I7"),
    "a lost watermark": ("UPDATE syncline.progress SET watermark = NULL", "I4"),
    "a watermark ahead": (
        "UPDATE syncline.progress SET watermark = jsonb_set(watermark, '{value}', '\"2027-01-01\"')",
        "I3",
    ),
    "a lost response": (
        "DELETE FROM syncline.ledger; DELETE FROM syncline.response",
        "I3",
    ),
}

NOTES = {
    "a lost row": ("DELETE FROM canonical.note WHERE name = 'a'", "I2"),
    "a changed value": ("UPDATE canonical.note SET mood = 'odd' WHERE name = 'a'", "I1"),
    "a lost contribution": ("DELETE FROM syncline.contribution_note WHERE _key = 'a'", "I1"),
    "a doubled row": ("INSERT INTO canonical.note (id, name) VALUES (gen_random_uuid(), 'a')", "I2"),
    "a swallowed dead letter": ("DELETE FROM syncline.dead_letter", "I6"),
}
"""To an entity whose values stand nowhere but in its canonical rows."""


def _synced(world: World) -> Scene:
    scene = Scene(world)
    people = scene.left()
    scene.put(people, "a", "b", "c", mood="glad")
    scene.put(people, "d", age="many")
    scene.done()
    scene.holds(clean=True)
    return scene


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_seen(world: World, damage: str) -> None:
    """What somebody did to the database behind our back breaks a promise by its name."""
    statement, invariant = DAMAGE[damage]
    _synced(world)
    world._admin.execute(statement)
    assert invariant in {each.invariant for each in world.check()}


@pytest.mark.parametrize("damage", NOTES)
def test_damage_to_what_has_no_versions_is_seen(world: World, damage: str) -> None:
    """The same where one mapping alone feeds an entity."""
    statement, invariant = NOTES[damage]
    scene = Scene(world)
    notes = scene.plain()
    scene.put(notes, "a", "b", mood="glad")
    scene.put(notes, "d", age="many")
    scene.done()
    scene.holds(clean=True, reconciled=True)
    world._admin.execute(statement)
    assert invariant in {each.invariant for each in world.check()}


def test_without_versions_the_last_answer_has_to_say_it(world: World) -> None:
    """That an earlier one said the same does not make up for it."""
    scene = Scene(world)
    notes = scene.plain()
    for name in ("here", "there"):
        scene.put(notes, "a", name=name)
        scene.done()
        scene.holds(clean=True, reconciled=True)
    scene.put(notes, "a", name="here")
    notes.lag = 1
    scene.done()
    missing = world.check(reconciled=[PLAIN])
    assert [each.message for each in missing] == [
        "never came from plain/notes: commit 2 of 'a' at +0.0s late"
    ]


def test_the_checker_shares_no_code_with_the_engine() -> None:
    """Neither it nor what it stands on imports anything of ours."""
    for name in SOURCES:
        tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text())
        imported = {
            (each.module or "") if isinstance(each, ast.ImportFrom) else alias.name
            for each in ast.walk(tree)
            if isinstance(each, ast.Import | ast.ImportFrom)
            for alias in each.names
        }
        assert not [each for each in imported if each.split(".")[0] == "engine"]
