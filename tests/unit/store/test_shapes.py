"""A shape comes back from the database as it went, and one of an earlier version still can be read."""

from __future__ import annotations

import json

from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed, FieldShape, Preference
from engine.store.shapes import dumps, loads

SHAPE = EntityShape(
    name="thing",
    fields=(
        FieldShape(name="level", bit=0, columns=(("level", "text"),), type="enum", words=("low", "high")),
        FieldShape(name="tags", bit=2, columns=(("tags", "text[]"),), type="list"),
    ),
    identity=(),
    preferences=(
        Preference(mask=1, prefer=("hr",), ways=("max", "earliest")),
        Preference(mask=4, prefer=(), ways=(), union=True, max_age=60),
    ),
    groups=(),
    feeds=(
        Feed(mapping="hr/things", stream=StreamName(source="hr", stream="things"), entity="thing"),
        Feed(mapping="it/all", stream=StreamName(source="it", stream="all"), entity="thing", confirms=True),
    ),
    history=False,
)


def test_a_shape_comes_back_as_it_went() -> None:
    assert loads(json.loads(json.dumps(dumps(SHAPE, wide=True)))) == SHAPE


def test_a_shape_of_an_earlier_version_can_be_read() -> None:
    """It knew one way to break ties, and no words of enums."""
    stored = dumps(SHAPE, wide=True)
    stored["preferences"] = [
        {"mask": 1, "prefer": ["hr"], "then_latest": True},
        {"mask": 4, "prefer": [], "then_latest": False},
    ]
    for each in stored["fields"]:
        del each["words"]
    read = loads(stored)
    assert read.preferences == (
        Preference(mask=1, prefer=("hr",), ways=("latest",)),
        Preference(mask=4, prefer=(), ways=()),
    )
    assert [each.words for each in read.fields] == [(), ()]
