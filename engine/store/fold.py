"""
The fold as one statement: which contribution's value each field of an entity has.

A contribution's ``_said`` is a bit mask. Fields that share a strategy are decided together by one
window: a contribution wins those of its bits that no better ranked one said. Then exactly one row per
field passes the aggregate's filter, and ``syncline.only`` picks its value without calling anything.
Of a union every contribution wins that says the field; its value is the set of all elements. What deleted
records said last, where it is kept, ranks behind all that live ones say.
"""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from engine.records.received import NO_VERSION, StreamName
from engine.records.shapes import EntityShape, FieldShape, Preference
from engine.store.ages import age
from engine.store.entities import contribution, quoted
from engine.store.kept import counted, gone, words

Ids = Mapping[StreamName, tuple[int, int]]
"""``(source id, stream id)`` of each stream in the dictionaries."""


def spoken(shape: EntityShape, alias: str) -> str:
    """What a contribution says: a reference whose parent has not come is not said yet."""
    open_bits = " | ".join(
        f"CASE WHEN {alias}.{quoted(field.columns[0][0])} IS NULL THEN {1 << field.bit}::int8 ELSE 0 END"
        for field in shape.fields
        if field.refers_to
    )
    said = words(shape, alias, "said")
    return f"({said} & ~({open_bits}))" if open_bits else said


def whole(shape: EntityShape, said: str) -> str:
    """A group said in part is said whole."""
    groups = [f"CASE WHEN {said} & {group} <> 0 THEN {group}::int8 ELSE 0 END" for group in shape.groups]
    return f"({' | '.join([said, *groups])})" if groups else said


def fold(shape: EntityShape, ids: Ids, *, where: str, raw_id: bool) -> str:
    """``SELECT id, _won, [_raw_id,] <value columns>`` of the entities in ``_touched t`` where ``where``."""
    said = whole(shape, spoken(shape, "c"))
    wins = " | ".join(_wins(shape, each, ids) for each in _strategies(shape))
    united = unions(shape)
    aged = f", {age(shape.name, 'c')} AS _age" if shape.lines else ""
    picks = ",\n       ".join(
        f"{_pick(shape, field, column, united=field.name in united)} AS {quoted(column)}"
        for field in shape.fields
        for column, _ in field.columns
    )
    order = "b._gone, b._source, b._stream, b._key" if shape.keeps else "b._source, b._stream, b._key"
    kept = f", {gone(shape, 'c')} AS _gone" if shape.keeps else ""
    return f"""SELECT b._entity_id AS id, array_agg(b._wins ORDER BY {order}) AS _won,
       {"max(b._because) AS _raw_id," if raw_id else ""}
       {picks}
FROM (
    SELECT a.*, {wins} AS _wins
    FROM (
        SELECT c.*, {said} AS _counts, {words(shape, "c", "version")} AS _told{kept}{aged},
               t.raw_id AS _because
        FROM _touched t
        CROSS JOIN LATERAL (
            -- OFFSET 0: by the index, entity by entity, whatever the planner believes.
            SELECT * FROM {contribution(shape.name)} c WHERE c._entity_id = t.id OFFSET 0
        ) c
        WHERE {where} AND {counted(shape, "c")}
    ) a
) b
GROUP BY b._entity_id"""


def _strategies(shape: EntityShape) -> list[Preference]:
    """The shape's preferences, and one without any for the fields that no preference names."""
    named = 0
    for each in shape.preferences:
        named |= each.mask
    rest = sum(1 << field.bit for field in shape.fields) & ~named
    return [*shape.preferences, *([Preference(mask=rest, prefer=(), ways=())] if rest else [])]


def unions(shape: EntityShape) -> frozenset[str]:
    """Names of the fields whose value is the set of all that is said."""
    masks = [each.mask for each in shape.preferences if each.union]
    return frozenset(field.name for field in shape.fields if any(mask & 1 << field.bit for mask in masks))


def set_of(field: FieldShape, elements: str) -> str:
    """
    The set of what ``elements`` (``FROM`` that gives rows of ``e``) gives, in an order of its own.

    By value, text by code point. Equal values that are written differently are one, save durations: a
    month is no number of days, though PostgreSQL compares them so.
    """
    kind = field.columns[0][1].removesuffix("[]")
    plain = f"e::{kind}"
    distinct, ties = {
        "text": (f'{plain} COLLATE "C"', ""),
        "numeric": (plain, f", scale({plain})"),
        "interval": (f"{plain}, interval_send({plain})", ""),
    }.get(kind, (plain, ""))
    return f"ARRAY(SELECT DISTINCT ON ({distinct}) {plain} {elements} ORDER BY {distinct}{ties})"


def alone(field: FieldShape, value: str) -> str:
    """The set that one contribution says."""
    united = set_of(field, f"FROM unnest({value}) e WHERE e IS NOT NULL")
    return f"CASE WHEN {value} IS NOT NULL THEN {united} END"


def _pick(shape: EntityShape, field: FieldShape, column: str, *, united: bool) -> str:
    """The value of a column, of the rows ``b`` of one entity."""
    name, bit = quoted(column), 1 << field.bit
    if not united:
        return f"syncline.only(b.{name}) FILTER (WHERE b._wins & {bit} <> 0)"

    elements = f"""
           FROM {contribution(shape.name)} u CROSS JOIN LATERAL unnest(u.{name}) e
           WHERE u._entity_id = b._entity_id AND {counted(shape, "u")}
             AND {words(shape, "u", "said")} & {bit} <> 0 AND e IS NOT NULL"""
    if any(_behind(shape, each) for each in shape.preferences if each.mask & bit):  # not all who say it win
        winners = f"array_agg(b._stream || '/' || b._key) FILTER (WHERE b._wins & {bit} <> 0)"
        elements += f" AND u._stream || '/' || u._key = ANY ({winners})"
    return f"CASE WHEN bit_or(b._wins) & {bit} <> 0 THEN {set_of(field, elements)} END"


def _behind(shape: EntityShape, each: Preference) -> list[str]:
    """What ranks above all that the policy says: words of deleted records last, old ones behind young."""
    gone = ["a._gone"] if shape.keeps else []
    old = [f"(a._age > {each.max_age}) IS TRUE"] if shape.lines and each.max_age is not None else []
    return [*gone, *old]


def _wins(shape: EntityShape, each: Preference, ids: Ids) -> str:
    behind = _behind(shape, each)
    if each.union and not behind:
        return f"(a._counts & {each.mask})"
    if each.union:
        frame = "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP"
        order = ", ".join(behind)
    else:
        frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
        ways = [_way(shape, each, way) for way in each.ways]
        order = ", ".join([*behind, *_ranks(each, ids), *ways, *_ties(ids)])
    better = f"bit_or(a._counts) OVER (PARTITION BY a._entity_id ORDER BY {order} {frame})"
    return f"(a._counts & {each.mask} & ~coalesce({better}, 0))"


def _way(shape: EntityShape, each: Preference, way: str) -> str:
    """By version, those without one last; or by the value of the only field."""
    if way in {"latest", "earliest"}:
        known = f"nullif(a._told, ({NO_VERSION})::int8)"
        return "a._told DESC" if way == "latest" else f"{known} ASC NULLS LAST"
    (field,) = (field for field in shape.fields if field.bit == each.mask.bit_length() - 1)
    value = f"a.{quoted(field.columns[0][0])}"
    if field.words:
        words = ", ".join(sql.Literal(word).as_string() for word in field.words)
        value = f"array_position(ARRAY[{words}]::text[], {value})"
    return f"{value} {'DESC' if way == 'max' else 'ASC'} NULLS LAST"


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
