"""Ages from the files to the rows: a source falls silent, and comes back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.pins import lift, pin
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from engine.flow.sync import sync
from engine.flow.view import view
from tests.integration.flow.test_strategies import PROJECT, SAID, World
from tests.integration.serving import Asked, Told, serving, write

pytestmark = pytest.mark.database

POLICY = """
policy: person
default: {prefer: [desk, staff]}
fields:
  called: {prefer: [staff], max_age: 30d}
  phones: {union: true, max_age: 30d}
  score: {max: true, max_age: 90d}
"""
CONTRACT = PROJECT["mappings/entities/person.yaml"] + "history: true\n"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    said: dict[str, Any] = dict(SAID)

    def answer(asked: Asked) -> Told:
        told = said[asked.target]
        return Told(status=500) if told is None else Told(body=json.dumps(told).encode())

    quick = {
        name: text.replace('base_url: "${config.base}"', 'base_url: "${config.base}", retry: {attempts: 1}')
        for name, text in PROJECT.items()
        if name.startswith("specs/")
    }
    with ExitStack() as stack:
        address = stack.enter_context(serving(answer))
        files = {"mappings/policies/person.yaml": POLICY, "mappings/entities/person.yaml": CONTRACT}
        write(tmp_path, PROJECT | quick | files)
        yield World(folder=tmp_path, environment={"DATABASE": database_url, "API": address}, said=said)


def days_pass(world: World, days: int) -> None:
    """All that is recorded lies so many days further back; no clock is touched."""
    back = f"interval '{days} days'"
    with psycopg.connect(world.environment["DATABASE"]) as connection:
        connection.execute(f"UPDATE syncline.run SET started = started - {back}, ended = ended - {back}")
        for table in ("confirmation", "confirmed_record", "aging"):
            connection.execute(f"UPDATE syncline.{table} SET at = at - {back}")
        connection.execute(f"UPDATE syncline.entity SET recorded_at = recorded_at - {back}")


def called(world: World, *, rebuilt: bool = False) -> tuple[Any, ...]:
    """What the first person is called, their telephones and their score."""
    if rebuilt:
        with world.open() as workspace:
            replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=3, lot=1))
    found = world.rows()[0]
    return found[1], found[3], found[4]


def test_a_source_that_falls_silent_counts_less_until_it_is_back(world: World) -> None:
    """What it says every day in the same words is confirmed; after a month without, another one counts."""
    both = ["1", "10", "9"]
    world.sync()
    for _ in range(2):  # every response comes as it came before, and is skipped
        days_pass(world, 20)
        world.sync()
    assert called(world) == ("Adele", both, 10)
    with world.open() as workspace:
        (found,) = explain(workspace, "person", "1", "called").fields
    assert found.age is not None
    assert (found.age.limit, found.age.over, found.because) == ("30d", False, "the policy prefers staff")

    was, world.said["/staff"] = world.said["/staff"], None  # type: ignore[assignment]  # the source is down
    with world.open() as workspace:
        assert not sync(workspace, stopping=lambda: False, listen=silence).complete
    assert called(world) == ("Adele", both, 10), "a run that fails confirms nobody, and deletes nobody"
    days_pass(world, 31)
    with world.open() as workspace:
        assert not sync(workspace, stopping=lambda: False, listen=silence).complete
    assert called(world) == ("Ada", ["1", "9"], 10), "a score counts for 90 days"
    assert called(world, rebuilt=True) == ("Ada", ["1", "9"], 10)
    with world.open() as workspace:
        (found,) = explain(workspace, "person", "1", "called").fields
        (phones,) = explain(workspace, "person", "1", "phones").fields
    assert found.agrees
    assert phones.agrees
    assert found.because == "who else says it was not confirmed for 30d"
    assert phones.because == "the policy unites what all of them say, as it was confirmed within 30d"
    (rival,) = found.over
    assert rival.age is not None
    assert rival.age.over
    assert rival.age.confirmed is not None
    assert rival.age.recorded is not None
    assert dt.timedelta(days=31) <= rival.age.recorded - rival.age.confirmed < dt.timedelta(days=32)
    told = json.loads(world.command("--json", "explain", "person", "1", "called"))["fields"][0]
    assert told["age"]["over"] is False
    assert told["over"][0]["age"] == {
        "confirmed": rival.age.confirmed.isoformat(),
        "held_against": rival.age.recorded.isoformat(),
        "limit": "30d",
        "over": True,
    }

    with world.open() as workspace:  # a pin lies above, and lifting it gives what counts by then
        pin(workspace, "person", "1", "called", "Zoë", why="the badge says so", who="ada")
        assert called(world)[0] == "Zoë"
        lift(workspace, "person", "1", "called", why="the badge was wrong", who="ada")
    assert called(world)[0] == "Ada"

    world.said["/staff"] = was
    days_pass(world, 1)
    world.sync()
    assert called(world) == ("Adele", both, 10)
    assert called(world, rebuilt=True) == ("Adele", both, 10)
    with psycopg.connect(world.environment["DATABASE"]) as connection:
        causes = connection.execute(
            "SELECT h._cause, h.called, h._until, g.run FROM canonical.person_history h"
            " LEFT JOIN syncline.aging g ON h._cause = 5 AND g.id = h._cause_id"
            " WHERE h._cause > 1 ORDER BY h._until"
        ).fetchall()
    assert [(row[0], row[1]) for row in causes] == [(5, "Adele"), (4, "Ada"), (4, "Zoë"), (5, "Ada")]
    moment = dt.timedelta(microseconds=1)
    with world.open() as workspace:
        formers = [view(workspace, "person", "1", at=causes[n][2] - moment).former for n in (0, 3)]
    assert [(each.cause, each.number) for each in formers if each is not None] == [
        ("age", 1),
        ("confirmation", causes[3][3]),
    ]

    text = (world.folder / "mappings/policies/person.yaml").read_text()
    days_pass(world, 5)
    (world.folder / "mappings/policies/person.yaml").write_text(text.replace("90d", "3d"))
    world.said["/staff"] = None  # type: ignore[assignment]  # the source is down
    with world.open() as workspace:
        sync(workspace, stopping=lambda: False, listen=silence)
    assert called(world) == ("Adele", both, Decimal("9.5")), "a policy that changes decides all rows anew"
