"""Writers of three streams at once, about the same people; and what the planner does with a batch."""

from __future__ import annotations

import random
import threading

import pytest

from engine.records.received import Fate, StreamName
from engine.store.database import Database
from engine.store.joins import Joins
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, part, shape_of
from tests.integration.store.rows.test_properties import FIELDS, SHAPE, STREAMS, Model

pytestmark = pytest.mark.database

BATCHES, PEOPLE = 30, 60


def _batch(dice: random.Random, deaths: float) -> list[Said]:
    found = []
    for person in dice.sample(range(PEOPLE), 20):
        live = dice.random() >= deaths
        values = {name: f"{dice.randrange(9)}" for name in FIELDS if live and dice.random() < 0.5}
        found.append(
            Said(
                key=f"k{person}",
                values=values,
                fate=Fate.SAYS if live else Fate.DELETED,
                version=dice.randrange(100),
                identity=(f"N{person}" if live else None,),
            )
        )
    return found


def _write(
    database: Database, stream: StreamName, told: list[list[Said]], errors: list[BaseException]
) -> None:
    connection = database.dial()
    try:
        connection.execute("SET deadlock_timeout = '100ms'")
        connection.commit()
        loader = Loader(connection=connection)
        base = (STREAMS.index(stream) + 1) * 1000
        for number, records in enumerate(told):
            loader.load(SHAPE, stream, [part(SHAPE, stream, records, raw_id=base + number)])
    except BaseException as error:  # noqa: BLE001  # handed to the test's own thread
        errors.append(error)
    finally:
        connection.close()


@pytest.mark.parametrize("deaths", [0.0, 0.1])
def test_rivals_agree(database: Database, loader: Loader, deaths: float) -> None:
    """Three writers at once about the same people: no wrong row, nobody twice, every value held.

    No deadlock either, save where values are let go: those are taken under the locks of their entities,
    out of the order in which others claim, and tried again.
    """
    loader.ensure(SHAPE)
    for stream in STREAMS:
        loader.lease(stream)
    model, threads = Model(), []
    errors: list[BaseException] = []
    for stream in STREAMS:
        dice = random.Random(f"{deaths} {stream}")
        told = [_batch(dice, deaths) for _ in range(BATCHES)]
        base = (STREAMS.index(stream) + 1) * 1000
        for number, records in enumerate(told):
            for place, each in enumerate(records):
                model.hear(stream, each, base + number, place)
        threads.append(threading.Thread(target=_write, args=(database, stream, told, errors)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert loader.rows(SHAPE) == model.rows()
    live = "_fate = 0 AND _dead_run IS NULL"
    split = f"""SELECT count(*) FROM (SELECT _key FROM syncline.contribution_thing WHERE {live}
                GROUP BY _key HAVING count(DISTINCT _entity_id) > 1) q"""
    assert loader.one(split) == 0
    held = f"""SELECT count(*) FROM syncline.contribution_thing c WHERE {live} AND NOT EXISTS (
                SELECT 1 FROM syncline.identity_key i
                WHERE i.value = c._identity[1] AND i.entity_id = c._entity_id)"""
    assert loader.one(held) == 0
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert deaths or loader.one(deadlocks) == 0


SCANS = """
SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_xact_user_tables
WHERE relname IN ('contribution_thing', 'thing', 'identity_key', 'contribution_pet', 'pet', 'ledger')
"""


def test_no_batch_reads_a_whole_table(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch reaches large tables by their indexes, with statistics or without, for every kind of row."""
    pet = shape_of("pet", ["name", "owner"], [PAY], refs={"owner": ("thing", HR)}, history=True)
    loader.ensure(SHAPE, pet)
    seen = []

    def watch(point: str) -> None:
        if point == "rows.commit.before":
            row = loader.connection.execute(SCANS).fetchone()
            seen.append(int(row[0]) if row else -1)

    def people(numbers: range, letter: str) -> list[Said]:
        return [
            Said(key=f"k{n}", values=dict.fromkeys(FIELDS, f"{letter}{n}"), identity=(f"N{n}",))
            for n in numbers
        ]

    loader.say(SHAPE, HR, *people(range(3000), "a"))
    loader.say(SHAPE, PAY, *people(range(1000, 3000), "b"))
    owners = [Said(key=f"p{n}", values={"name": "Rex", "owner": f"k{n}"}) for n in range(2000)]
    loader.say(pet, PAY, *owners)
    monkeypatch.setattr("engine.store.points.reach", watch)
    for analysed in (False, True):
        if analysed:
            loader.connection.execute("ANALYZE")
            loader.connection.commit()
        letter = "y" if analysed else "x"
        loader.say(SHAPE, HR, *people(range(0, 3000, 30), letter))
        loader.say(SHAPE, PAY, *people(range(0, 3000, 30), letter))
        loader.say(SHAPE, BADGES, *people(range(0, 3000, 30), letter))
        gone = [Said(key=f"k{n}", fate=Fate.DELETED, identity=(None,)) for n in range(0, 3000, 90)]
        loader.say(SHAPE, BADGES, *gone)
        moved = [Said(key=f"p{n}", values={"name": letter, "owner": f"k{n + 1}"}) for n in range(50)]
        loader.say(pet, PAY, *moved)
    assert seen == [0] * 10


def test_a_rival_takes_the_place_of_whoever_returns(
    database: Database, loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Merged in between, seen once the entity is locked: the batch is tried again, and it comes anew."""
    person = shape_of("person", ["name"], [HR, PAY], identity=["number"])
    loader.ensure(person)
    loader.say(person, HR, Said(key="1", values={"name": "Ann"}, identity=("N1",)))
    loader.say(person, PAY, Said(key="x", identity=("N1",)))
    loader.say(person, HR, Said(key="1", fate=Fate.FILTERED, identity=(None,)))
    loader.say(person, HR, Said(key="2", values={"name": "Bea"}, identity=("N2",)))
    loader.lease(PAY)
    assign, rivals = Joins.assign, [Said(key="x", identity=("N2",))]

    def slowly(joins: Joins) -> None:
        assign(joins)
        if rivals:
            said = rivals.pop()
            with database.connect(label="rival") as connection:
                Loader(connection=connection, raw_id=100).say(person, PAY, said)

    monkeypatch.setattr(Joins, "assign", slowly)
    loader.say(person, HR, Said(key="1", values={"name": "Ann"}, identity=("N9",)))
    assert not rivals
    rows = loader.connection.execute(
        "SELECT string_agg(_key, '' ORDER BY _key) FROM syncline.contribution_person WHERE _fate = 0"
        " GROUP BY _entity_id ORDER BY 1"
    )
    assert rows.fetchall() == [("1",), ("2x",)]
