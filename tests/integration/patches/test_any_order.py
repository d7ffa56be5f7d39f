"""Whatever the order in which patches arrive, and however batches are cut: rows are the fold in order key."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.fetch.reading import Reader
from engine.mapping.components import resolve
from engine.mapping.entity import Entity
from engine.mapping.plan import plan_of
from engine.mapping.program import Program, compile_program
from engine.mapping.rules import MappingFile
from engine.mapping.shape import entity_shape
from engine.mapping.units import units_of
from engine.records.received import NO_VERSION, Response, StreamName
from engine.records.shapes import EntityShape, Feed
from engine.spec.load import load
from engine.store import entities, rebuild
from engine.store.canonical import load as load_rows
from engine.store.database import Database
from engine.store.leases import Lease
from engine.store.ledger import key_hashes
from engine.store.numbering import stream_ids
from engine.store.staging import Part
from tests.integration.patches.oracle import Sent, stand
from tests.unit.fetch.streams import stream_of

pytestmark = pytest.mark.database

STREAM = StreamName(source="feed", stream="things")
ENTITY = """
entity: thing
fields:
  code: {type: string, required: true}
  name: string
  level: integer
  nick: string
  pay: money
  origin: string
identity: [{name: code, on: [code], normalise: [lower]}]
history: true
"""
RULES = """
from: feed.things
to: thing
when: state != 'draft'
fields:
  code: code
  name: %s
  level: level
  nick: {value: nick, default: none}
  pay: {value: pay.amount, currency: {value: pay.currency}}
  origin: {constant: patches}
"""
NAME = "concat(' ', [first, last])"
FORMER = "concat('-', [last, nick, code])"
"""What the mapping said before: it reads more than it does now."""
THINGS = """
path: /things
records: "@"
key: id
version: {value: at, type: integer}
deletes: {type: marker, when: "gone != `false`"}
partial: true
"""
FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

records = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b", "c"]), "at": st.integers(0, 3)},
    optional={
        "code": st.sampled_from(["A1", "b2", "C3", None]),
        "first": st.sampled_from(["Ada", None]),
        "last": st.sampled_from(["Byron", "King", None]),
        "level": st.sampled_from([1, 2, "x", None]),
        "nick": st.sampled_from(["countess", None]),
        "state": st.sampled_from(["draft", "final", None]),
        "pay": st.sampled_from(
            [
                None,
                {},
                {"amount": 5, "currency": "EUR"},
                {"amount": 6, "currency": "USD"},
                {"currency": "EUR"},
                {"amount": 7},
                {"amount": None},
            ]
        ),
        "gone": st.sampled_from([True, False]),
    },
)
pages = st.lists(st.lists(records, max_size=6), min_size=1, max_size=8)


@dataclass
class World:
    """A stream of patches into one entity, with two versions of its mapping."""

    connection: psycopg.Connection[Any]
    lease: Lease
    shape: EntityShape
    now: Program
    former: Program
    reader: Reader

    def clear(self, graves: Sequence[tuple[str, int]]) -> None:
        """Nothing is known but that these keys were found absent at these positions."""
        self.connection.execute(
            "TRUNCATE syncline.patch, syncline.contribution_thing, canonical.thing, canonical.thing_history,"
            " syncline.dead_letter, syncline.ledger, syncline.tombstone, syncline.identity_key,"
            " syncline.identity_decision, syncline.redirect"
        )
        number = stream_ids(self.connection, [STREAM])[STREAM]
        for key, position in set(graves):
            self.connection.execute(
                "INSERT INTO syncline.tombstone VALUES (%s, %s, %s, %s, %s)",
                (*number, key, position, position),
            )
        self.connection.commit()

    def part(self, program: Program, number: int, page: Sequence[Mapping[str, Any]]) -> Part:
        """What a response gives to a batch."""
        body = json.dumps(page).encode()
        response = Response(
            id=number + 1,
            stream=STREAM,
            partition={},
            position=number + 1,
            request={},
            status=200,
            headers={},
            fetched_at=FIRST + dt.timedelta(minutes=number),
            body=body,
            sha256=hashlib.sha256(body).digest(),
            wire_length=len(body),
            coding="identity",
        )
        decoded = self.reader.read(response)
        return Part(mapped=program.map(decoded), keys=key_hashes(decoded.keys))

    def load(
        self,
        program: Program,
        sent: Sequence[Sequence[Mapping[str, Any]]],
        batches: Sequence[Sequence[int]],
        *,
        activation: int,
        rebuilding: bool = False,
    ) -> None:
        """Load the responses of each batch; every record is accounted for."""
        assert program.patcher is not None
        for batch in batches:
            parts = [self.part(program, number, sent[number]) for number in dict.fromkeys(batch)]
            accounts = load_rows(
                self.connection,
                self.lease,
                shape=self.shape,
                feed=self.shape.feeds[0],
                activation=activation,
                batch=parts,
                resolve=resolve,
                rebuild=rebuilding,
                complete=program.patcher.whole,
            )
            for part, each in zip(parts, accounts, strict=True):
                summed = each.changed + each.same + each.stale + each.filtered + each.dead
                assert each.records == part.mapped.elements == summed

    def rows(self) -> dict[str, tuple[Any, ...]]:
        """Canonical rows with their ids, by the key of their only record."""
        found = self.connection.execute(
            "SELECT c._key, o.id, o._won, code, name, level, nick, pay, pay_currency, origin"
            " FROM canonical.thing o JOIN syncline.contribution_thing c"
            " ON c._entity_id = o.id AND c._fate = 0 AND c._dead_run IS NULL"
        ).fetchall()
        self.connection.commit()
        return {row[0]: tuple(row[1:]) for row in found}

    def table(self, text: str) -> list[tuple[Any, ...]]:
        """What a table holds."""
        found = self.connection.execute(text).fetchall()
        self.connection.commit()
        return found


@pytest.fixture(scope="module")
def world(module_database_url: str) -> Iterator[World]:
    """Made once: every example clears it."""
    feed = Feed(mapping="feed/things", stream=STREAM, entity="thing", partial=True)
    contract = load(Entity, "thing.yaml", ENTITY)
    shape = entity_shape(contract.need(), None, [feed], frozenset())

    def program(name: str) -> Program:
        document = load(MappingFile, "things.yaml", RULES % json.dumps(name))
        return compile_program(plan_of("feed/things", document, contract, shape, lambda: units_of(())))

    with Database.open(module_database_url) as database:
        connection = database.dial()
        entities.ensure(connection, shape)
        number = stream_ids(connection, [STREAM])[STREAM][1]
        connection.execute("INSERT INTO syncline.lease VALUES (%s, 1, 'test', 0, '-infinity')", [number])
        connection.commit()
        yield World(
            connection=connection,
            lease=Lease(stream=number, epoch=1, holder="test"),
            shape=shape,
            now=program(NAME),
            former=program(FORMER),
            reader=Reader(stream_of(THINGS)),
        )
        connection.close()


@st.composite
def arrivals(draw: st.DrawFn, count: int) -> list[list[int]]:
    """Every response at least once, in any order, cut into batches; some a second time."""
    order = draw(st.permutations([*range(count), *draw(st.lists(st.integers(0, count - 1), max_size=3))]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)))
    edges = [0, *cuts, len(order)]
    return [order[first:last] for first, last in pairwise(edges) if first < last]


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), sent=pages)
def test_any_order_of_arrival_and_cut_of_batches_gives_the_fold_in_order_key(
    world: World, data: st.DataObject, sent: list[list[dict[str, Any]]]
) -> None:
    """Live, by two versions of the mapping, and rebuilt: rows, ids and letters are those of the oracle."""
    graves = data.draw(
        st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, len(sent))), max_size=2)
    )
    world.clear(graves)
    if data.draw(st.booleans()):
        world.load(world.former, sent, data.draw(arrivals(len(sent))), activation=1)
    world.load(world.now, sent, data.draw(arrivals(len(sent))), activation=2)
    wanted = _oracle(sent, graves)
    rows = world.rows()
    assert {key: row[2:] for key, row in rows.items()} == wanted[0]
    letters = {subject for (subject,) in world.table("SELECT subject FROM syncline.dead_letter")}
    assert letters == wanted[1]
    held = "SELECT kind, value, entity_id FROM syncline.identity_key WHERE NOT disabled ORDER BY 1, 2"
    books = "SELECT subject, key, raw_id, place, problems::text FROM syncline.dead_letter ORDER BY 1"
    before = (rows, world.table(held), world.table(books))
    rebuild.clear(world.connection, world.shape)
    world.load(world.now, sent, data.draw(arrivals(len(sent))), activation=2, rebuilding=True)
    rebuild.finish(world.connection, world.shape, resolve=resolve)
    assert (world.rows(), world.table(held), world.table(books)) == before


@settings(max_examples=25, deadline=None, derandomize=True)
@given(sent=pages, cuts=st.sets(st.integers(1, 7), max_size=4))
def test_ids_do_not_depend_on_how_batches_are_cut(
    world: World, sent: list[list[dict[str, Any]]], cuts: set[int]
) -> None:
    """In the order of the requests, from nothing: also where the founding patch has been superseded."""
    edges = [0, *sorted(each for each in cuts if each < len(sent)), len(sent)]
    found = []
    for batches in ([range(len(sent))], [range(first, last) for first, last in pairwise(edges)]):
        world.clear(())
        world.load(world.now, sent, batches, activation=2)
        found.append(world.rows())
    assert found[0] == found[1]


def _oracle(
    sent: Sequence[Sequence[Mapping[str, Any]]], graves: Sequence[tuple[str, int]]
) -> tuple[dict[str, tuple[Any, ...]], set[str]]:
    by_key: dict[str, list[Sent]] = defaultdict(list)
    for number, page in enumerate(sent):
        for place, record in enumerate(page):
            key, position = record["id"], number + 1
            incarnation = sum(1 for each in set(graves) if each[0] == key and each[1] < position)
            version = record["at"] if record["at"] is not None else NO_VERSION
            order = (incarnation, version, position, place)
            by_key[key].append(Sent(record=record, order=order, subject=f"#{position}:{place}"))
    rows: dict[str, tuple[Any, ...]] = {}
    letters: set[str] = set()
    for key, some in by_key.items():
        came = stand(key, some)
        letters |= came.letters
        good = [each for each in some if not each.bad]
        last = max((each.order for each in good), default=None)
        dead = last is not None and any(grave == key and at >= last[2] for grave, at in graves)
        if came.row is not None and not dead:
            rows[key] = came.row
    return rows, letters
