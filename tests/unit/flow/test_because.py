"""Why a record won: the step by which the last of the others fell behind."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from engine.flow.because import because
from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed, FieldShape, Preference
from engine.store.evidence import Speaker

SCORE = FieldShape(name="score", bit=0, columns=(("score", "numeric"),), type="decimal")


def shape(preference: Preference, *groups: int) -> EntityShape:
    return EntityShape(
        name="thing",
        fields=(SCORE,),
        identity=(),
        preferences=(preference,),
        groups=groups,
        feeds=tuple(
            Feed(mapping=f"{name}/people", stream=StreamName(source=name, stream="people"), entity="thing")
            for name in "ab"
        ),
        history=False,
    )


NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def says(source: str, value: str, version: int = 1, age: int | None = None, *, gone: bool = False) -> Speaker:
    return Speaker(
        stream=StreamName(source=source, stream="people"),
        key="1",
        raw_id=1,
        place=0,
        activation=1,
        version=version,
        said=1,
        values={"score": value},
        gone=gone,
        confirmed=None if age is None else NOON - dt.timedelta(hours=age),
        recorded=NOON,
    )


def alike(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and Decimal(one) == Decimal(other)


@pytest.mark.parametrize(
    ("prefer", "ways", "rivals", "why"),
    [
        (("a", "b"), (), [], ""),
        (("a", "b"), (), [says("b", "7")], "the policy prefers a before b"),
        ((), ("latest",), [says("b", "7", 0)], "the latest version"),
        ((), ("earliest",), [says("b", "7", 2)], "the earliest version"),
        ((), ("max", "latest"), [says("b", "4"), says("c", "3")], "the greatest value"),
        ((), ("max", "latest"), [says("b", "5.0", 0), says("c", "3")], "the latest version"),
        ((), ("min", "latest"), [says("b", "5.0"), says("c", "6")], "the first by source, stream and key"),
        (("a.people", "b"), ("min",), [says("b", "4")], "the policy prefers a.people before b"),
        (("c",), ("min",), [says("b", "6")], "the least value"),
    ],
)
def test_it_names_what_decided(
    prefer: tuple[str, ...], ways: tuple[str, ...], rivals: list[Speaker], why: str
) -> None:
    made = shape(Preference(mask=1, prefer=prefer, ways=ways))
    assert because(made, SCORE, says("a", "5"), rivals, alike) == why


def test_a_group_is_named_beside_it() -> None:
    made = shape(Preference(mask=1, prefer=("a",), ways=()), 1)
    told = because(made, SCORE, says("a", "5"), [says("b", "7")], alike)
    assert told == "the policy prefers a, taken together: score"


def test_a_union_passes_nobody_over() -> None:
    made = shape(Preference(mask=1, prefer=(), ways=(), union=True))
    assert because(made, SCORE, says("a", "5"), [says("b", "7")], alike) == (
        "the policy unites what all of them say"
    )
    assert because(made, SCORE, says("a", "5"), [], alike) == ""


KEPT = "nobody who is there says it: what a deleted record said last is kept"


def test_what_deleted_records_said_comes_behind_all_that_is_said() -> None:
    """A live record wins whatever the policy prefers; among themselves they are as live ones are."""
    made = shape(Preference(mask=1, prefer=("b", "c"), ways=()))
    lost = "what a deleted record said last counts only where nobody else says anything"
    assert because(made, SCORE, says("a", "5"), [says("b", "7", gone=True)], alike) == lost
    rivals = [says("b", "7", gone=True), says("d", "6")]
    assert because(made, SCORE, says("c", "5"), rivals, alike) == "the policy prefers b before c"
    assert because(made, SCORE, says("b", "7", gone=True), [], alike) == KEPT
    told = because(made, SCORE, says("b", "7", gone=True), [says("c", "5", gone=True)], alike)
    assert told == f"{KEPT}; the policy prefers b before c"


@pytest.mark.parametrize(
    ("mine", "rivals", "why"),
    [
        (1, [says("b", "7", age=7)], "who else says it was not confirmed for 6h"),
        (6, [says("b", "7", age=7), says("b", "4", age=6)], "the policy prefers a before b"),
        (9, [says("b", "7", age=8)], "the policy prefers a before b"),
        (None, [says("b", "7", age=8)], "who else says it was not confirmed for 6h"),
    ],
)
def test_who_is_too_old_falls_behind_first(mine: int | None, rivals: list[Speaker], why: str) -> None:
    """On the line nobody is behind it; where all are, the policy decides as before; unknown is young."""
    made = shape(Preference(mask=1, prefer=("a", "b"), ways=(), max_age=6 * 3600))
    assert because(made, SCORE, says("a", "5", age=mine), rivals, alike) == why


def test_a_union_passes_over_who_is_too_old() -> None:
    made = shape(Preference(mask=1, prefer=(), ways=(), union=True, max_age=90))
    told = because(made, SCORE, says("a", "5", age=0), [says("b", "7", age=1)], alike)
    assert told == "the policy unites what all of them say, as it was confirmed within 90s"
