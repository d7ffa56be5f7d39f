"""A rebuild once begun is carried to its end, by whoever comes next: what it still has to load is pending."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

from engine.errors import Interrupted, StoreError
from engine.fetch.reading import Reader
from engine.flow.ahead import ahead
from engine.flow.canonicalize import BATCH_RECORDS, Route, canonicalize, routes
from engine.flow.events import Finished, Listener, Started, Tally
from engine.flow.listed import drain_list
from engine.flow.streams import ordered
from engine.flow.sweeping import Sweeping
from engine.flow.valve import Valve
from engine.flow.workspace import Workspace
from engine.mapping.components import resolve
from engine.records.received import Decoded, Response, StreamName
from engine.store import raw, rebuild
from engine.store.leases import Lease, Leases

LOT = 64
"""Responses of a shuffled rebuild that are loaded together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffle:
    """Load responses in a random order: what comes out must not depend on it."""

    seed: int
    lot: int = LOT


def unfinished(workspace: Workspace) -> frozenset[str]:
    """Entities whose rebuild was cut off, among those that something feeds."""
    with workspace.database.connect(label="syncline rebuild") as connection:
        return rebuild.unfinished(connection) & workspace.shapes.keys()


def hold(workspace: Workspace, leases: Leases) -> dict[StreamName, Lease]:
    """Every stream that feeds something; raises ``StoreError`` where another worker has one."""
    held: dict[StreamName, Lease] = {}
    for stream in ordered(workspace.project):
        if not workspace.feeds(stream):
            continue
        lease = leases.acquire(workspace.names.stream(stream))
        if lease is None:
            for each in held.values():
                leases.release(each)
            raise StoreError(f"{stream} is held by another worker: try again when it is done", code="held")
        held[stream] = lease
    return held


def complete(
    workspace: Workspace,
    activations: Mapping[str, int],
    held: Mapping[StreamName, Lease],
    *,
    stopping: Callable[[], bool],
    listen: Listener,
    shuffle: Shuffle | None = None,
) -> Tally:
    """Load what is pending for the entities that are being rebuilt, then hold their identity values again."""
    tally = Tally()
    entities = unfinished(workspace)
    for stream, lease in held.items():
        listen(Started(stream=stream, verb="replay"))
        _load_lists(workspace, activations, stream, lease, entities, stopping, listen, tally)
        for route in routes(workspace, activations, stream):
            if route.feed.entity in entities:
                _load(workspace, lease, route, stopping, listen, tally, shuffle)
        listen(Finished(stream=stream))
    with workspace.database.connect(label="syncline rebuild") as connection:
        for name in sorted(entities):
            rebuild.finish(connection, workspace.shapes[name], resolve=resolve)
    return tally


def _load_lists(
    workspace: Workspace,
    activations: Mapping[str, int],
    stream: StreamName,
    lease: Lease,
    entities: frozenset[str],
    stopping: Callable[[], bool],
    listen: Listener,
    tally: Tally,
) -> None:
    """What another stream lists as deleted comes first, as in every run."""
    ways = [each for each in routes(workspace, activations, stream) if each.feed.entity in entities]
    valve = Valve(
        lease, {each.feed.mapping: workspace.names.mapping(each.feed.mapping) for each in ways}, listen
    )
    with workspace.database.connect(label=f"syncline replay {stream}") as connection:
        drain_list(workspace, connection, lease, ways, stream, listen=listen, stopping=stopping, valve=valve)
    for mapping, counts in valve.tally.by_mapping.items():
        tally.add(mapping, counts)


def _load(
    workspace: Workspace,
    lease: Lease,
    route: Route,
    stopping: Callable[[], bool],
    listen: Listener,
    tally: Tally,
    shuffle: Shuffle | None,
) -> None:
    reader = workspace.source(route.feed.stream).reader(route.feed.stream.stream)
    number = workspace.names.mapping(route.feed.mapping)
    label = f"syncline replay {route.feed.stream}"
    with (
        workspace.database.connect(label=label) as reading,
        workspace.database.connect(label=label) as writing,
    ):
        lots = _lots(raw.read(reading, lease.stream, pending=number), reader, shuffle)
        with closing(ahead(lots)) as batches, Sweeping() as sweeping:
            for batch in batches:
                records = sum(len(each.records) for each in batch)
                counts = canonicalize(writing, lease, route, batch, listen=listen, rebuild=True, spend=True)
                tally.add(route.feed.mapping, counts)
                sweeping.passed(records)
                if stopping():
                    raise Interrupted("stopped: the next `replay --all` or `sync` goes on")


def _lots(
    chunks: Iterable[Sequence[Response]], reader: Reader, shuffle: Shuffle | None
) -> Iterator[list[Decoded]]:
    """What is loaded together: as many records as a live sync takes, or so many responses drawn by lot."""
    if shuffle is not None:
        every = [response for chunk in chunks for response in chunk]
        random.Random(shuffle.seed).shuffle(every)  # noqa: S311 # a seeded order, no secret
        for first in range(0, len(every), shuffle.lot):
            yield [reader.read(response) for response in every[first : first + shuffle.lot]]
        return
    batch: list[Decoded] = []
    records = 0
    for response in chain.from_iterable(chunks):
        batch.append(reader.read(response))
        records += len(batch[-1].records)
        if records >= BATCH_RECORDS:
            yield batch
            batch, records = [], 0
    if batch:
        yield batch
