"""
Deletes that another stream lists: each makes a tombstone, where it is listed first.

What a response lists are facts of its own, made anew when it is read again; what that means for a record
follows from all tombstones of its key, in whatever order they were written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.records.mapped import Accounting
from engine.records.received import NO_VERSION, Rejection, Response
from engine.records.shapes import EntityShape, Feed
from engine.store import dead_letters, graves, holders
from engine.store.batch import prepared
from engine.store.database import Connection, commit
from engine.store.dead_letters import Opening
from engine.store.leases import Lease, fence
from engine.store.numbering import entity_id, mapping_id, stream_ids
from engine.store.sql import statement
from engine.store.statements import Statements
from engine.store.tombstones import end_records
from engine.store.versions import writing


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """What one response lists."""

    response: Response
    records: int
    deletions: Sequence[tuple[str, int]]
    """(Key of the deleted record, when: as a version of the list)."""
    rejections: Sequence[Rejection]


def bury_listed(
    connection: Connection,
    lease: Lease,
    *,
    shape: EntityShape,
    feed: Feed,
    activation: int,
    lists: Sequence[List],
    ordered: bool,
) -> Accounting:
    """
    End what responses of one stream list, for one mapping of the stream that they speak of; commits.

    ``lease``: of the stream whose records end. ``ordered``: a version tells which records a delete comes
    after; else the order of requests does. Raises ``LeaseLost``.
    """
    texts = prepared(connection, shape, feed)
    source, stream = texts.ids[feed.stream]
    listing = stream_ids(connection, [lists[0].response.stream])[lists[0].response.stream][1]
    names = {
        "source": source,
        "stream": stream,
        "mapping": mapping_id(connection, feed.mapping),
        "entity": entity_id(connection, shape.name),
        "activation": activation,
    }
    connection.commit()
    fence(connection, lease)
    writing(connection)
    if holders.referring(connection, shape.name):
        holders.hold_entities(connection, names["entity"], ())
    keys = _list(connection, lists, {**names, "ordered": ordered})
    ended = _end(connection, texts, names, keys)
    accounts = _books(connection, texts, {**names, "stream": listing}, lists, ended)
    commit(connection, "rows")
    return Accounting(
        records=sum(each.records for each in accounts),
        changed=sum(each.changed for each in accounts),
        same=sum(each.same for each in accounts),
        stale=0,
        filtered=sum(each.filtered for each in accounts),
        dead=sum(each.dead for each in accounts),
    )


def _list(connection: Connection, lists: Sequence[List], names: Mapping[str, object]) -> list[str]:
    """Write the tombstones; the keys of which something may have changed."""
    said = [(key, said, each.response.id) for each in lists for key, said in each.deletions]
    columns = {
        **names,
        "responses": [each.response.id for each in lists],
        "keys": [key for key, _, _ in said],
        "saids": [said for _, said, _ in said],
        "raw_ids": [raw_id for _, _, raw_id in said],
    }
    before = {key for (key,) in connection.execute(statement("listed", "forget"), columns)}
    connection.execute(statement("listed", "list"), columns)
    return sorted(before.union(key for key, _, _ in said))


def _end(
    connection: Connection, texts: Statements, names: Mapping[str, int], keys: Sequence[str]
) -> dict[int, int]:
    """End the records that no version outlives; how many, by response."""
    opens = texts.feed.opens
    chosen = [*keys, *(key.replace("~", "~0").replace("/", "~1") for key in keys)] if opens else list(keys)
    columns = {**names, "chosen": chosen, "records": [f"{key}/" for key in chosen], "after": True}
    record = "CASE WHEN c._fate = 3 THEN left(c._key, -1) ELSE c._record END" if opens else None
    which = statement("listed", "chosen_opened" if opens else "chosen")
    outlived = texts.fill(
        "outlived", "listed", tombstone_key=graves.key_of("c", record), outlives=graves.outlives("c")
    )
    ending = texts.fill("ending", "listed", chosen=which, outlived=outlived, fate="3" if opens else "0")
    ended: dict[int, int] = dict(connection.execute(ending, columns).fetchall())
    end_records(
        connection,
        texts,
        columns,
        here=f"{which} AND c._dead_run IS NULL AND {outlived} IS NOT NULL",
        update=texts.fill("rebury", "listed", chosen=which, buried=graves.buried("c", record)),
        because=outlived,
        cause=1,
        cause_id=None,
    )
    return ended


def _books(
    connection: Connection,
    texts: Statements,
    names: Mapping[str, int],
    lists: Sequence[List],
    ended: Mapping[int, int],
) -> list[Accounting]:
    """Letters and ledger of the responses; they are done."""
    openings = [
        Opening(
            subject=f"#{each.response.id}:{rejection.place}",
            key=rejection.key,
            raw_id=each.response.id,
            place=rejection.place,
            version=NO_VERSION,
            position=each.response.position,
            stage=rejection.stage,
            faults=rejection.faults,
        )
        for each in lists
        for rejection in each.rejections
    ]
    responses = [each.response.id for each in lists]
    again = {**names, "responses": responses, "subjects": [each.subject for each in openings]}
    connection.execute(statement("books", "answer_responses"), again)
    dead_letters.open_all(connection, texts, names, openings)
    dead = Counter(each.raw_id for each in openings)
    rows = []
    for each in lists:
        raw_id = each.response.id
        changed = min(ended.get(raw_id, 0), len(each.deletions))
        rows.append(
            Accounting(
                records=each.records,
                changed=changed,
                same=len(each.deletions) - changed,
                stale=0,
                filtered=each.records - len(each.deletions) - dead[raw_id],
                dead=dead[raw_id],
            )
        )
    with connection.cursor() as cursor:
        cursor.executemany(
            statement("books", "ledger"),
            [
                {
                    **names,
                    "raw_id": raw_id,
                    "records": row.records,
                    "changed": row.changed,
                    "same": row.same,
                    "stale": row.stale,
                    "filtered": row.filtered,
                    "dead": row.dead,
                    "keys": b"",
                    "rests": [],
                    "resting": None,
                }
                for raw_id, row in zip(responses, rows, strict=True)
            ],
        )
    connection.execute(statement("books", "done"), {**names, "responses": responses})
    return rows
