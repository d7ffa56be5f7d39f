"""
What another stream lists as deleted: read first in a run, and made canonical before any record is asked for.

So a record that is requested after a delete was listed comes after it, and whoever is found then has come
back. Both streams draw their requests' positions from one counter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.errors import FetchError, Interrupted, TransientFetchError
from engine.fetch.listing import Listing, deletions, listing_of
from engine.flow.canonicalize import BATCH_RECORDS, Route
from engine.flow.events import Finished, Listener, Loaded, Started
from engine.flow.extract import Extract
from engine.flow.keeping import Extracted, Task
from engine.flow.valve import Valve
from engine.flow.workspace import Workspace
from engine.records.mapped import Accounting
from engine.records.received import Decoded, StreamName
from engine.store import raw, runs
from engine.store.database import Connection
from engine.store.leases import Lease, Leases
from engine.store.listed import List, bury_listed

CODES = {
    "list-not-read": "The stream that lists what is deleted of another one was not read to its end.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadList:
    """What came of reading what is deleted."""

    stream: StreamName
    fetched: Extracted | None
    """None where another worker holds the stream that lists it."""
    ordered: bool
    """Versions tell what comes after what: records may be read though the list was not."""

    @property
    def fault(self) -> FetchError | None:
        """Why it was not read to its end."""
        if self.fetched is None:
            return TransientFetchError(f"{self.stream} is held by another worker", code="list-not-read")
        if self.fetched.error is None:
            return None
        said = f"{self.stream}, which lists deletes, was not read to its end: {self.fetched.error}"
        return TransientFetchError(said, code="list-not-read")


def listing(workspace: Workspace, stream: StreamName) -> tuple[StreamName, Listing] | None:
    """The stream that lists the deletes of another one; None where nothing does."""
    found = listing_of(workspace.source(stream).connector, stream.stream)
    return None if found is None else (StreamName(source=stream.source, stream=found.name), found)


def spoken_of(workspace: Workspace, name: StreamName) -> StreamName:
    """The stream whose deletes a stream lists; itself, where it lists none."""
    source = workspace.source(name)
    for each in source.connector.streams:
        found = listing_of(source.connector, str(each))
        if found is not None and found.name == name.stream:
            return StreamName(source=name.source, stream=str(each))
    return name


def read_list(
    workspace: Workspace,
    connection: Connection,
    leases: Leases,
    task: Task,
    ways: Sequence[Route],
    *,
    position: int,
) -> ReadList | None:
    """
    Read what is deleted of a task's stream, on from its own watermark; what came is durable and pending.

    None where nothing lists it.
    """
    found = listing(workspace, task.stream)
    if found is None:
        return None
    name, lists = found
    number = workspace.names.stream(name)
    lease = leases.acquire(number)
    if lease is None:
        return ReadList(stream=name, fetched=None, ordered=lists.ordered)
    task.listen(Started(stream=name, verb="sync"))
    mappings = {way.feed.mapping: way for way in ways if way.feed.listed_by is not None}
    try:
        run = runs.begin(
            connection,
            number,
            kind="full" if task.full else "sync",
            versions={mapping: way.activation for mapping, way in mappings.items()},
            position=position,
        )
        mine = replace(
            task,
            stream=name,
            number=number,
            lease=lease,
            run=run.id,
            mappings=tuple(workspace.names.mapping(each) for each in mappings),
            beside=(task.number,),
        )
        done = Extract(mine, connection, _pass).run()
        runs.end(connection, lease, run.id, complete=done.error is None, proof=done.proof())
    finally:
        leases.release(lease)
        task.listen(Finished(stream=name))
    return ReadList(stream=name, fetched=done, ordered=lists.ordered)


def _pass(_: Decoded) -> None:
    """What came is pending: it is read back, as after a crash."""


def drain_list(
    workspace: Workspace,
    connection: Connection,
    lease: Lease,
    ways: Sequence[Route],
    stream: StreamName,
    *,
    listen: Listener,
    stopping: Callable[[], bool],
    valve: Valve,
) -> None:
    """
    End what is listed and pending, for each mapping of a stream; before anything else of it is loaded.

    ``lease``: of the stream that is spoken of. Raises ``Interrupted`` between two batches.
    """
    found = listing(workspace, stream)
    if found is None:
        return
    name, lists = found
    number = workspace.names.stream(name)
    for way in ways:
        if way.feed.listed_by is None or not valve.open(connection, way):
            continue
        for batch in batches(connection, lists, number, workspace.names.mapping(way.feed.mapping)):
            if not valve.open(connection, way):
                break
            counts = bury(connection, lease, way, lists, batch)
            listen(Loaded(stream=name, mapping=way.feed.mapping, responses=len(batch), counts=counts))
            valve.loaded(way, counts)
            if stopping():
                raise Interrupted("stopped: what is left stays pending")


def batches(connection: Connection, lists: Listing, number: int, mapping: int) -> Iterator[list[Decoded]]:
    """What is listed and pending for a mapping, in the order in which it was kept."""
    batch: list[Decoded] = []
    for chunk in raw.read(connection, number, pending=mapping):
        batch += [lists.reader.read(response) for response in chunk]
        if sum(len(each.records) for each in batch) >= BATCH_RECORDS:
            yield batch
            batch = []
    if batch:
        yield batch


def bury(
    connection: Connection, lease: Lease, way: Route, lists: Listing, batch: Sequence[Decoded]
) -> Accounting:
    """End what responses list, for one mapping; commits."""
    said = [(each, *deletions(each)) for each in batch]
    return bury_listed(
        connection,
        lease,
        shape=way.shape,
        feed=way.feed,
        activation=way.activation,
        lists=[
            List(
                response=each.response,
                records=len(each.records) + each.nulls,
                deletions=[(one.key, one.said) for one in gone],
                rejections=rejected,
            )
            for each, gone, rejected in said
        ],
        ordered=lists.ordered,
    )
