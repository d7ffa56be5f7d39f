"""
Durable responses → canonical rows: the second half of the road.

The same function for a live sync, for what an earlier run left pending, and for a rebuild: they differ
in where responses come from. Each mapping of the stream gets its own transaction; a response is done
for it only with the rows that it produced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.fetch.reading import Reader
from engine.flow.events import Listener, Loaded
from engine.flow.workspace import Workspace
from engine.mapping.components import resolve
from engine.mapping.mapped import hashes
from engine.mapping.program import Program
from engine.records.mapped import Accounting
from engine.records.received import Decoded, StreamName
from engine.records.shapes import EntityShape, Feed
from engine.store import canonical, ledger
from engine.store.database import Connection
from engine.store.leases import Lease
from engine.store.staging import Part

BATCH_RECORDS, BATCH_BYTES = 7_500, 64 * 1024 * 1024
"""What is loaded in one transaction, at most; one response is never cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One mapping that a stream's records go through."""

    feed: Feed
    program: Program
    shape: EntityShape
    activation: int
    reader: Reader
    """Reads a response whole that was only skimmed."""


def routes(workspace: Workspace, activations: Mapping[str, int], stream: StreamName) -> tuple[Route, ...]:
    """Every mapping that a stream feeds."""
    return tuple(
        Route(
            feed=feed,
            program=workspace.programs[feed.mapping],
            shape=workspace.shapes[feed.entity],
            activation=activations[feed.mapping],
            reader=workspace.source(stream).reader(stream.stream),
        )
        for feed in workspace.feeds(stream)
    )


def canonicalize(
    connection: Connection,
    lease: Lease,
    route: Route,
    batch: list[Decoded],
    *,
    listen: Listener,
    fresh: bool = False,
    spend: bool = False,
    rebuild: bool = False,
) -> Accounting:
    """
    Map and load responses of one stream through one mapping; commits. The sum of what became of them.

    ``fresh``: nothing was known of the stream when its run began, and nobody asks before mapping which
    records and responses are; the rows come out the same.
    ``spend`` empties the batch: decoded records are let go as they are mapped, not after they are loaded.
    """
    # A patch that came before says something new after another: none may be passed over.
    asks = not (rebuild or fresh or route.feed.partial)
    twins = _twins(connection, lease, route, batch) if asks else {}
    responses = len(batch)
    for index, each in enumerate(batch):
        if each.skimmed and each.response.id not in twins:
            batch[index] = route.reader.read(each.response)
    mapped = [each for each in batch if each.response.id not in twins]
    if spend:
        batch.clear()
    parts = _parts(connection, route, mapped, probe=asks)
    accounts = (
        canonical.load(
            connection,
            lease,
            shape=route.shape,
            feed=route.feed,
            activation=route.activation,
            batch=parts,
            resolve=resolve,
            rebuild=rebuild,
            fresh=fresh and not route.feed.partial,
            complete=None if route.program.patcher is None else route.program.patcher.whole,
        )
        if parts
        else ()
    )
    skipped = sum(twins.values())
    counts = Accounting(
        records=sum(each.records for each in accounts) + skipped,
        changed=sum(each.changed for each in accounts),
        same=sum(each.same for each in accounts) + skipped,
        stale=sum(each.stale for each in accounts),
        filtered=sum(each.filtered for each in accounts),
        dead=sum(each.dead for each in accounts),
        omitted=sum(part.mapped.omitted for part in parts),
    )
    listen(Loaded(stream=route.feed.stream, mapping=route.feed.mapping, responses=responses, counts=counts))
    return counts


def _twins(connection: Connection, lease: Lease, route: Route, batch: Sequence[Decoded]) -> dict[int, int]:
    """Responses that say, to the byte, what is canonical already: accounted for, with their records."""
    return ledger.twins(
        connection,
        lease,
        feed=route.feed,
        shape=route.shape,
        activation=route.activation,
        batch={each.response.id: each.keys for each in batch},
    )


def _parts(connection: Connection, route: Route, batch: list[Decoded], *, probe: bool) -> list[Part]:
    """Map what is not known to be the same; empties the batch on the way."""
    known: dict[int, int] = {}
    if probe:
        keys = [key for each in batch for key in each.keys]
        mixed = [each for decoded in batch for each in hashes(route.program.plan, decoded)]
        known = canonical.known(connection, route.shape, route.feed, keys, mixed)
        # Of a key that comes twice in the batch everything is mapped, unless all of it is known.
        changed = {key for index, key in enumerate(keys) if index not in known}
        known = {index: raw_id for index, raw_id in known.items() if keys[index] not in changed}
    parts, first = [], 0
    batch.reverse()
    while batch:
        each = batch.pop()
        count = len(each.keys)
        skip = {index - first: known[index] for index in range(first, first + count) if index in known}
        first += count
        parts.append(
            Part(
                mapped=route.program.map(each, skip=skip),
                keys=ledger.key_hashes(each.keys),
                rests=frozenset(skip.values()),
            )
        )
    return parts
