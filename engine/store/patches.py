"""
What do all patches of one key say together? Their fold in order key, and which of them still count.

A patch is kept while something of it may count: until newer ones have said all that it said, or its
record was deleted after it. So a late patch finds those that it belongs between, and the table holds
few rows a key, however often a source says the same again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile

from engine.records.mapped import WHOLE, Patch
from engine.records.received import Fate

Order = tuple[int, int, int, int]
"""(incarnation, version, position, place): the order key of a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What stands of one key."""

    top: Patch | None
    """The newest sound patch, founded when the earliest was; None where there is none."""
    says: dict[str, str | None]
    """Column → what was said of it last, since the record last began."""
    before: tuple[Patch, dict[str, str | None]] | None = None
    """Where that is a delete: the newest patch before it that said something, and what was said then."""
    dropped: tuple[Patch, ...]
    """Those of which nothing counts any more."""


def merged(stored: Iterable[Patch], came: Iterable[Patch]) -> list[Patch]:
    """The patches of one key; of two makings of one the new, save a refusal of one that was sound."""
    kept = {(each.position, each.place): each for each in stored}
    for patch in came:
        old = kept.get((patch.position, patch.place))
        if old is None:
            kept[patch.position, patch.place] = patch
        elif patch.fate != Fate.REFUSED or old.fate == Fate.REFUSED:
            kept[patch.position, patch.place] = replace(patch, founded=min(patch.founded, old.founded))
    return list(kept.values())


def fold(patches: Sequence[Patch], graves: Sequence[int], activation: int, *, keeps: bool = False) -> Folded:
    """
    Fold the patches of one key; ``graves``: positions, ascending, where enumerations ended it.

    Only what the active version made supersedes: a patch of an earlier one is about to be made anew,
    and may then say less. ``keeps``: so does a delete only where something was said after it.
    """

    def order(patch: Patch) -> Order:
        return (bisect_left(graves, patch.position), patch.version, patch.position, patch.place)

    ranked = sorted(patches, key=order, reverse=True)
    top = next((each for each in ranked if each.fate != Fate.REFUSED), None)
    if top is None:
        return Folded(top=None, says={}, dropped=())
    incarnation = order(top)[0]
    says: dict[str, str | None] = {}
    covered: set[str] = set()
    dropped: list[Patch] = []
    ended = closed = current = False
    said_in = incarnation
    for patch in ranked:
        former = order(patch)[0] < incarnation
        ended |= former
        closed |= current and (order(patch)[0] < said_in if keeps else former)
        said = patch.says.keys() - {WHOLE}
        full = WHOLE not in patch.says and patch.fate != Fate.DELETED and said <= covered
        if patch is not top and (closed or full):
            dropped.append(patch)
        if patch.fate == Fate.REFUSED:
            continue
        if not ended:
            for column, value in patch.says.items():
                says.setdefault(column, value)
            ended = patch.fate == Fate.DELETED
        if patch.activation == activation:
            if patch.fate != Fate.DELETED or not keeps:
                current, said_in = True, order(patch)[0]
            covered |= said
            closed |= patch.fate == Fate.DELETED and current
    founded = min(each.founded for each in patches if each.fate != Fate.REFUSED)
    before = None
    if keeps and top.fate == Fate.DELETED:
        sound = [(order(each)[0], each) for each in ranked if each.fate != Fate.REFUSED]
        before = _before(sound)
    return Folded(top=replace(top, founded=founded), says=says, dropped=tuple(dropped), before=before)


def _before(ranked: Sequence[tuple[int, Patch]]) -> tuple[Patch, dict[str, str | None]] | None:
    """What was said last before a delete: by the patches since the record had begun, newest first."""
    said = list(dropwhile(lambda each: each[1].fate == Fate.DELETED, ranked))
    if not said:
        return None
    since = takewhile(lambda each: each[0] == said[0][0] and each[1].fate != Fate.DELETED, said)
    says: dict[str, str | None] = {}
    for _, patch in since:
        for column, value in patch.says.items():
            says.setdefault(column, value)
    return said[0][1], says
