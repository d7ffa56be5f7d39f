"""A world for tests of ages: runs of streams at times that the test says, and time that passes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.mapping.entity import Entity
from engine.mapping.policy import Policy
from engine.mapping.shape import entity_shape
from engine.mapping.texts import array_text
from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed
from engine.spec.load import load as read
from engine.store import aging, months
from engine.store.numbering import stream_ids
from tests.integration.store.rows.building import BADGES, HR, PAY, Loader, Said, part

STREAMS = [HR, PAY, BADGES]
ENTITY = """
entity: thing
fields:
  number: string
  name: string
  nick: string
  mail: string
  plain: string
  size: integer
  tags: {type: list, of: string}
identity: [{name: number, on: [number]}]
history: true
"""
POLICY = """
policy: thing
default: {prefer: [pay, hr]}
fields:
  name: {prefer: [hr], max_age: 30d}
  nick: {prefer: [hr], max_age: 30d}
  mail: {latest: true, max_age: 90d}
  size: {min: true, max_age: 30d}
  tags: {union: true, max_age: 30d}
groups: {called: [name, nick]}
"""
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def day(number: float) -> dt.datetime:
    """So many days after the first noon."""
    return NOON + dt.timedelta(days=number)


@dataclass(kw_only=True)
class World:
    """Runs of streams that feed one entity, and what they brought."""

    loader: Loader
    shape: EntityShape
    told: dict[int, tuple[StreamName, Sequence[Said]]] = field(default_factory=dict)
    """Every response by its raw id."""

    def run(
        self, stream: StreamName, when: float, *records: Said, whole: bool = True, ended: bool = True
    ) -> int:
        """A run that began then and held these records, in one response; its number. Nobody is asked yet."""
        connection = self.loader.connection
        self.loader.lease(stream)
        number = stream_ids(connection, [stream])[stream][1]
        (run,) = connection.execute(
            "INSERT INTO syncline.run (stream, kind, versions, position, started, ended, complete, proof)"
            " VALUES (%s, 'sync', '{}', 0, %s, %s, %s, %s) RETURNING id",
            [
                number,
                day(when),
                day(when) if ended else None,
                whole if ended else None,
                '{"whole": true}' if ended and whole else None,
            ],
        ).fetchone() or (0,)
        months.make_ahead(connection)
        self.loader.raw_id += 1
        raw_id = self.loader.raw_id
        connection.execute(
            """
            INSERT INTO syncline.response (month, id, stream, partition, run, position, request, status,
                headers, fetched_at, sha256, body_month, length, wire_length, coding, records, verdict)
            SELECT date_trunc('month', now())::date, %s, %s, '', %s, %s, '{}', 200,
                '{}', now(), '', date_trunc('month', now())::date, 0, 0, '', 0, 0
            """,
            [raw_id, number, run, raw_id],
        )
        connection.commit()
        self.told[raw_id] = (stream, records)
        self.load(raw_id)
        return int(run)

    def load(self, raw_id: int, *, rebuild: bool = False) -> None:
        """Make a response canonical."""
        stream, records = self.told[raw_id]
        self.loader.load(
            self.shape, stream, [part(self.shape, stream, records, raw_id=raw_id)], rebuild=rebuild
        )

    def ask(self, stream: StreamName) -> int:
        """Ask whom the runs of a stream held."""
        feeds = [each for each in self.shape.feeds if each.stream == stream]
        return aging.confirm(self.loader.connection, self.loader.lease(stream), self.shape, feeds)

    def read(self, stream: StreamName, when: float, *records: Said, whole: bool = True) -> int:
        """A run from its beginning to its end; how many entities were folded because it confirmed them."""
        self.run(stream, when, *records, whole=whole)
        return self.ask(stream)

    def wait(self, when: float) -> int:
        """Let time pass until then; how many entities were folded."""
        return aging.age(self.loader.connection, self.shape, day(when))


def compiled(policy: str = POLICY, opens: StreamName | None = None) -> EntityShape:
    contract, decided = read(Entity, "e.yaml", ENTITY), read(Policy, "p.yaml", policy)
    assert contract.value is not None, contract.problems
    assert decided.value is not None, decided.problems
    feeds = [
        Feed(
            mapping=f"{each.source}/{each.stream}",
            stream=each,
            entity="thing",
            opens=each == opens,
            confirms=True,
        )
        for each in STREAMS
    ]
    return entity_shape(contract.value, decided.value, feeds, timed=STREAMS)


def world(loader: Loader, policy: str = POLICY) -> World:
    shape = compiled(policy)
    loader.ensure(shape)
    return World(loader=loader, shape=shape)


def said(stream: StreamName, who: str, version: int = 1, **values: Any) -> Said:
    """What a stream says of a person; lists as PostgreSQL reads them."""
    shown = {name: array_text(each) if isinstance(each, list) else each for name, each in values.items()}
    return Said(
        key=f"{stream.stream}-{who}",
        values={"number": who, **shown},
        version=version,
        identity=(who,),
    )
