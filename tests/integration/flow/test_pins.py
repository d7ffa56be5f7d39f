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
from engine.flow.letters import chosen
from engine.flow.pins import lift, pin
from engine.flow.rebuilding import Shuffle
from engine.flow.replay import replay_all
from tests.integration.flow.test_strategies import MAPPING, PROJECT, SAID, World
from tests.integration.serving import Asked, Told, serving, write

CONTRACT = """
entity: person
fields:
  number: {type: string, required: true}
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
  left_on: date
  code: string
identity: [{name: number, on: [number]}]
constraints:
  - {name: in_order, that: "!since || !left_on || since <= left_on"}
  - {name: own_code, unique: [code]}
history: true
"""
MORE = (
    MAPPING.replace("fields:", 'when: "!gone"\nfields:')
    + """  left_on: left_on
  code: code
  boss: {value: boss, ref: NAME.people}
"""
)


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    said = dict(SAID)

    def answer(asked: Asked) -> Told:
        return Told(body=json.dumps(said[asked.target]).encode())

    with ExitStack() as stack:
        address = stack.enter_context(serving(answer))
        mapped = {f"mappings/{name}/people.yaml": MORE.replace("NAME", name) for name in ("desk", "staff")}
        write(tmp_path, PROJECT | mapped | {"mappings/entities/person.yaml": CONTRACT})
        made = World(folder=tmp_path, environment={"DATABASE": database_url, "API": address}, said=said)
        made.sync()
        yield made


def held(world: World, *fields: str) -> tuple[Any, ...]:
    names = ", ".join(f"{name}::text" for name in fields)
    with psycopg.connect(world.environment["DATABASE"]) as connection:
        row = connection.execute(f"SELECT {names} FROM canonical.person WHERE number = '1'").fetchone()
    assert row is not None
    return row


def hold(world: World, field: str, value: str | None, who: str = "1", **more: Any) -> int:
    """Pin, and say how many letters are new by it."""
    with world.open() as workspace:
        return pin(workspace, "person", who, field, value, why="so says the badge", who="ada", **more).letters


def codes(world: World) -> dict[str, list[str]]:
    """What the letters say, by subject."""
    with world.open() as workspace:
        found = chosen(workspace.database)
    return {each.subject: [problem["code"] for problem in each.problems] for each in found}


def replayed(world: World) -> None:
    with world.open() as workspace:
        replay_all(workspace, stopping=lambda: False, listen=silence, shuffle=Shuffle(seed=5, lot=1))


VALUES = [
    ("called", "Zoë", "called", ("Zoë",)),
    ("phones", '["7", null]', "phones", ("{7,NULL}",)),
    ("score", "11.50", "score", ("11.50",)),
    ("since", "2001-02-03", "since", ("2001-02-03",)),
    ("level", "high", "level", ("high",)),
    ("pay", "61.50 EUR", "pay pay_currency", ("61.50", "EUR")),
    ("pay", None, "pay pay_currency", (None, None)),
    ("called", None, "called", (None,)),
    ("height", "1.62", "height", ("1.62",)),
    ("seen", "2024-05-01T10:00:00+02:00", "(seen at time zone 'UTC')", ("2024-05-01 08:00:00",)),
    ("boss", "d2", "(SELECT number FROM canonical.person b WHERE b.id = person.boss)", ("2",)),
]


def test_a_value_of_every_kind_can_be_pinned_and_nothing_too(world: World) -> None:
    for field, value, columns, texts in VALUES:
        hold(world, field, value)
        names = [columns] if columns.startswith("(") else columns.split()
        assert held(world, *names) == texts, field
    before = held(world, "called", "phones", "pay", "boss", "_won")
    replayed(world)
    assert held(world, "called", "phones", "pay", "boss", "_won") == before
    assert codes(world) == {}
    with world.open() as workspace:
        explained = explain(workspace, "person", "1")
    assert explained.agrees
    assert not any(each.odds for each in explained.held)


REFUSED = [
    ("called", "ada", "'called' cannot hold this: 'ada' does not match"),
    ("score", "101", "'score' cannot hold this: 101 is above 100"),
    ("score", "much", "not exactly one number"),
    ("level", "middle", "is not one of low, high"),
    ("phones", "7", "'phones' cannot hold this: a number is not a list"),
    ("phones", "[7", "JSON is expected here"),
    ("pay", "61.50", "an amount and its currency are expected here"),
    ("pay", "61.50 EURO", "is not a currency of ISO 4217; did you mean 'EUR'?"),
    ("boss", "9", "no person has the id, record key or identity value '9'"),
    ("boss", "d3", " has ended: nothing can refer to it any more"),
    ("number", None, "'number' is required: it cannot be held to nothing"),
    (
        "left_on",
        "2018-12-31",
        "'left_on' cannot hold this: constraint in_order is false: since 2019-01-01, left_on 2018-12-31",
    ),
    ("code", "C2", " says the same code"),
    ("caled", "Ada", "person has no field 'caled'; did you mean 'called'?"),
]


def test_what_cannot_be_pinned_is_refused_and_changes_nothing(world: World) -> None:
    leaver = {"id": "d3", "number": "3", "at": "2024-05-02T00:00:00Z"}
    world.said["/desk"] = [{"id": "d2", "number": "2", "at": "2024-05-03T00:00:00Z", "code": "C2"}, leaver]
    world.sync()
    world.said["/desk"] = [leaver | {"at": "2024-05-03T00:00:00Z", "gone": True}]
    world.sync()
    before = held(world, "person")
    for field, value, says in REFUSED:
        with pytest.raises(SettingsError) as refused:
            hold(world, field, value)
        assert says in str(refused.value)
    assert held(world, "person") == before
    with world.open() as workspace, workspace.database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM syncline.pin").fetchone() == (0,)


def test_a_pin_that_comes_to_break_a_constraint_is_told_of_until_it_does_not(world: World) -> None:
    """
    The row stands, as does the pin; each of its records has a letter, and a rebuild finds the same. So it
    is where the contract comes to refuse what is pinned.
    """
    hold(world, "left_on", "2020-06-30")
    later = {"number": "1", "at": "2024-05-03T00:00:00Z", "since": "2021-01-01"}
    world.said |= {"/desk": [later | {"id": "d1"}], "/staff": [later | {"id": "s1"}]}
    world.sync()
    assert held(world, "since", "left_on") == ("2021-01-01", "2020-06-30")
    at_odds = ["pin-at-odds"]
    assert codes(world) == {"d1": at_odds, "s1": at_odds}
    replayed(world)
    assert codes(world) == {"d1": at_odds, "s1": at_odds}
    with world.open() as workspace:
        (one,) = explain(workspace, "person", "1", "left_on").held
    assert one.odds == ["constraint in_order is false: since 2021-01-01, left_on 2020-06-30"]
    hold(world, "left_on", None)
    assert codes(world) == {}
    hold(world, "height", "1.62")
    contract = world.folder / "mappings/entities/person.yaml"
    contract.write_text(CONTRACT.replace("unit: m}", "unit: m, min: 2}"))
    world.sync()
    assert (held(world, "height"), codes(world)["d1"]) == (("1.62",), at_odds)


def test_letters_about_rows_open_and_close_with_the_pin(world: World) -> None:
    """Also of a row that is withheld, which a pin brings."""
    old = {"id": "d1", "number": "1", "at": "2024-05-03T00:00:00Z", "code": "C"}
    world.said["/desk"] = [old, {"id": "d2", "number": "2", "at": "2024-05-03T00:00:00Z", "code": "C"}]
    world.sync()
    younger = "2" if codes(world) == {"d2": ["not-unique"]} else "1"
    assert hold(world, "code", "other", who=younger) == 0
    assert codes(world) == {}
    with world.open() as workspace:
        assert lift(workspace, "person", younger, "code", why="it is not", who="bob").letters > 0
    assert set(codes(world)["d" + younger]) == {"not-unique"}


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
        assert (one.pin.texts, one.pin.why, one.pin.who) == (["Zoë"], "so says the badge", "ada")
        assert [(each.stream.source, list(each.values)) for each in one.over] == [
            ("desk", ["Ada"]),
            ("staff", ["Adele"]),
        ]
        with workspace.database.connect() as connection:
            connection.execute("UPDATE canonical.person SET called = 'Eve' WHERE number = '1'")
        assert not explain(workspace, "person", "1", "called").agrees


def test_commands_pin_show_and_lift(world: World) -> None:
    ended = world.command("--json", "pin", "person", "1", "called", "Zoë", "--why", "so says the badge")
    assert json.loads(ended)["pinned"] is True
    world.command("pin", "person", "1", "title", "Countess", "--why", "she asked")
    world.command("pin", "person", "1", "level", "--null", "--why", "nobody knows it")
    shown = json.loads(world.command("--json", "show", "person", "1"))
    assert (shown["from"]["called"], shown["from"]["level"], shown["values"]["level"]) == ("pin", "pin", None)
    (told,) = json.loads(world.command("--json", "explain", "person", "1", "called"))["pinned"]
    assert (told["values"], told["why"]) == ({"called": "Zoë"}, "so says the badge")
    assert [each["values"] for each in told["over"]] == [["Ada"], ["Adele"]]
    shown = world.command("explain", "person", "1")
    assert "so says the badge" in shown
    assert "Adele" in shown
    assert "level  nothing" in shown
    assert "Countess" not in shown
    assert "Countess" in world.command("explain", "person", "1", "title", "--reveal")
    world.command("pin", "person", "1", "called", "--lift", "--why", "it was mended")
    assert held(world, "called") == ("Ada",)
