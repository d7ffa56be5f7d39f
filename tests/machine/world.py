"""The engine's side: what happens is done to a real database, and what stands there is read."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from engine.errors import SettingsError
from engine.flow.canonicalize import Route, canonicalize
from engine.flow.events import silence
from engine.mapping.components import resolve
from engine.mapping.texts import array_text
from engine.records.received import Response, StreamName
from engine.store import entities, pins, rebuild, refusals
from engine.store.database import Connection
from engine.store.decisions import Decided, Decider
from engine.store.leases import Lease
from engine.store.numbering import mapping_id, stream_ids
from engine.store.tombstones import bury
from tests.machine.brute import PLAIN, collapsed
from tests.machine.contract import STREAMS, Contract
from tests.machine.hearing import FIELDS, REFERENCES
from tests.machine.kin import Id

FIRST = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_TABLES = (
    "patch contribution_person dead_letter ledger tombstone identity_key identity_ref identity_decision"
    " identity_member redirect open_ref pin pending unique_value broken"
)
SAID = [f"{name}::text" if name in {"born", *REFERENCES} else name for name in FIELDS]
READS = {
    "rows": f"SELECT id::text, {', '.join(SAID)} FROM canonical.person",
    "winners": "SELECT id::text, field, source || '.' || stream, key FROM canonical.person_provenance",
    "crosswalk": "SELECT s.name || '.' || t.name, c._key, c._entity_id::text"
    " FROM syncline.contribution_person c"
    " JOIN syncline.stream t ON t.id = c._stream JOIN syncline.source s ON s.id = c._source"
    " WHERE c._entity_id IS NOT NULL",
    "values": "SELECT kind, value, CASE WHEN NOT disabled THEN entity_id::text END"
    " FROM syncline.identity_key",
    "redirects": "SELECT old::text, new::text FROM syncline.redirect",
    "decisions": "SELECT what, entity_id::text, other_id::text, who, undone IS NOT NULL"
    " FROM syncline.identity_decision WHERE what <> 'refuse'",
    "refusals": "SELECT s.name || '.' || t.name, d.key, d.kind, d.value, d.entity_id::text,"
    " d.other_id::text, d.why FROM syncline.identity_decision d JOIN syncline.stream t ON t.id = d.stream"
    " JOIN syncline.source s ON s.id = d.source WHERE d.what = 'refuse'",
    "letters": "SELECT s.name || '.' || t.name, d.key, d.raw_id FROM syncline.dead_letter d"
    " JOIN syncline.stream t ON t.id = d.stream JOIN syncline.source s ON s.id = d.source"
    " WHERE d.state = 'open' AND d.stage = 'map'",
    "open": "SELECT s.name || '.' || t.name, o.by_key, a.name || '.' || b.name, o.key, o.id::text"
    " FROM syncline.open_ref o JOIN syncline.stream t ON t.id = o.by_stream"
    " JOIN syncline.source s ON s.id = t.source"
    " JOIN syncline.stream b ON b.id = o.stream JOIN syncline.source a ON a.id = b.source",
    "sought": "SELECT s.name || '.' || t.name, r.by_key, r.value FROM syncline.identity_ref r"
    " JOIN syncline.stream t ON t.id = r.by_stream JOIN syncline.source s ON s.id = t.source",
}
HISTORY = (
    f"SELECT id::text, _cause, {', '.join(SAID[place] for place in PLAIN)} FROM canonical.person_history"
    " ORDER BY _until, ctid"
)


@dataclass(kw_only=True)
class World:
    """One database, and the contract that holds there now."""

    connection: Connection
    contract: Contract = field(init=False)
    routes: dict[str, Route] = field(init=False, default_factory=dict)
    leases: dict[str, Lease] = field(init=False, default_factory=dict)
    kept: dict[str, dict[int, Response]] = field(init=False, default_factory=dict)
    """All responses by stream and number."""
    runs: int = field(init=False, default=0)

    def begin(self, contract: Contract) -> None:
        """Nothing has happened yet."""
        self.contract, self.kept = contract, defaultdict(dict)
        entities.ensure(self.connection, contract.shape)
        tables = ", ".join(f"syncline.{each}" for each in _TABLES.split())
        self.connection.execute(
            f"TRUNCATE {tables}, canonical.person, canonical.person_history RESTART IDENTITY"
        )
        for name, feed in zip(STREAMS, _feeds(contract), strict=True):
            number = stream_ids(self.connection, [feed.stream])[feed.stream][1]
            self.connection.execute(
                "INSERT INTO syncline.lease VALUES (%s, 1, 'test', 0, '-infinity') ON CONFLICT DO NOTHING",
                [number],
            )
            self.connection.execute(
                "INSERT INTO syncline.activation (n, mapping, version) VALUES (1, %s, 0)"
                " ON CONFLICT DO NOTHING",
                [mapping_id(self.connection, feed.mapping)],
            )
            self.leases[name] = Lease(stream=number, epoch=1, holder="test")
            self.routes[name] = Route(
                feed=feed,
                program=contract.programs[name],
                shape=contract.shape,
                activation=1,
                reader=contract.readers[name],
            )
        self.connection.commit()

    # What happens -------------------------------------------------------------------------------------

    def hear(self, stream: str, pages: Mapping[int, Sequence[Mapping[str, Any]]]) -> None:
        """Responses by their position are loaded together."""
        for position, records in pages.items():
            body = json.dumps(records).encode()
            self.kept[stream][position] = Response(
                id=position,
                stream=self.routes[stream].feed.stream,
                partition={},
                position=position,
                request={},
                status=200,
                headers={},
                fetched_at=FIRST + dt.timedelta(milliseconds=position),
                body=body,
                sha256=hashlib.sha256(body).digest(),
                wire_length=len(body),
                coding="identity",
            )
        self._load(stream, sorted(pages))

    def _load(self, stream: str, positions: Sequence[int], *, again: bool = False) -> None:
        route = self.routes[stream]
        batch = [route.reader.read(self.kept[stream][position]) for position in positions]
        canonicalize(self.connection, self.leases[stream], route, batch, listen=silence, rebuild=again)

    def drain(self) -> None:
        """What has become pending again is loaded, as the next sync of its stream does."""
        rows = self.connection.execute(
            "SELECT stream, response FROM syncline.pending ORDER BY 1, 2"
        ).fetchall()
        self.connection.commit()
        for name, lease in self.leases.items():
            positions = [response for stream, response in rows if stream == lease.stream]
            if positions:
                self._load(name, positions)

    def bury(self, stream: str, position: int, keys: Sequence[str]) -> None:
        """A complete run did not hold these keys."""
        self.runs += 1
        bury(
            self.connection,
            self.leases[stream],
            shapes=[(self.contract.shape, self.routes[stream].feed)],
            run=self.runs,
            position=position,
            keys=keys,
        )

    def decide(self, what: str, *of: Id, **more: Any) -> Decided | None:
        """A decision on identity; None where it is refused."""
        decider = Decider(connection=self.connection, shape=self.contract.shape, who="ada", why="so")
        try:
            decided: Decided = getattr(decider, what)(*map(UUID, of), **more)
        except SettingsError:
            self.connection.rollback()
            return None
        return decided

    def pin(self, of: Id, name: str, value: Any, *, ends: bool) -> None:
        """Hold a field to a value."""
        shape = next(each for each in self.contract.shape.fields if each.name == name)
        text = array_text(value) if isinstance(value, tuple) else str(value)
        until = dt.datetime(2999, 1, 1, tzinfo=dt.UTC) if ends else None
        pins.put(
            self.connection,
            self.contract.shape,
            of=UUID(of),
            field=shape,
            texts=[text],
            why="so",
            who="ada",
            until=until,
        )

    def lift(self, of: Id, name: str) -> int:
        """Let records say it again."""
        shape = self.contract.shape
        return pins.lift(self.connection, shape, of=UUID(of), field=name, why="enough", who="ada")

    def lapse(self, of: Sequence[Id]) -> None:
        """The time of pins of these entities is over, and a run begins."""
        self.connection.execute(
            "UPDATE syncline.pin SET until = '2020-01-01'"
            " WHERE until IS NOT NULL AND entity_id = ANY (%s::uuid[])",
            [list(of)],
        )
        self.connection.commit()
        pins.lapse(self.connection, [self.contract.shape])

    def rebuild(self, seed: object) -> None:
        """Everything again from the responses, in another order and in batches of other sizes."""
        dice = random.Random(f"order {seed}")
        rebuild.clear(self.connection, self.contract.shape)
        every = [(stream, position) for stream, pages in self.kept.items() for position in pages]
        dice.shuffle(every)
        while every:
            stream = every[0][0]
            batch = [each for each in every if each[0] == stream][: dice.choice([2, 10, 30])]
            self._load(stream, [position for _, position in batch], again=True)
            every = [each for each in every if each not in batch]
        rebuild.finish(self.connection, self.contract.shape, resolve=resolve)

    # What stands there --------------------------------------------------------------------------------

    def read(self) -> dict[str, list[tuple[Any, ...]]]:
        """All tables, as ``Brute.state`` gives them."""
        found = {name: self.connection.execute(text).fetchall() for name, text in READS.items()}
        found["rows"] = [_plain(row) for row in found["rows"]]
        waiting = refusals.queue(self.connection, {"person": self.contract.shape})
        found["queue"] = [(str(each.one), str(each.other)) for each in waiting]
        former: dict[Id, list[tuple[int, tuple[Any, ...]]]] = defaultdict(list)
        for entity, cause, *values in self.connection.execute(HISTORY).fetchall():
            former[entity].append((cause, _plain(values)))
        self.connection.commit()
        now = {row[0]: tuple(row[place + 1] for place in PLAIN) for row in found["rows"]}
        told = ((entity, collapsed(rows, now.get(entity))) for entity, rows in former.items())
        found["history"] = [each for each in told if each[1]]
        return found


def _feeds(contract: Contract) -> list[Any]:
    by = {each.stream: each for each in contract.shape.feeds}
    return [by[StreamName(source=each.split(".")[0], stream=each.split(".")[1])] for each in STREAMS]


def _plain(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(tuple(each) if isinstance(each, list) else each for each in values)
