"""
Transaction 2: the mapped rows of a batch become contributions and canonical rows, or nothing does.

COPY comes first and the fence after it. Then, each in a statement of its own: the crosswalk, identity,
contributions, locks, and in a new snapshot the fold. The order of records does not matter: order keys
decide, and whatever a rival did meanwhile makes this transaction start again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from functools import partial

import psycopg

from engine.errors import StoreUnavailable
from engine.records.identity import Resolver
from engine.records.mapped import Accounting, Completer
from engine.records.shapes import EntityShape, Feed
from engine.store.batch import REFUSED, Batch
from engine.store.database import Connection
from engine.store.entities import contribution
from engine.store.joins import Rival
from engine.store.leases import Lease
from engine.store.numbering import mapping_id, stream_ids
from engine.store.patching import PatchBatch
from engine.store.planner import INDEXED
from engine.store.staging import Part

ATTEMPTS = 10
"""How often a transaction is tried that rivals keep getting in the way of."""

_CONTENDED = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
    Rival,
)


def load(
    connection: Connection,
    lease: Lease,
    *,
    shape: EntityShape,
    feed: Feed,
    activation: int,
    batch: Sequence[Part],
    resolve: Resolver,
    rebuild: bool = False,
    fresh: bool = False,
    complete: Completer | None = None,
) -> Sequence[Accounting]:
    """Load what one mapping made of some responses of its stream, and commit; one accounting a response.

    Raises ``LeaseLost`` where another worker holds the stream: nothing was written then. A row that
    PostgreSQL refuses becomes a dead letter of stage ``load``. ``rebuild`` takes responses in any
    order, writes no history and leaves identity to ``rebuild.finish``. ``fresh``: ``any_known`` said no
    when the run began; a mistake in it costs a second try. ``complete``: with patches.
    """
    work = (Batch if complete is None else partial(PatchBatch, complete=complete))(
        connection=connection,
        lease=lease,
        shape=shape,
        feed=feed,
        activation=activation,
        parts=batch,
        resolve=resolve,
        rebuild=rebuild,
        fresh=fresh,
    )
    for attempt in range(ATTEMPTS):
        try:
            return work.run()
        except _CONTENDED as contended:
            connection.rollback()
            if isinstance(contended, Rival):
                work.crowded |= contended.crowded
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  # spreads rivals, hides nothing
        except REFUSED as refusal:
            connection.rollback()
            mistaken = work.fresh and isinstance(refusal, psycopg.errors.UniqueViolation)
            work.fresh = False
            if not mistaken:
                work.search()
    raise StoreUnavailable(
        f"rival writers kept this batch from being loaded {ATTEMPTS} times", code="store-contended"
    )


def any_known(connection: Connection, shape: EntityShape, feed: Feed) -> bool:
    """Whether the feed's stream has contributed to the entity at all: else ``known`` is empty."""
    source, stream = stream_ids(connection, [feed.stream])[feed.stream]
    found = connection.execute(
        f"SELECT 1 FROM {contribution(shape.name)} WHERE _source = %s AND _stream = %s LIMIT 1",
        (source, stream),
    ).fetchone()
    connection.commit()
    return found is not None


def known(
    connection: Connection,
    shape: EntityShape,
    feed: Feed,
    keys: Sequence[str | None],
    hashes: Sequence[int],
) -> dict[int, int]:
    """Records that would change nothing: index → the response on which what they said rests.

    ``hashes`` are those of ``StageRow``: of the record and the program. Records whose key has a dead
    letter are not among them, nor those that an enumeration ended.
    """
    source, stream = stream_ids(connection, [feed.stream])[feed.stream]
    mapping = mapping_id(connection, feed.mapping)
    connection.execute(INDEXED)
    key, fate = "x.key", 0
    if feed.opens:
        key, fate = "replace(replace(x.key, '~', '~0'), '/', '~1') || '/'", 3
    rows = connection.execute(
        f"""
        SELECT x.n - 1, c._raw_id
        FROM unnest(%(keys)s::text[], %(hashes)s::int8[]) WITH ORDINALITY x(key, hash, n)
        CROSS JOIN LATERAL (  -- one probe of the primary key a record, whatever the planner believes
            SELECT c._raw_id, c._key, c._record FROM {contribution(shape.name)} c
            WHERE c._source = %(source)s AND c._stream = %(stream)s AND c._key = {key}
              AND c._hash = x.hash AND c._fate = {fate} AND c._dead_run IS NULL
            OFFSET 0) c
        WHERE NOT EXISTS (
            SELECT 1 FROM syncline.dead_letter d
            WHERE d.mapping = %(mapping)s AND d.source = %(source)s AND d.stream = %(stream)s
              AND d.stage <> 'settle' AND (d.subject = c._key OR d.subject LIKE c._record || '/%%'))
        """,
        {"keys": list(keys), "hashes": list(hashes), "source": source, "stream": stream, "mapping": mapping},
    ).fetchall()
    connection.commit()
    return dict(rows)
