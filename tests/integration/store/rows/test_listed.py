"""Deletes that are listed: the newest of what is said of a record counts, in whatever order it comes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from engine.records.received import Fate, StreamName
from engine.records.shapes import EntityShape
from engine.store import months
from engine.store.listed import List, bury_listed
from tests.integration.store.rows.building import HR, Loader, Said, part, shape_of

pytestmark = pytest.mark.database

GONE = StreamName(source=HR.source, stream="gone")
LISTED_PERSON = shape_of("person", ["name"], [HR], identity=["number"])
LISTED_LINE = shape_of("line", ["text"], [HR], opens=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A version of a record, or a delete of it."""

    key: str
    version: int
    position: int
    name: str | None
    """None: deleted."""


def stored(loader: Loader, raw_id: int, run: int) -> None:
    """A row of raw, as far as these tests need one."""
    number = loader.lease(GONE).stream
    months.make_ahead(loader.connection)
    loader.connection.execute(
        """
        INSERT INTO syncline.response (month, id, stream, partition, run, position, request, status,
            headers, fetched_at, sha256, body_month, length, wire_length, coding, records, verdict)
        VALUES (date_trunc('month', now())::date, %s, %s, '', %s, %s, '{}', 200,
            '{}', now(), '', date_trunc('month', now())::date, 0, 0, '', 0, 0)
        """,
        [raw_id, number, run, raw_id],
    )
    loader.connection.commit()


def bury(
    loader: Loader, shape: EntityShape, position: int, *deletions: tuple[str, int], ordered: bool = True
) -> None:
    """Load what one response lists."""
    given = part(shape, GONE, [], raw_id=position).mapped.response
    (feed,) = shape.feeds
    bury_listed(
        loader.connection,
        loader.lease(HR),
        shape=shape,
        feed=replace(feed, listed_by=GONE),
        activation=1,
        lists=[List(response=given, records=len(deletions), deletions=deletions, rejections=())],
        ordered=ordered,
    )


def newest(events: Sequence[Event]) -> dict[str, str]:
    """What lives, by the plain rule: the last word on each key."""
    last = {}
    for each in sorted(events, key=lambda each: (each.version, each.position)):
        last[each.key] = each.name
    return {key: name for key, name in last.items() if name is not None}


def test_versions_decide_in_any_order(loader: Loader) -> None:
    """Five histories of three records, each loaded in an order of its own, agree with the plain rule."""
    loader.ensure(LISTED_PERSON, LISTED_LINE)
    draw, position = random.Random(4), 0
    events: list[Event] = []
    for history in range(5):
        mine = []
        for number in range(9):
            position += 1
            name = None if draw.random() < 0.4 else f"n{number}"
            key = f"{history}~{draw.randrange(3)}"
            mine.append(Event(key=key, version=draw.randrange(6), position=position, name=name))
        events += mine
        for each in draw.sample(mine, len(mine)):
            stored(loader, each.position, run=each.position)
            for again in range(1 + draw.randrange(2)):  # a second mapping, or a retry, lists it again
                if each.name is None:
                    bury(loader, LISTED_PERSON, each.position, (each.key, each.version))
                    bury(loader, LISTED_LINE, each.position, (each.key, each.version))
                elif not again:
                    values = {"name": each.name}
                    one = Said(key=each.key, values=values, identity=(each.key,), version=each.version)
                    loader.say(LISTED_PERSON, HR, one, raw_id=each.position)
                    record = each.key.replace("~", "~0")
                    loader.say(
                        LISTED_LINE,
                        HR,
                        Said(key=f"{record}/", record=record, fate=Fate.RECORD, version=each.version),
                        Said(
                            key=f"{record}/e",
                            record=record,
                            values={"text": f"{each.key} {each.name}"},
                            version=each.version,
                        ),
                        raw_id=each.position,
                    )
    expected = newest(events)
    assert loader.rows(LISTED_PERSON, "name") == sorted((name,) for name in expected.values())
    assert loader.rows(LISTED_LINE, "text") == sorted((f"{key} {name}",) for key, name in expected.items())
    held = loader.connection.execute("SELECT value FROM syncline.identity_key ORDER BY 1").fetchall()
    assert [value for (value,) in held] == sorted(expected)


def test_requests_decide_where_records_have_no_versions(loader: Loader) -> None:
    """What is requested after the list is alive; what an older answer says late is not; once is enough."""
    loader.ensure(LISTED_PERSON)

    def say(name: str, position: int) -> None:
        loader.say(LISTED_PERSON, HR, Said(key="1", values={"name": name}, identity=("N",)), raw_id=position)

    for position in (2, 5):
        stored(loader, position, run=position)
    say("Ann", 1)
    bury(loader, LISTED_PERSON, 2, ("1", 700), ordered=False)
    assert loader.rows(LISTED_PERSON, "name") == []
    say("Late", 0)
    assert loader.rows(LISTED_PERSON, "name") == []
    say("Back", 4)
    bury(loader, LISTED_PERSON, 5, ("1", 700), ordered=False)
    assert loader.rows(LISTED_PERSON, "name") == [("Back",)]
    assert loader.one("SELECT count(*) FROM syncline.tombstone") == 1
    bury(loader, LISTED_PERSON, 5, ("1", 700), ("1", 701), ordered=False)
    assert loader.rows(LISTED_PERSON, "name") == []


def test_a_mapping_with_keys_of_its_own_meets_no_tombstones(loader: Loader) -> None:
    """A department whose code is the key of a person who was deleted is still a department."""
    shape = shape_of("department", ["name"], [HR])
    keyed = replace(shape, feeds=(replace(shape.feeds[0], keyed=True),))
    loader.ensure(LISTED_PERSON, keyed)
    stored(loader, 9, run=9)
    bury(loader, LISTED_PERSON, 9, ("1", 700), ordered=False)
    loader.say(keyed, HR, Said(key="1", values={"name": "Sales"}), raw_id=3)
    assert loader.rows(keyed, "name") == [("Sales",)]
