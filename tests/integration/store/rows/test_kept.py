"""What deleted records said last, against a plain rule: in any order, in one batch or many, and rebuilt."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from engine.mapping.components import resolve
from engine.records.received import Fate
from engine.records.shapes import EntityShape, Preference
from engine.store import evidence, rebuild
from engine.store.listed import List, bury_listed
from engine.store.staging import Part
from tests.integration.store.rows.building import HR, PAY, Loader, Said, part, shape_of
from tests.integration.store.rows.test_listed import GONE, stored

pytestmark = pytest.mark.database

KEEPING = frozenset({HR.source})
PERSON = replace(
    shape_of(
        "person",
        ["name", "title"],
        [HR, PAY],
        identity=["number"],
        preferences=[Preference(mask=0b11, prefer=("hr",), ways=())],
    ),
    keeps=KEEPING,
)
LINE = shape_of("line", ["text", "note"], [HR, PAY], identity=["code"])
LINE = replace(
    LINE,
    keeps=KEEPING,
    feeds=tuple(replace(each, opens=each.stream == HR) for each in LINE.feeds),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What one response says of one record."""

    key: str
    version: int
    position: int
    what: str
    """``says``, ``filtered``, ``marked`` or ``listed``."""
    name: str | None = None

    @property
    def order(self) -> tuple[int, int]:
        return self.version, self.position


def bury(loader: Loader, shape: EntityShape, position: int, key: str, version: int) -> None:
    """A list says when a record was deleted."""
    stored(loader, position, run=position)
    feed = next(each for each in shape.feeds if each.stream == HR)
    response = part(shape, GONE, [], raw_id=position).mapped.response
    bury_listed(
        loader.connection,
        loader.lease(HR),
        shape=shape,
        feed=replace(feed, listed_by=GONE),
        activation=1,
        lists=[List(response=response, records=1, deletions=[(key, version)], rejections=())],
        ordered=True,
    )


def told(each: Event) -> Part:
    """A version of a record, as a response of its own."""
    fates = {"says": Fate.SAYS, "filtered": Fate.FILTERED, "marked": Fate.DELETED}
    live = each.what == "says"
    one = Said(
        key=each.key,
        values={"name": each.name, "title": f"t{each.position}"} if live else {},
        identity=(each.key if live else None,),
        version=each.version,
        fate=fates[each.what],
    )
    return part(PERSON, HR, [one], raw_id=each.position)


def history(draw: random.Random, key: str, first: int) -> list[Event]:
    """A record that is there, and what becomes of it."""
    events = [Event(key=key, version=0, position=first, what="says", name="n0")]
    for position in range(first + 1, first + draw.randrange(3, 8)):
        what = draw.choices(["says", "filtered", "marked", "listed"], [5, 1, 3, 2])[0]
        name = draw.choice([None, f"n{position}"])
        events.append(Event(key=key, version=draw.randrange(1, 6), position=position, what=what, name=name))
    return events


def expected(key: str, paid: str | None, events: Sequence[Event]) -> tuple[str | None, ...]:
    """By the plain rule: the last word on the record, and the last that it said."""
    words = max((each for each in events if each.what in {"says", "filtered"}), key=lambda each: each.order)
    says = words.what == "says"
    name, title = (words.name, f"t{words.position}") if says else (None, None)
    live = says and words == max(events, key=lambda each: each.order)
    return key, (name or paid) if live else (paid or name), title


def test_last_words_in_any_order(loader: Loader) -> None:
    """Versions, markers and lists of deletes of many records, as they may come and as a rebuild has them."""
    loader.ensure(PERSON)
    draw = random.Random(29)
    histories = {f"k{n:03}": history(draw, f"k{n:03}", 10 * n + 1) for n in range(60)}
    paid = {key: draw.choice([None, "paid"]) for key in histories}
    people = [Said(key=key, values={"name": name}, identity=(key,)) for key, name in paid.items()]
    loader.load(PERSON, PAY, [part(PERSON, PAY, people, raw_id=2000)])
    loader.load(PERSON, HR, [told(events[0]) for events in histories.values()])
    later = [each for events in histories.values() for each in events[1:]]
    draw.shuffle(later)
    while later:
        batch, later = later[: (size := draw.choice([1, 20, 40]))], later[size:]
        for each in batch:
            if each.what == "listed":
                bury(loader, PERSON, each.position, each.key, each.version)
        parts = [told(each) for each in batch if each.what != "listed"]
        if parts:
            loader.load(PERSON, HR, parts)
    rows = sorted(expected(key, paid[key], events) for key, events in histories.items())
    text = (
        "SELECT c._key, p.name, p.title FROM canonical.person p JOIN syncline.contribution_person c"
        " ON c._entity_id = p.id JOIN syncline.source s ON s.id = c._source AND s.name = 'pay' ORDER BY 1"
    )
    origins = "SELECT * FROM canonical.person_provenance ORDER BY id, field"
    assert loader.connection.execute(text).fetchall() == rows
    assert any(row[2] for row in rows)
    came = loader.connection.execute(origins).fetchall()
    rebuild.clear(loader.connection, PERSON)
    every = [told(each) for events in histories.values() for each in events if each.what != "listed"]
    draw.shuffle(every)
    for first in range(0, len(every), 60):
        loader.load(PERSON, HR, every[first : first + 60], rebuild=True)
    loader.load(PERSON, PAY, [part(PERSON, PAY, people, raw_id=2000)], rebuild=True)
    rebuild.finish(loader.connection, PERSON, resolve=resolve)
    assert loader.connection.execute(text).fetchall() == rows
    assert loader.connection.execute(origins).fetchall() == came


def test_where_last_words_come_from(loader: Loader) -> None:
    """The view says that a record is gone, and names the response that said the value."""
    loader.ensure(PERSON)
    loader.say(PERSON, PAY, Said(key="p", values={"name": "Ann"}, identity=("1",)))
    loader.say(PERSON, HR, Said(key="h", values={"name": "Anna", "title": "Dr"}, identity=("1",), version=1))
    loader.say(PERSON, HR, Said(key="h", fate=Fate.DELETED, identity=(None,), version=2))
    rows = loader.connection.execute(
        "SELECT field, source, raw_id, gone FROM canonical.person_provenance ORDER BY field"
    ).fetchall()
    assert rows == [("name", "pay", 1, False), ("title", "hr", 2, True)]
    of = loader.one("SELECT id FROM canonical.person")
    said = evidence.speakers(loader.connection, PERSON, of)
    assert [(each.stream, each.raw_id, each.version, each.gone) for each in said] == [
        (PAY, 1, -(2**63), False),
        (HR, 2, 1, True),
    ]


def element(record: str, name: str, text: str, version: int) -> Said:
    key = f"{record}/{name}"
    return Said(key=key, record=record, values={"text": text}, identity=(key,), version=version)


def test_last_words_of_elements(loader: Loader) -> None:
    """An element that its record holds no more is kept, also where its older words come late."""
    loader.ensure(LINE)
    draw = random.Random(30)
    names = "abc"
    versions: dict[str, list[tuple[int, int, str]]] = {}
    deletes: dict[str, list[tuple[int, int]]] = {}
    position = 0
    steps: list[tuple[str, int, int, str | None]] = []
    for n in range(12):
        record = f"r{n}"
        position += 1
        versions[record], deletes[record] = [(0, position, names)], []
        for _ in range(draw.randrange(1, 5)):
            position += 1
            version = draw.randrange(1, 6)
            if draw.random() < 0.25:
                deletes[record].append((version, position))
                steps.append((record, version, position, None))
            else:
                held = "".join(name for name in names if draw.random() < 0.6)
                versions[record].append((version, position, held))
                steps.append((record, version, position, held))

    def response(record: str, version: int, position: int, held: str) -> Part:
        said = [element(record, name, f"{name}{position}", version) for name in held]
        opened = Said(key=f"{record}/", record=record, fate=Fate.RECORD, version=version, identity=(None,))
        return part(LINE, HR, [*said, opened], raw_id=position)

    notes = [
        Said(key=f"{record}{name}", values={"note": "x"}, identity=(f"{record}/{name}",))
        for record in versions
        for name in names
    ]
    loader.load(LINE, PAY, [part(LINE, PAY, notes, raw_id=9000)])
    loader.load(LINE, HR, [response(record, *first) for record, (first, *_) in versions.items()])
    draw.shuffle(steps)
    for record, version, position, now in steps:
        if now is None:
            bury(loader, LINE, position, record, version)
        else:
            loader.load(LINE, HR, [response(record, version, position, now)])
    rows = sorted(
        f"{name}{max(each[:2] for each in told if name in each[2])[1]}"
        for told in versions.values()
        for name in names
    )
    assert [text for (text, _) in loader.rows(LINE)] == rows
    rebuild.clear(loader.connection, LINE)
    every = [response(record, *each) for record, told in versions.items() for each in told]
    draw.shuffle(every)
    for start in range(0, len(every), 25):
        loader.load(LINE, HR, every[start : start + 25], rebuild=True)
    loader.load(LINE, PAY, [part(LINE, PAY, notes, raw_id=9000)], rebuild=True)
    rebuild.finish(loader.connection, LINE, resolve=resolve)
    assert [text for (text, _) in loader.rows(LINE)] == rows


def test_last_words_go_with_whoever_comes_anew(loader: Loader) -> None:
    """A record that returns to a place that is taken takes its former words away."""
    loader.ensure(PERSON)
    loader.say(PERSON, PAY, Said(key="p", values={"name": "Ann"}, identity=("1",)))
    loader.say(PERSON, HR, Said(key="a", values={"title": "Dr"}, identity=("1",), version=1))
    loader.say(PERSON, HR, Said(key="a", fate=Fate.DELETED, identity=(None,), version=2))
    loader.say(PERSON, HR, Said(key="b", values={"name": "Anna"}, identity=("1",), version=1))
    assert loader.rows(PERSON) == [("Anna", "Dr")]
    loader.say(PERSON, HR, Said(key="a", values={"title": "Mag"}, identity=(None,), version=3))
    assert loader.rows(PERSON) == [("Anna", None), (None, "Mag")]


def test_whom_it_belonged_to_may_be_merged_in_the_same_batch(loader: Loader) -> None:
    """Then the entity that the two became is folded."""
    loader.ensure(PERSON)
    loader.say(PERSON, PAY, Said(key="o", values={"name": "Old"}, identity=("0",)))
    loader.say(PERSON, HR, Said(key="a", values={"title": "Dr"}, identity=("1",), version=1))
    loader.say(PERSON, HR, Said(key="a", fate=Fate.DELETED, identity=(None,), version=2))
    loader.say(PERSON, HR, Said(key="a", values={"title": "Dr"}, identity=("1",), version=3))
    loader.say(PERSON, HR, Said(key="a", fate=Fate.DELETED, identity=(None,), version=4))
    loader.say(PERSON, HR, Said(key="b", values={"name": "Anna"}, identity=("1",), version=1))
    loader.connection.execute(
        "UPDATE syncline.contribution_person SET _entity_id = (SELECT _entity_id FROM"
        " syncline.contribution_person WHERE _key = 'b') WHERE _key = 'a'"
    )
    loader.connection.commit()
    back = Said(key="a", values={"title": "Mag"}, identity=(None,), version=5)
    loader.say(PERSON, HR, back, Said(key="b", values={"name": "Anna"}, identity=("0",), version=2))
    assert loader.rows(PERSON) == [("Anna", None), (None, "Mag")]
