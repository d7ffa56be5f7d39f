"""What an earlier run fetched and could not finish, or a new version has to see again, is made canonical."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.errors import Interrupted
from engine.fetch.reading import Reader
from engine.flow.canonicalize import BATCH_RECORDS, Route, canonicalize
from engine.flow.events import Listener
from engine.flow.valve import Valve
from engine.records.received import Decoded
from engine.store import raw
from engine.store.database import Connection
from engine.store.leases import Lease


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
