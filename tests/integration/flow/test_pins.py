"""Pins from the command line to the rows: refused, explained, replayed, and over when their time is."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.errors import SettingsError
from engine.flow.events import silence
from engine.flow.explain import explain
from engine.flow.pins import lift, pin
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from tests.integration.flow.test_strategies import PROJECT, SAID, World
from tests.integration.serving import Asked, Told, serving, write

CONTRACT = """
entity: person
fields:
  number: string
  called: {type: string, pattern: "[A-Z].*"}
  title: {type: string, pii: true}
  phones: {type: list, of: string}
  score: {type: decimal, max: 100}
  since: date
  level: {type: enum, values: [low, high]}
  pay: money
  height: {type: quantity, unit: m}
  seen: timestamp
  boss: {type: ref, entity: person}
identity: [{name: number, on: [number]}]
history: true
"""


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    said = dict(SAID)

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(said[asked.target]).encode())

    with ExitStack() as stack:
        address = stack.enter_context(serving(answer))
        write(tmp_path, PROJECT | {"mappings/entities/person.yaml": CONTRACT})
        made = World(folder=tmp_path, environment={"DATABASE": database_url, "API": address}, said=said)
        made.sync()
        yield made


def held(world: World, *fields: str) -> tuple[Any, ...]:
    names = ", ".join(f"{name}::text" for name in fields)
    with psycopg.connect(world.environment["DATABASE"]) as connection:
        row = connection.execute(f"SELECT {names} FROM canonical.person WHERE number = '1'").fetchone()
    assert row is not None
    return row


def hold(world: World, field: str, value: str, **more: Any) -> None:
    with world.open() as workspace:
        pin(workspace, "person", "1", field, value, why="the badge says so", who="ada", **more)


@pytest.mark.parametrize(
    ("field", "value", "columns", "texts"),
    [
        ("called", "Zoë", "called", ("Zoë",)),
        ("phones", '["7", null]', "phones", ("{7,NULL}",)),
        ("score", "11.50", "score", ("11.50",)),
        ("since", "2001-02-03", "since", ("2001-02-03",)),
        ("level", "high", "level", ("high",)),
        ("pay", "61.50 EUR", "pay pay_currency", ("61.50", "EUR")),
        ("height", "1.62", "height", ("1.62",)),
        ("seen", "2024-05-01T10:00:00+02:00", "(seen at time zone 'UTC')", ("2024-05-01 08:00:00",)),
    ],
)
def test_a_value_of_every_kind_can_be_pinned(
    world: World, field: str, value: str, columns: str, texts: tuple[str, ...]
) -> None:
    hold(world, field, value)
    names = [columns] if columns.startswith("(") else columns.split()
    assert held(world, *names) == texts


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("called", "ada", "'called' cannot hold this: 'ada' does not match"),
        ("score", "101", "'score' cannot hold this: 101 is above 100"),
        ("score", "much", "not exactly one number"),
        ("level", "middle", "is not one of low, high"),
        ("phones", "7", "'phones' cannot hold this: a number is not a list"),
        ("phones", "[7", "JSON is expected here"),
        ("pay", "61.50", "an amount and its currency are expected here"),
        ("pay", "61.50 EURO", "is not a currency of ISO 4217; did you mean 'EUR'?"),
        ("boss", "2", "pins of references are not built yet"),
        ("caled", "Ada", "person has no field 'caled'; did you mean 'called'?"),
    ],
)
def test_what_cannot_be_pinned_is_refused_and_changes_nothing(
    world: World, field: str, value: str, says: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        hold(world, field, value)
    assert says in str(refused.value)
    with world.open() as workspace, workspace.database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM syncline.pin").fetchone() == (0,)


def test_a_pin_needs_a_reason_an_end_that_comes_and_somebody_to_hold(world: World) -> None:
    with world.open() as workspace:
        for more, says in (
            ({"why": " "}, "say why"),
            ({"why": "so", "until": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "--until is past"),
        ):
            with pytest.raises(SettingsError, match=says):
                pin(workspace, "person", "1", "called", "Zoë", who=None, **more)
        with pytest.raises(SettingsError, match="no pin holds 'called'"):
            lift(workspace, "person", "1", "called", why="so", who=None)


def test_a_pin_outlives_syncs_and_a_shuffled_replay(world: World) -> None:
    hold(world, "called", "Zoë")
    hold(world, "phones", '["7"]')
    world.said["/desk"] = [{"id": "d1", "number": "1", "at": "2025-01-01T00:00:00Z", "called": "Augusta"}]
    world.sync()
    assert held(world, "called", "phones", "score") == ("Zoë", "{7}", "10")
    with world.open() as workspace:
        replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=5, lot=1))
    assert held(world, "called", "phones", "score") == ("Zoë", "{7}", "10")
    with world.open() as workspace:
        lift(workspace, "person", "1", "called", why="it was mended", who="bob")
    assert held(world, "called", "phones") == ("Augusta", "{7}")


def test_the_first_sync_after_its_end_lifts_a_pin(world: World) -> None:
    hold(world, "called", "Zoë", until=dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
    world.sync()
    assert held(world, "called") == ("Zoë",)
    with world.open() as workspace, workspace.database.connect() as connection:
        connection.execute("UPDATE syncline.pin SET until = now() - interval '1 second'")
    assert held(world, "called") == ("Zoë",)
    world.sync()
    assert held(world, "called") == ("Ada",)
    with world.open() as workspace:
        assert not explain(workspace, "person", "1").held


def test_explain_shows_the_pin_and_what_everyone_says_under_it(world: World) -> None:
    hold(world, "called", "Zoë")
    with world.open() as workspace:
        every = explain(workspace, "person", "1")
        (one,) = explain(workspace, "person", "1", "called").held
        assert every.agrees
        assert "called" not in [each.field.name for each in every.fields]
        assert (one.pin.texts, one.pin.why, one.pin.who) == (["Zoë"], "the badge says so", "ada")
        assert [(each.stream.source, list(each.values)) for each in one.over] == [
            ("desk", ["Ada"]),
            ("staff", ["Adele"]),
        ]
        with workspace.database.connect() as connection:
            connection.execute("UPDATE canonical.person SET called = 'Eve' WHERE number = '1'")
        assert not explain(workspace, "person", "1", "called").agrees


def test_commands_pin_show_and_lift(world: World) -> None:
    ended = world.command("--json", "pin", "person", "1", "called", "Zoë", "--why", "the badge says so")
    assert json.loads(ended)["pinned"] is True
    assert json.loads(world.command("--json", "show", "person", "1"))["from"]["called"] == "pin"
    (told,) = json.loads(world.command("--json", "explain", "person", "1", "called"))["pinned"]
    assert (told["values"], told["why"]) == ({"called": "Zoë"}, "the badge says so")
    assert [each["values"] for each in told["over"]] == [["Ada"], ["Adele"]]
    shown = world.command("explain", "person", "1", "called")
    assert "the badge says so" in shown
    assert "Adele" in shown
    world.command("pin", "person", "1", "title", "Countess", "--why", "she asked")
    assert "Countess" not in world.command("explain", "person", "1", "title")
    assert "Countess" in world.command("explain", "person", "1", "title", "--reveal")
    world.command("pin", "person", "1", "called", "--lift", "--why", "it was mended")
    assert held(world, "called") == ("Ada",)
