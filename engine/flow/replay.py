"""The verb ``replay --all``: the projection made anew from stored responses, without asking any source."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.errors import Interrupted, StoreError
from engine.flow.activate import activate
from engine.flow.canonicalize import Route, canonicalize, routes
from engine.flow.events import Finished, Listener, Started, Tally
from engine.flow.streams import ordered
from engine.flow.workspace import Workspace
from engine.records import Decoded, Response, StreamName
from engine.store import raw, rebuild
from engine.store.leases import Lease, Leases

LOT = 64
"""Responses that are mapped and loaded together, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffle:
    """Load responses in a random order: what comes out must not depend on it."""

    seed: int
    lot: int = LOT


def replay_all(
    workspace: Workspace,
    *,
    stopping: Callable[[], bool],
    listen: Listener,
    shuffle: Shuffle | None = None,
) -> Tally:
    """
    Clear the projection of every entity and load all stored responses again; what became of them.

    Ids, joins, tombstones, decisions and history stay. Raises ``StoreError`` where another worker holds
    a stream: a rebuild needs all of them. Stopped or killed, it goes on with the next ``replay --all``
    or ``sync``.
    """
    activations = activate(workspace)
    streams = [each for each in ordered(workspace.project) if workspace.feeds(each)]
    tally = Tally()
    with Leases(workspace.database) as leases:
        held = _hold(workspace, leases, streams)
        with workspace.database.connect(label="syncline replay") as connection:
            for shape in workspace.shapes.values():
                rebuild.clear(connection, shape)
        for stream, lease in held.items():
            listen(Started(stream=stream, verb="replay"))
            for route in routes(workspace, activations, stream):
                _load(workspace, lease, route, stopping, listen, tally, shuffle)
            listen(Finished(stream=stream))
        with workspace.database.connect(label="syncline replay") as connection:
            for shape in workspace.shapes.values():
                rebuild.finish(connection, shape)
    return tally


def _hold(workspace: Workspace, leases: Leases, streams: Sequence[StreamName]) -> dict[StreamName, Lease]:
    held = {}
    for stream in streams:
        lease = leases.acquire(workspace.names.stream(stream))
        if lease is None:
            raise StoreError(f"{stream} is held by another worker: try again when it is done", code="held")
        held[stream] = lease
    return held


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
    with (
        workspace.database.connect(label=f"syncline replay {route.feed.stream}") as reading,
        workspace.database.connect(label=f"syncline replay {route.feed.stream}") as writing,
    ):

        def load(some: Sequence[Response]) -> None:
            batch: list[Decoded] = [reader.read(response) for response in some]
            counts = canonicalize(writing, lease, route, batch, listen=listen, rebuild=True)
            tally.add(route.feed.mapping, counts)
            if stopping():
                raise Interrupted("stopped: run it again to go on")

        if shuffle is None:
            for chunk in raw.read(reading, lease.stream, count=LOT):
                load(chunk)
            return
        every = [response for chunk in raw.read(reading, lease.stream) for response in chunk]
        random.Random(shuffle.seed).shuffle(every)  # noqa: S311 # a seeded order, no secret
        for first in range(0, len(every), shuffle.lot):
            load(every[first : first + shuffle.lot])
