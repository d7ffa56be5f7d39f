"""
The fold as one statement: which contribution's value each field of an entity has.

A contribution's ``_said`` is a bit mask. Fields that share a strategy are decided together by one
window: a contribution wins those of its bits that no better ranked one said. Then exactly one row per
field passes the aggregate's filter, and ``syncline.only`` picks its value without calling anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Preference
from engine.store.entities import contribution, quoted

Ids = Mapping[StreamName, tuple[int, int]]
"""``(source id, stream id)`` of each stream in the dictionaries."""


def spoken(shape: EntityShape, alias: str) -> str:
    """What a contribution says: a reference whose parent has not come is not said yet."""
    open_bits = " | ".join(
        f"CASE WHEN {alias}.{quoted(field.columns[0][0])} IS NULL THEN {1 << field.bit}::int8 ELSE 0 END"
        for field in shape.fields
        if field.refers_to
    )
    return f"({alias}._said & ~({open_bits}))" if open_bits else f"{alias}._said"


def whole(shape: EntityShape, said: str) -> str:
    """A group said in part is said whole."""
    groups = [f"CASE WHEN {said} & {group} <> 0 THEN {group}::int8 ELSE 0 END" for group in shape.groups]
    return f"({' | '.join([said, *groups])})" if groups else said


def fold(shape: EntityShape, ids: Ids, *, where: str, raw_id: bool) -> str:
    """``SELECT id, _won, [_raw_id,] <value columns>`` of the entities in ``_touched t`` where ``where``."""
    said = whole(shape, spoken(shape, "c"))
    wins = " | ".join(_wins(each, ids) for each in _strategies(shape))
    picks = ",\n       ".join(
        f"syncline.only(b.{quoted(column)}) FILTER (WHERE b.wins & {1 << field.bit} <> 0) AS {quoted(column)}"
        for field in shape.fields
        for column, _ in field.columns
    )
    return f"""SELECT b._entity_id AS id, array_agg(b.wins ORDER BY b._source, b._stream, b._key) AS _won,
       {"max(b.because) AS _raw_id," if raw_id else ""}
       {picks}
FROM (
    SELECT a.*, {wins} AS wins
    FROM (
        SELECT c.*, {said} AS eff, t.raw_id AS because
        FROM _touched t
        CROSS JOIN LATERAL (
            -- OFFSET 0: by the index, entity by entity, whatever the planner believes.
            SELECT * FROM {contribution(shape.name)} c WHERE c._entity_id = t.id OFFSET 0
        ) c
        WHERE {where} AND c._fate = 0 AND c._dead_run IS NULL
    ) a
) b
GROUP BY b._entity_id"""


def _strategies(shape: EntityShape) -> list[Preference]:
    """The shape's preferences, and one without any for the fields that no preference names."""
    named = 0
    for each in shape.preferences:
        named |= each.mask
    rest = sum(1 << field.bit for field in shape.fields) & ~named
    return [*shape.preferences, *([Preference(mask=rest, prefer=(), then_latest=False)] if rest else [])]


def _wins(each: Preference, ids: Ids) -> str:
    order = ", ".join([*_ranks(each, ids), *(["a._version DESC"] if each.then_latest else []), *_ties(ids)])
    return (
        f"(a.eff & {each.mask} & ~coalesce(bit_or(a.eff) OVER (PARTITION BY a._entity_id ORDER BY {order}"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))"
    )


def _ranks(each: Preference, ids: Ids) -> list[str]:
    """Rank in the list of what is preferred: whole sources or single streams."""
    cases = []
    for rank, name in enumerate(each.prefer):
        for stream, (source_id, stream_id) in sorted(ids.items(), key=lambda item: str(item[0])):
            if name in {stream.source, str(stream)}:
                cases.append(f"WHEN a._source = {source_id} AND a._stream = {stream_id} THEN {rank}")
    return [f"CASE {' '.join(cases)} ELSE {len(each.prefer)} END"] if cases else []


def _ties(ids: Ids) -> list[str]:
    """Last of all (source, stream, key) as text: ids are in no such order, so they are ranked here."""
    names = sorted(ids, key=lambda stream: (stream.source, stream.stream))
    cases = " ".join(
        f"WHEN a._source = {ids[name][0]} AND a._stream = {ids[name][1]} THEN {rank}"
        for rank, name in enumerate(names)
    )
    ranked = [f"CASE {cases} ELSE {len(names)} END"] if len(names) > 1 else []
    return [*ranked, "a._source", "a._stream", "a._key"]
