"""Records become rows: keys, fates, elements, dead letters, and hashes that tell a change."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from engine.mapping.mapped import hashes, map_exactly
from engine.mapping.plan import Plan
from engine.records.mapped import Mapped
from engine.records.received import Decoded, Fate, Fault, Response, StreamName

FETCHED = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def decoded(records: Sequence[Any], **given: Any) -> Decoded:
    """Records of one response, keyed by ``id`` as text."""
    response = Response(
        id=7,
        stream=StreamName(source="s", stream="t"),
        partition=given.pop("partition", {}),
        position=3,
        request={},
        status=200,
        headers={},
        fetched_at=FETCHED,
        body=b"",
        sha256=hashlib.sha256(repr(records).encode()).digest(),
        wire_length=0,
        coding="identity",
    )
    size = len(records)
    defaults: dict[str, Any] = {
        "document": list(records),
        "places": list(range(size)),
        "keys": [str(record["id"]) for record in records],
        "versions": [5] * size,
        "hashes": [11] * size,
        "fates": [0] * size,
        "faults": {},
    }
    return Decoded(response=response, records=list(records), **(defaults | given))


def plan(bench: Any, **mapping: Any) -> Plan:
    made = bench.plan(
        {"name": {"type": "string", "required": True}, "n": "integer", "region": "string"},
        {"fields": {"name": "name", "n": "n"}, **mapping},
    )
    assert isinstance(made, Plan), made
    return made


def cells(made: Mapped, index: int = 0) -> list[str]:
    return made.lines[index].split("\t")


def test_a_row_has_the_columns_of_the_stage_in_their_order(bench: Any) -> None:
    made_plan = plan(bench)
    made = map_exactly(made_plan, decoded([{"id": 1, "name": "a\tb\\", "n": None}]))
    row = dict(zip((name for name, _ in made_plan.shape.stage_columns), cells(made), strict=True))
    assert row == {
        "_key": "1",
        "_record": r"\N",
        "_fate": "0",
        "_version": "5",
        "_position": "3",
        "_raw_id": "7",
        "_place": "0",
        "_hash": str(11 ^ made_plan.salt),
        "_founded": str(int(FETCHED.timestamp()) * 1000),
        "_said": "1",
        "name": r"a\tb\\",
        "n": r"\N",
        "region": r"\N",
    }


def test_a_filtered_and_a_deleted_record_are_rows_without_values(bench: Any) -> None:
    records = [{"id": 1, "name": "a", "draft": True}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"}]
    made = map_exactly(plan(bench, when="!draft"), decoded(records, fates=[0, 0, int(Fate.DELETED)]))
    assert made.fates == [Fate.FILTERED, Fate.SAYS, Fate.DELETED]
    assert cells(made)[-4:] == ["0", r"\N", r"\N", r"\N"]
    assert made.elements == 3


def test_every_fault_of_a_record_is_in_its_rejection_and_the_others_land(bench: Any) -> None:
    made = map_exactly(plan(bench), decoded([{"id": 1, "name": None, "n": "x"}, {"id": 2, "name": "b"}]))
    assert made.keys == ["2"]
    (rejection,) = made.rejections
    assert (rejection.key, rejection.place, rejection.stage) == ("1", 0, "map")
    assert [(fault.field, fault.code) for fault in rejection.faults] == [
        ("name", "required"),
        ("n", "not-a-number"),
    ]
    assert rejection.faults[0].rule == "rules.yaml:4"


def test_a_record_that_could_not_be_read_is_rejected_as_it_came(bench: Any) -> None:
    fault = Fault(code="key-null", message="no key", rule="key")
    made = map_exactly(plan(bench), decoded([{"id": 1, "name": "a"}], keys=[None], faults={0: (fault,)}))
    assert made.rejections[0].stage == "record"
    assert made.rejections[0].faults == (fault,)
    assert not made.lines


def test_known_records_are_skipped_and_counted(bench: Any) -> None:
    made = map_exactly(plan(bench), decoded([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]), skip={0})
    assert (made.keys, made.skipped, made.elements) == (["2"], 1, 2)


def test_elements_are_keyed_below_their_record_and_the_record_is_remembered(bench: Any) -> None:
    made = map_exactly(
        plan(bench, each="items", key="code"),
        decoded([{"id": "a/1", "items": [{"code": "x~", "name": "n"}, None, {"code": 2, "name": "m"}]}]),
    )
    assert made.keys == ["a~11/x~0", "a~11/2", "a~11/"]
    assert made.fates == [Fate.SAYS, Fate.SAYS, Fate.RECORD]
    assert [line.split("\t")[1] for line in made.lines] == ["a~11"] * 3
    assert made.elements == 2


NESTED = {
    "each": ["items", "parts"],
    "key": [{"value": "code", "of": "parent"}, "at"],
    "fields": {
        "name": "name",
        "n": {"value": "n", "of": "parent"},
        "region": {"value": "id", "of": "record"},
    },
}


def test_one_list_inside_another_is_opened_and_the_element_around_is_read(bench: Any) -> None:
    items = [
        {"code": "x/", "n": 1, "parts": [{"at": 1, "name": "a"}, None, {"at": 2, "name": "b"}]},
        None,
        {"code": "y", "n": 2, "parts": {"at": 1, "name": "c"}},
        {"code": "z"},
    ]
    made = map_exactly(plan(bench, **NESTED), decoded([{"id": 9, "items": items}]))
    assert made.keys == ["9/x~1/1", "9/x~1/2", "9/y/1", "9/"]
    assert [cells(made, index)[-3:] for index in range(3)] == [
        ["a", "1", "9"],
        ["b", "1", "9"],
        ["c", "2", "9"],
    ]
    assert [line.split("\t")[1] for line in made.lines] == ["9"] * 4
    assert made.elements == 3
    skipped = map_exactly(plan(bench, **NESTED), decoded([{"id": 9, "items": items}]), skip={0})
    assert (skipped.elements, skipped.skipped) == (3, 3)


def test_a_key_that_leaves_out_the_element_around_comes_twice(bench: Any) -> None:
    items = [{"code": code, "parts": [{"at": 1, "name": "a"}]} for code in "xy"]
    made = map_exactly(plan(bench, **NESTED | {"key": "at"}), decoded([{"id": 9, "items": items}]))
    assert [each.key for each in made.rejections] == ["9/1", "9/1"]
    assert {fault.code for each in made.rejections for fault in each.faults} == {"key-twice"}


def test_an_inner_list_that_is_none_is_a_dead_letter_of_the_record(bench: Any) -> None:
    items = [{"code": "x", "parts": [{"at": 1, "name": "a"}]}, {"code": "y", "parts": "none"}]
    made = map_exactly(plan(bench, **NESTED), decoded([{"id": 9, "items": items}]))
    assert [(each.key, each.faults[0].code) for each in made.rejections] == [("9", "not-a-list")]
    assert not made.lines


def test_a_record_without_elements_is_still_remembered_so_that_the_old_ones_end(bench: Any) -> None:
    for record in ({"id": 1, "items": []}, {"id": 1}, {"id": 1, "items": None}):
        made = map_exactly(plan(bench, each="items", key="code"), decoded([record]))
        assert (made.keys, made.fates, made.elements) == (["1/"], [Fate.RECORD], 0)


def test_the_same_key_twice_in_one_record_is_a_dead_letter(bench: Any) -> None:
    items = [{"code": 1, "name": "a"}, {"code": "1", "name": "b"}, {"code": 2, "name": "c"}]
    made = map_exactly(plan(bench, each="items", key="code"), decoded([{"id": 9, "items": items}]))
    assert [each.key for each in made.rejections] == ["9/1", "9/1"]
    assert {fault.code for each in made.rejections for fault in each.faults} == {"key-twice"}
    assert made.keys == ["9/2"]
    assert made.elements == 3


def test_an_empty_key_is_none_for_an_element(bench: Any) -> None:
    """It would be the key under which the record itself is remembered."""
    items = [{"code": "", "name": "a"}, {"code": 2, "name": "c"}]
    made = map_exactly(plan(bench, each="items", key="code"), decoded([{"id": 9, "items": items}]))
    assert [each.faults[0].code for each in made.rejections] == ["key-missing"]
    assert made.keys == ["9/2"]


def test_no_element_ends_while_one_is_rejected(bench: Any) -> None:
    """What a rejected element said last stays: the record is not remembered, so nothing is withdrawn."""
    for odd, code in (({"name": "a"}, "key-missing"), ({"code": 1, "name": "a", "n": "x"}, "not-a-number")):
        items = [odd, {"code": 2, "name": "c"}]
        made = map_exactly(plan(bench, each="items", key="code"), decoded([{"id": 9, "items": items}]))
        assert made.keys == ["9/2"]
        assert [each.faults[0].code for each in made.rejections] == [code]


def test_each_over_something_else_is_a_dead_letter(bench: Any) -> None:
    made = map_exactly(plan(bench, each="items", key="code"), decoded([{"id": 9, "items": "x"}]))
    assert [each.faults[0].code for each in made.rejections] == ["not-a-list"]
    assert not made.lines


def test_many_records_can_make_one_thing_by_its_own_key(bench: Any) -> None:
    records = [{"id": n, "name": "x", "team": {"code": "t"}} for n in range(3)]
    made = map_exactly(plan(bench, key="team.code", when="id != `2`"), decoded(records))
    assert made.keys == ["t", "t"]
    assert made.elements == 3
    assert not made.rejections


def test_a_hash_changes_with_the_record_the_mapping_and_what_else_is_read(bench: Any) -> None:
    record = {"id": 1, "name": "a"}
    plain = plan(bench)
    assert hashes(plain, decoded([record])) == hashes(plain, decoded([record], partition={"region": "eu"}))
    assert hashes(plain, decoded([record])) != hashes(plan(bench, when="name"), decoded([record]))
    assert hashes(plain, decoded([record])) != hashes(plain, decoded([record], hashes=[12]))
    regional = plan(bench, fields={"name": "name", "region": {"value": "region", "of": "partition"}})
    eu, us = (hashes(regional, decoded([record], partition={"region": name})) for name in ("eu", "us"))
    assert eu != us
    whole = plan(bench, fields={"name": "name", "region": {"value": "[0].id", "of": "body"}})
    assert hashes(whole, decoded([record])) != hashes(whole, decoded([record, record]))[:1]
