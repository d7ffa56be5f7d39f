"""
The verb ``plan --coverage``: what mappings make of what is stored, and which of it no rule reads.

Records are those that live contributions rest on, read in one snapshot; nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from engine.errors import Interrupted
from engine.expression import Expression
from engine.fetch.connector import Connector
from engine.fetch.reading import Reader
from engine.flow.streams import own_expressions
from engine.mapping.entity import Entity
from engine.records.received import StreamName
from engine.review.coverage import Coverage, EntityCoverage, Standing, Streamed, entity_coverage
from engine.review.masked import masked
from engine.review.side import Side
from engine.review.suggest import Target
from engine.store import resting, survey
from engine.store.database import Connection

Watch = Callable[[str, int, int], None]
"""Hears of ``source.stream`` how many of its records were looked at, and of how many."""


def _nobody(_stream: str, _done: int, _of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Which records are looked at."""

    sources: frozenset[str]
    since: dt.datetime | None
    sample: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """A stream of a connector, and all sources that have it."""

    name: str
    """``connector.stream``"""
    connector: Connector
    sources: tuple[StreamName, ...]
    mappings: tuple[str, ...]
    entities: frozenset[str]


def coverage(
    reading: Connection,
    side: Side,
    *,
    sources: Collection[str] = (),
    since: dt.datetime | None = None,
    sample: int | None = None,
    watch: Watch = _nobody,
    stopping: Callable[[], bool] = lambda: False,
) -> Coverage:
    """
    What a version of the files makes of what is stored; ``reading`` is in a ``snapshot``.

    ``sources``: whose records are looked at, none: everybody's; ``since``: of responses fetched since then;
    ``sample``: of each stream at most so many, the same ones every time. Raises ``Interrupted`` where
    ``stopping`` says so.
    """
    chosen = _Chosen(sources=frozenset(sources), since=since, sample=sample)
    streams: list[tuple[_Stream, Streamed]] = []
    for each in _streams(side):
        own = [*_own(each.connector, each.name.partition(".")[2])]
        streamed = Streamed(each.name, [side.programs[name] for name in each.mappings], own)
        _pass(reading, each, streamed, chosen, watch=watch, stopping=stopping)
        streams.append((each, streamed))
    entities = [
        _entity(reading, side, name, [streamed for _, streamed in streams]) for name in sorted(side.shapes)
    ]
    return Coverage(
        entities=entities,
        streams=[streamed.done(_targets(side, each)) for each, streamed in streams],
        sampled=any(streamed.records < streamed.of for _, streamed in streams),
    )


def _pass(
    reading: Connection,
    stream: _Stream,
    streamed: Streamed,
    chosen: _Chosen,
    *,
    watch: Watch,
    stopping: Callable[[], bool],
) -> None:
    """Let the records of a stream pass, source by source."""
    reader = Reader(stream.connector.stream(stream.name.partition(".")[2]))
    share = None if chosen.sample is None else max(1, chosen.sample // len(stream.sources))
    for source in stream.sources:
        number = survey.stream_number(reading, source)
        if number is None:
            continue
        streamed.of += resting.count(reading, stream.entities, number)
        if chosen.sources and source.source not in chosen.sources:
            continue
        there = resting.count(reading, stream.entities, number, since=chosen.since)
        of = there if share is None else min(there, share)
        done = 0
        watch(str(source), done, of)
        for each in resting.rested(reading, stream.entities, number, since=chosen.since, sample=share):
            decoded = reader.read(each.response)
            these = [at for at, place in enumerate(decoded.places) if place in each.places]
            these = these if share is None else these[: share - done]
            streamed.add(decoded, these)
            done += len(these)
            watch(str(source), done, of)
            if stopping():
                raise Interrupted("stopped: nothing was written")


def _streams(side: Side) -> Iterator[_Stream]:
    """Every stream that something is mapped from."""
    found: dict[str, list[StreamName]] = {}
    fed: dict[str, dict[str, str]] = {}
    for feed in side.feeds:
        mapping = side.mappings[feed.mapping].need()
        found.setdefault(mapping.from_, [])
        if feed.stream not in found[mapping.from_]:
            found[mapping.from_].append(feed.stream)
        fed.setdefault(mapping.from_, {})[feed.mapping] = feed.entity
    for name, sources in sorted(found.items()):
        yield _Stream(
            name=name,
            connector=side.connectors[name.partition(".")[0]].need(),
            sources=tuple(sorted(sources, key=str)),
            mappings=tuple(sorted(fed[name])),
            entities=frozenset(fed[name].values()),
        )


def _own(connector: Connector, name: str) -> Iterator[Expression]:
    """What a stream reads of its records itself, and what streams read of them that ask for each."""
    stream = connector.stream(name)
    yield from own_expressions(stream)
    by = getattr(stream.pagination, "by", None)
    yield from by.values() if isinstance(by, Mapping) else () if by is None else (by,)
    for other in connector.streams:
        for each in connector.stream(str(other)).for_each:
            if each.stream == name:
                yield from (one for one in (each.value, each.when) if one is not None)


def _targets(side: Side, stream: _Stream) -> list[Target]:
    """The mappings of a stream, as far as a rule could be added to them."""
    said: dict[str, set[str]] = {}
    for document in side.mappings.values():
        mapping = document.need()
        said.setdefault(str(mapping.to), set()).update(mapping.fields)
    keyed = {
        str(each.need().to): each.need().from_
        for each in side.mappings.values()
        if each.need().key is None and each.need().from_.partition(".")[0] == stream.name.partition(".")[0]
    }
    targets = []
    for name in stream.mappings:
        mapping = side.mappings[name].need()
        contract = side.entities[str(mapping.to)]
        types = contract.need().types
        targets.append(
            Target(
                mapping=name,
                file=side.mappings[name].file,
                contract=contract.file,
                base=(),
                types=types,
                unsaid=frozenset(types.keys() - mapping.fields.keys()),
                nowhere=frozenset(types.keys() - said[str(mapping.to)]),
                streams=keyed,
            )
        )
    return targets


def _entity(reading: Connection, side: Side, name: str, streams: list[Streamed]) -> EntityCoverage:
    contract: Entity = side.entities[name].need()
    shape = side.shapes[name]
    rows, stored = resting.filled(reading, shape)
    personal = {each.name for each in shape.fields if each.pii}
    standing = {
        field: Standing(filled=each.filled, constant=_shown(each.constant, hide=field in personal))
        for field, each in stored.items()
    }
    return entity_coverage(
        name,
        contract.types,
        rows=rows,
        standing=standing,
        programs=[each for each in side.programs.values() if each.entity == name],
        streams=streams,
    )


def _shown(constant: str | None, *, hide: bool) -> str | None:
    return masked(constant) if hide and constant is not None else constant
