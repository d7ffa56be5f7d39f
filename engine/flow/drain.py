"""What an earlier run fetched and could not finish, or a new version has to see again, is made canonical."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.errors import Interrupted
from engine.fetch.reading import Reader
from engine.flow.canonicalize import BATCH_RECORDS, Route, canonicalize, routes
from engine.flow.events import Finished, Listener, Note, Started, Tally
from engine.flow.listed import drain_list, spoken_of
from engine.flow.valve import Valve
from engine.flow.workspace import Workspace
from engine.records.received import Decoded, StreamName
from engine.store import raw
from engine.store.database import Connection
from engine.store.leases import Lease, Leases


def drain(
    connection: Connection,
    lease: Lease,
    ways: Sequence[Route],
    reader: Reader,
    *,
    numbers: Sequence[int],
    listen: Listener,
    stopping: Callable[[], bool],
    valve: Valve,
) -> None:
    """
    Canonicalize what is pending for each mapping of a stream, in the order of the requests.

    ``numbers``: of the mappings, in the order of ``ways``. Raises ``Interrupted`` between two batches.
    """
    for way, number in zip(ways, numbers, strict=True):
        batch: list[Decoded] = []
        for chunk in raw.read(connection, lease.stream, pending=number):
            batch += [reader.read(response) for response in chunk]
            if sum(len(each.records) for each in batch) >= BATCH_RECORDS:
                if not valve.open(connection, way):
                    break
                valve.loaded(way, canonicalize(connection, lease, way, batch, listen=listen))
                batch = []
            if stopping():
                raise Interrupted("stopped: what is left stays pending")
        if batch and valve.open(connection, way):
            valve.loaded(way, canonicalize(connection, lease, way, batch, listen=listen))


def drain_streams(
    workspace: Workspace,
    activations: Mapping[str, int],
    streams: Iterable[StreamName],
    *,
    verb: str,
    stopping: Callable[[], bool],
    listen: Listener,
) -> Tally:
    """
    Canonicalize what is pending in some streams, outside a sync of theirs; what became of it.

    A stream that another worker holds stays pending: its next sync does it. Raises ``Interrupted``
    between two batches.
    """
    tally = Tally()
    with Leases(workspace.database) as leases:
        for stream in streams:
            if stream.source not in workspace.sources:
                listen(Note(stream=stream, text="its source is not in syncline.yaml any more"))
                continue
            stream = spoken_of(workspace, stream)  # noqa: PLW2901 # what lists deletes is loaded with them
            lease = leases.acquire(workspace.names.stream(stream))
            if lease is None:
                listen(Note(stream=stream, text="held by another worker, which does it"))
                continue
            listen(Started(stream=stream, verb=verb))
            ways = routes(workspace, activations, stream)
            numbers = {way.feed.mapping: workspace.names.mapping(way.feed.mapping) for way in ways}
            valve = Valve(lease, numbers, listen)
            try:
                with workspace.database.connect(label=f"syncline {verb} {stream}") as connection:
                    drain_list(
                        workspace,
                        connection,
                        lease,
                        ways,
                        stream,
                        listen=listen,
                        stopping=stopping,
                        valve=valve,
                    )
                    drain(
                        connection,
                        lease,
                        ways,
                        workspace.source(stream).reader(stream.stream),
                        numbers=tuple(numbers.values()),
                        listen=listen,
                        stopping=stopping,
                        valve=valve,
                    )
            finally:
                for mapping, counts in valve.tally.by_mapping.items():
                    tally.add(mapping, counts)
                leases.release(lease)
                listen(Finished(stream=stream))
    return tally
