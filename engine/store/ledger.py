"""What became of each response under a mapping: in = changed + same + stale + filtered + dead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import md5
from typing import Any

from engine.records.mapped import Accounting
from engine.records.shapes import EntityShape, Feed
from engine.store.database import Connection
from engine.store.entities import contribution
from engine.store.leases import Lease, fence
from engine.store.numbering import mapping_id, stream_ids
from engine.store.planner import INDEXED, STAGED
from engine.store.sql import statement
from engine.store.staging import Part, Staged
from engine.store.statements import Statements

SAME, STALE, CHANGED, FILTERED = 0, 1, 2, 3
"""How a staged row counts, as ``sql/batch.sql`` writes it."""

KEY_HASH = "('x' || substr(md5({key}), 1, 16))::bit(64)::int8"
"""The hash of a key in SQL: that of ``key_hashes``, as a signed integer."""


def key_hashes(keys: Iterable[str | None]) -> bytes:
    """8 bytes a key that is not null, in order: what a ledger row remembers of what was in a response."""
    return b"".join(
        [md5(key.encode(), usedforsecurity=False).digest()[:8] for key in keys if key is not None]
    )


def write(
    connection: Connection,
    texts: Statements,
    names: Mapping[str, int],
    parts: Sequence[Part],
    staged: Staged,
    *,
    rejected: Counter[int],
    letters: Mapping[int, int],
) -> list[Accounting]:
    """Account for every response of a batch, and take it off what is pending.

    ``rejected`` counts the rejections of a response, ``letters`` those of them that stand as dead letters.
    """
    tallies: dict[int, Counter[int]] = {part.mapped.response.id: Counter() for part in parts}
    for raw_id, tally, count in connection.execute(texts.fill("tallies", "books")):
        if raw_id in tallies:
            tallies[raw_id][tally] += count
    rows = [
        _account(part, tallies[part.mapped.response.id], staged, rejected=rejected, letters=letters)
        for part in parts
    ]
    enter(connection, texts, names, parts, rows, grounds=_grounds(connection, texts, parts, rows, staged))
    return rows


def enter(
    connection: Connection,
    texts: Statements,
    names: Mapping[str, int],
    parts: Sequence[Part],
    rows: Sequence[Accounting],
    *,
    grounds: Mapping[int, tuple[Sequence[int], int | None]],
) -> None:
    """Write the row of each response, and take them off what is pending; ``grounds`` by raw id."""
    with connection.cursor() as cursor:
        cursor.executemany(
            texts.fill("ledger", "books"),
            [
                {
                    **names,
                    "raw_id": part.mapped.response.id,
                    "records": row.records,
                    "changed": row.changed,
                    "same": row.same,
                    "stale": row.stale,
                    "filtered": row.filtered,
                    "dead": row.dead,
                    "keys": part.keys,
                    "rests": list(grounds.get(part.mapped.response.id, ((), None))[0]),
                    "resting": grounds.get(part.mapped.response.id, ((), None))[1],
                }
                for part, row in zip(parts, rows, strict=True)
            ],
        )
    responses = [part.mapped.response.id for part in parts]
    connection.execute(texts.fill("done", "books"), {**names, "responses": responses})


def _account(
    part: Part, tally: Counter[int], staged: Staged, *, rejected: Counter[int], letters: Mapping[int, int]
) -> Accounting:
    mapped, raw_id = part.mapped, part.mapped.response.id
    lost, dead = staged.lost[raw_id], letters.get(raw_id, 0)
    unanswered = rejected[raw_id] - dead
    rows = sum(tally.values()) + lost
    # What a mapping with a key of its own filters out leaves no row at all.
    silent = mapped.elements - rows - rejected[raw_id] - mapped.skipped
    return Accounting(
        records=mapped.elements,
        changed=tally[CHANGED],
        same=tally[SAME] + mapped.skipped,
        stale=tally[STALE] + lost + unanswered,
        filtered=tally[FILTERED] + silent,
        dead=dead,
    )


def _grounds(
    connection: Connection,
    texts: Statements,
    parts: Sequence[Part],
    rows: Sequence[Accounting],
    staged: Staged,
) -> dict[int, tuple[Sequence[int], int | None]]:
    """What a later response of the same bytes may rest on: nothing where a record did not land."""
    rests: dict[int, set[int]] = {}
    stale: dict[int, int] = {}
    for part, row in zip(parts, rows, strict=True):
        raw_id = part.mapped.response.id
        stale[raw_id] = row.stale - staged.lost[raw_id]
        known = part.mapped.skipped == 0 or part.rests is not None
        if known and not row.dead and not stale[raw_id] and raw_id not in staged.overtaken:
            rests[raw_id] = set(part.rests or ()) - {raw_id}
    for raw_id, other in connection.execute(texts.fill("rests", "books")):
        if raw_id in rests:
            rests[raw_id].add(other)
    pairs = [(raw_id, member) for raw_id, others in rests.items() for member in (raw_id, *sorted(others))]
    connection.execute(INDEXED)
    counts = _resting(connection, texts.names["contribution"], pairs)
    connection.execute(STAGED)
    return {raw_id: (sorted(others), counts.get(raw_id)) for raw_id, others in rests.items()}


TWINS = """
SELECT r.id, g.raw_id, g.grounds, g.resting
FROM syncline.response r
CROSS JOIN LATERAL (
    SELECT l.raw_id, l.rests || l.raw_id AS grounds, l.resting
    FROM (
        -- OFFSET 0: by the digest. By the position, the order below, every response would be passed.
        SELECT * FROM syncline.response before
        WHERE before.stream = r.stream AND before.sha256 = r.sha256 AND before.partition = r.partition
          AND before.verdict = r.verdict AND before.records = r.records AND before.position < r.position
        OFFSET 0
    ) before
    JOIN syncline.ledger l ON l.raw_id = before.id AND l.mapping = %(mapping)s
        AND l.activation = %(activation)s AND l.resting IS NOT NULL
    ORDER BY before.position DESC LIMIT 1
) g
WHERE r.id = ANY (%(responses)s::int8[])
"""
_QUESTIONED = """
SELECT DISTINCT c._raw_id FROM syncline.dead_letter d
CROSS JOIN LATERAL (
    SELECT c._raw_id FROM {contribution} c
    WHERE c._source = d.source AND c._stream = d.stream AND c._key = d.subject OFFSET 0
) c
WHERE d.mapping = %(mapping)s AND d.stage <> 'settle'
"""
_REPEAT = """
INSERT INTO syncline.ledger
    (raw_id, mapping, activation, records, changed, same, stale, filtered, dead, twin)
SELECT x.raw_id, l.mapping, l.activation, l.records, 0, l.changed + l.same, l.stale, l.filtered, l.dead,
       l.raw_id
FROM unnest(%(twins)s::int8[], %(grounds)s::int8[]) x(raw_id, ground)
JOIN syncline.ledger l
  ON l.raw_id = x.ground AND l.mapping = %(mapping)s AND l.activation = %(activation)s
ORDER BY x.raw_id
ON CONFLICT (raw_id, mapping, activation) DO UPDATE SET twin = excluded.twin
RETURNING raw_id, records
"""


def twins(
    connection: Connection,
    lease: Lease,
    *,
    feed: Feed,
    shape: EntityShape,
    activation: int,
    batch: Mapping[int, Collection[str | None]],
) -> dict[int, int]:
    """Account for responses that say, to the byte, what is canonical already, and commit: raw id → records.

    An earlier response of the same bytes is ground for that while every contribution that it made, or
    found to be the same, still rests where it did, no dead letter questions one of them, and nothing
    else of the batch speaks of the same. ``batch``: raw id → the keys of its records.
    """
    names: dict[str, Any] = {
        "stream": stream_ids(connection, [feed.stream])[feed.stream][1],
        "activation": activation,
        "mapping": mapping_id(connection, feed.mapping),
        "responses": list(batch),
    }
    table = contribution(shape.name)
    connection.execute(INDEXED)
    found = connection.execute(TWINS, names).fetchall()
    if found:
        rows = connection.execute(_QUESTIONED.format(contribution=table), names)
        questioned = {raw_id for (raw_id,) in rows}
        found = [row for row in found if questioned.isdisjoint(row[2])]
        counts = _resting(connection, table, [(row[0], member) for row in found for member in row[2]])
        found = [row for row in found if counts.get(row[0], 0) == row[3]]
        alone = _alone({row[0] for row in found}, batch, keyed=feed.keyed)
        found = [row for row in found if row[0] in alone]
    if not found:
        connection.rollback()
        return {}
    accepted = {row[0]: row[1] for row in found}
    fence(connection, lease)
    names |= {"twins": list(accepted), "grounds": list(accepted.values())}
    records: dict[int, int] = dict(connection.execute(_REPEAT, names).fetchall())
    connection.execute(statement("books", "done"), {**names, "responses": list(accepted)})
    connection.commit()
    return records


def _alone(twins: set[int], batch: Mapping[int, Collection[str | None]], *, keyed: bool) -> set[int]:
    """Those of whose records no other response of the batch, which will be mapped, has anything to say.

    Who is second to last in the batch may change what the last one then says anew: A, B and A again.
    Where a mapping has a ``key`` of its own, any record may speak of the same thing.
    """
    if keyed and len(twins) < len(batch):
        return set()
    left = twins
    while left:
        said = {key for raw_id, keys in batch.items() if raw_id not in left for key in keys}
        alone = {raw_id for raw_id in left if said.isdisjoint(batch[raw_id])}
        if alone == left:
            break
        left = alone
    return left


def _resting(connection: Connection, table: str, pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """How many contributions rest on the responses (second) that belong to each other one (first)."""
    columns = {"owners": [owner for owner, _ in pairs], "members": [member for _, member in pairs]}
    text = statement("books", "resting").format(contribution=table)
    return dict(connection.execute(text, columns).fetchall())
