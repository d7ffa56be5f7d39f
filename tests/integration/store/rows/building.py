"""Entities, feeds and mapped rows for the tests of the write path, made by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.mapping.components import resolve
from engine.records.mapped import Accounting, Mapped
from engine.records.received import NO_VERSION, Fate, Fault, Rejection, Response, StreamName
from engine.records.shapes import EntityShape, Feed, FieldShape, Preference
from engine.store import entities
from engine.store.canonical import load
from engine.store.database import Connection
from engine.store.leases import Lease
from engine.store.ledger import key_hashes
from engine.store.numbering import stream_ids
from engine.store.staging import Part

EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

HR = StreamName(source="hr", stream="employees")
PAY = StreamName(source="pay", stream="people")
BADGES = StreamName(source="badges", stream="holders")


def shape_of(
    name: str,
    fields: Sequence[str],
    streams: Sequence[StreamName],
    *,
    identity: Sequence[str] = (),
    refs: Mapping[str, tuple[str, StreamName]] | None = None,
    by_identity: Mapping[str, tuple[str, int]] | None = None,
    preferences: Sequence[Preference] = (),
    groups: Sequence[int] = (),
    history: bool = False,
    end_entity: frozenset[str] = frozenset(),
    guards: Sequence[str] = (),
    opens: bool = False,
) -> EntityShape:
    """An entity of text fields; ``refs`` maps a field to ``(entity, stream)``, ``by_identity`` to
    ``(entity, kind of identity key)``.
    """
    refs, found = refs or {}, by_identity or {}
    target = {name: each[0] for name, each in (*refs.items(), *found.items())}
    return EntityShape(
        name=name,
        fields=tuple(
            FieldShape(
                name=each,
                bit=bit,
                columns=((each, "uuid" if each in target else "text"),),
                type="ref" if each in target else "string",
                refers_to=target.get(each),
            )
            for bit, each in enumerate(fields)
        ),
        identity=tuple(identity),
        preferences=tuple(preferences),
        groups=tuple(groups),
        feeds=tuple(
            Feed(
                mapping=f"{stream.source}/{stream.stream}_{name}",
                stream=stream,
                entity=name,
                refs={name: each[1] for name, each in refs.items()},
                by_identity=found,
                opens=opens,
            )
            for stream in streams
        ),
        history=history,
        end_entity=end_entity,
        guards=tuple(guards),
        fingerprint="",
    )


def cell(value: Any) -> str:
    """A value in COPY text."""
    if value is None:
        return r"\N"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


@dataclass(kw_only=True)
class Said:
    """One record as a test says it."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    version: int = NO_VERSION
    fate: int = Fate.SAYS
    identity: Sequence[str | None] = ()
    record: str | None = None
    hash: int | None = None


def part(
    shape: EntityShape,
    stream: StreamName,
    records: Sequence[Said],
    *,
    raw_id: int,
    position: int | None = None,
    rejected: Sequence[tuple[str | None, int]] = (),
    skipped: int = 0,
) -> Part:
    """What one response gives to a batch."""
    position = raw_id if position is None else position
    response = Response(
        id=raw_id,
        stream=stream,
        partition={},
        position=position,
        request={},
        status=200,
        headers={},
        fetched_at=EPOCH,
        body=b"",
        sha256=b"",
        wire_length=0,
        coding="identity",
    )
    lines, places = [], []
    for place, each in enumerate(records):
        said = sum(1 << f.bit for f in shape.fields if each.values.get(f.name) is not None)
        digest = hash((each.key, each.fate, each.version, tuple(sorted(each.values.items())), *each.identity))
        columns = [
            each.key,
            each.record,
            int(each.fate),
            each.version,
            position,
            raw_id,
            place,
            each.hash if each.hash is not None else digest,
            1_700_000_000_000 + raw_id,
            said,
            *(each.identity or [None] * len(shape.identity)),
            *(each.values.get(column) for f in shape.fields for column, _ in f.columns),
        ]
        lines.append("\t".join(cell(value) for value in columns))
        places.append(place)
    rejections = tuple(
        Rejection(
            place=1000 + n,
            key=key,
            version=version,
            stage="map",
            faults=(Fault(code="misfit", message="does not fit"),),
        )
        for n, (key, version) in enumerate(rejected)
    )
    counted = sum(each.fate != Fate.RECORD for each in records)
    mapped = Mapped(
        response=response,
        keys=[each.key for each in records],
        versions=[each.version for each in records],
        places=places,
        fates=[int(each.fate) for each in records],
        lines=lines,
        rejections=rejections,
        elements=counted + len(rejections) + skipped,
        skipped=skipped,
    )
    keys = [each.key for each in records] + [key for key, _ in rejected]
    return Part(mapped=mapped, keys=key_hashes(keys))


@dataclass(kw_only=True)
class Loader:
    """Loads what tests say, with a lease on every stream."""

    connection: Connection
    raw_id: int = 0
    activation: int = 1

    def ensure(self, *shapes: EntityShape) -> None:
        """Make the tables."""
        for shape in shapes:
            entities.ensure(self.connection, shape)
        self.connection.commit()

    def lease(self, stream: StreamName) -> Lease:
        """A lease of epoch 1, made where there is none."""
        number = stream_ids(self.connection, [stream])[stream][1]
        self.connection.execute(
            "INSERT INTO syncline.lease VALUES (%s, 1, 'test', 0, '-infinity') ON CONFLICT DO NOTHING",
            [number],
        )
        self.connection.commit()
        return Lease(stream=number, epoch=1, holder="test")

    def say(
        self,
        shape: EntityShape,
        stream: StreamName,
        *records: Said,
        raw_id: int | None = None,
        rejected: Sequence[tuple[str | None, int]] = (),
        rebuild: bool = False,
    ) -> Accounting:
        """Load one response."""
        self.raw_id += 1
        given = part(
            shape, stream, records, raw_id=self.raw_id if raw_id is None else raw_id, rejected=rejected
        )
        return self.load(shape, stream, [given], rebuild=rebuild)[0]

    def load(
        self,
        shape: EntityShape,
        stream: StreamName,
        parts: Sequence[Part],
        *,
        rebuild: bool = False,
        fresh: bool = False,
    ) -> Sequence[Accounting]:
        """Load a batch."""
        feed = next(each for each in shape.feeds if each.stream == stream)
        return load(
            self.connection,
            self.lease(stream),
            shape=shape,
            feed=feed,
            activation=self.activation,
            batch=parts,
            resolve=resolve,
            rebuild=rebuild,
            fresh=fresh,
        )

    def rows(self, shape: EntityShape, *columns: str) -> list[tuple[Any, ...]]:
        """Canonical rows, sorted."""
        names = ", ".join(columns or [column for column, _ in entities.value_columns(shape)])
        found = self.connection.execute(f"SELECT {names} FROM canonical.{shape.name}").fetchall()
        self.connection.commit()
        return sorted(found, key=str)

    def one(self, text: str, *values: Any) -> Any:
        """The first column of the first row."""
        row = self.connection.execute(text, values).fetchone()
        self.connection.commit()
        return None if row is None else row[0]
