"""Why did this record win a field, and no other that says it? In the words of the policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from engine.flow.older import limit_of, spell
from engine.records.received import StreamName
from engine.records.shapes import EntityShape, FieldShape
from engine.store.evidence import Speaker
from engine.store.fold import unions

_WON: Final = {
    "latest": "the latest version",
    "earliest": "the earliest version",
    "max": "the greatest value",
    "min": "the least value",
}

Alike = Callable[[str | None, str | None], bool]
"""Whether two values of the field are equal to PostgreSQL."""


def because(
    shape: EntityShape, field: FieldShape, winner: Speaker | None, rivals: Sequence[Speaker], alike: Alike
) -> str:
    """Say by which step of the policy the last rival fell behind; empty where nothing was decided."""
    if winner is None:
        return ""
    if winner.gone:
        said = _because(shape, field, winner, rivals, alike)
        return "nobody who is there says it: what a deleted record said last is kept" + (said and f"; {said}")
    there = [each for each in rivals if not each.gone]
    if rivals and not there:
        return "what a deleted record said last counts only where nobody else says anything"
    return _because(shape, field, winner, there, alike)


def _because(
    shape: EntityShape, field: FieldShape, winner: Speaker, rivals: Sequence[Speaker], alike: Alike
) -> str:
    """Among those who are there, or among those who are not."""
    if not rivals:
        return ""
    group = _group(shape, field)
    ways = next((each for each in shape.preferences if each.mask & 1 << field.bit), None)
    limit = limit_of(shape, field)
    left = rivals if limit is None else [each for each in rivals if each.older(limit) == winner.older(limit)]
    if field.name in unions(shape):
        within = (
            ""
            if limit is None or len(left) == len(rivals)
            else f", as it was confirmed within {spell(limit)}"
        )
        return f"the policy unites what all of them say{within}"
    if ways is None:
        return group.removeprefix(", ")
    if limit is not None and not left:
        return f"who else says it was not confirmed for {spell(limit)}{group}"
    mine = _rank(ways.prefer, winner.stream)
    left = [each for each in left if _rank(ways.prefer, each.stream) == mine]
    if not left:
        return f"the policy prefers {' before '.join(ways.prefer)}{group}"
    column = field.columns[0][0]
    for way in ways.ways:
        if way in {"max", "min"}:
            left = [each for each in left if alike(each.values.get(column), winner.values.get(column))]
        else:
            left = [each for each in left if each.version == winner.version]
        if not left:
            return f"{_WON[way]}{group}"
    return f"the first by source, stream and key{group}"


def _group(shape: EntityShape, field: FieldShape) -> str:
    taken = next((mask for mask in shape.groups if mask & 1 << field.bit), None)
    if taken is None:
        return ""
    names = [each.name for each in shape.fields if taken & 1 << each.bit]
    return f", taken together: {', '.join(names)}"


def _rank(prefer: Sequence[str], stream: StreamName) -> int:
    """Where a stream stands among those that are preferred; those not named come after, together."""
    for rank, name in enumerate(prefer):
        if name in {str(stream), stream.source}:
            return rank
    return len(prefer)
