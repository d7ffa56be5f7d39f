"""What is read of a stream's records, what is not, and what its mappings make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.expression import Expression
from engine.mapping.entity import Entity
from engine.mapping.plan import plan_of
from engine.mapping.program import Program, compile_program
from engine.mapping.rules import MappingFile
from engine.mapping.shape import entity_shape
from engine.records.received import Decoded, StreamName
from engine.records.shapes import Feed
from engine.review.coverage import Standing, StreamCoverage, Streamed, entity_coverage
from engine.review.suggest import Target
from engine.spec.load import load
from tests.unit.mapping.conftest import all_units
from tests.unit.mapping.test_mapped import decoded

CONTRACT = """
entity: thing
fields:
  number: string
  name: {type: string, pii: true}
  badge_number: string
  net: decimal
"""


def program(rules: str, *, name: str = "c/things", partial: bool = False) -> Program:
    contract = load(Entity, "thing.yaml", CONTRACT)
    mapping = load(MappingFile, f"mappings/{name}.yaml", f"from: c.things\nto: thing\n{rules}")
    feed = Feed(mapping=name, stream=StreamName(source="c", stream="things"), entity="thing", partial=partial)
    shape = entity_shape(contract.need(), None, [feed])
    return compile_program(plan_of(name, mapping, contract, shape, all_units))


def given(records: Sequence[Any]) -> Decoded:
    made = decoded([{"id": index} for index in range(len(records))])
    values = {name: getattr(made, name) for name in made.__slots__}
    return type(made)(**values | {"records": records})


def target(each: Program) -> Target:
    types = load(Entity, "thing.yaml", CONTRACT).need().types
    said = {shape.name for shape, rule in zip(each.plan.shape.fields, each.plan.rules, strict=True) if rule}
    return Target(
        mapping=each.mapping,
        file=each.plan.file,
        contract="thing.yaml",
        base=(),
        types=types,
        unsaid=frozenset(types.keys() - said),
        nowhere=frozenset(types.keys() - said),
        streams={},
    )


def streamed(programs: Sequence[Program], records: Sequence[Any], own: Iterable[str] = ("id",)) -> Streamed:
    made = Streamed("c.things", programs, [Expression.parse(each) for each in own])
    made.add(given(records), range(len(records)))
    made.of = len(records)
    return made


def covered(rules: str, records: Sequence[Any], own: Iterable[str] = ("id",)) -> StreamCoverage:
    only = program(rules)
    return streamed([only], records, own).done([target(only)])


def test_what_no_rule_reads_is_told_the_fullest_first() -> None:
    records = [
        {
            "id": n,
            "no": str(n),
            "who": {"first": "Ada", "last": "L"},
            "badgeNumber": f"B{n}" if n < 4 else None,
        }
        for n in range(10)
    ]
    found = covered("fields: {number: no, name: who.last}", records)
    assert [(each.path, each.filled, each.types, each.example) for each in found.unread] == [
        ("who.first", 10, ["text"], "Xxx"),
        ("badgeNumber", 4, ["null", "text"], "X9"),
    ]
    assert (found.records, found.paths) == (10, 5)
    badge = found.unread[1].suggestion
    assert badge is not None
    assert (badge.mapping, badge.line, badge.contract) == ("c/things", "badge_number: badgeNumber", None)


def test_conditions_keys_inputs_and_links_are_read() -> None:
    """Whatever a file names is read, wherever it stands in it."""
    record = {"id": 1, "state": "x", "kind": "k", "amount": 1, "unit": "kg", "partner": "p", "left": 1}
    rules = """
when: state == 'x'
key: kind
fields: {net: amount, number: {value: unit}}
links: [{to: d.things, value: partner}]
"""
    assert [each.path for each in covered(rules, [record]).unread] == ["left"]


def test_what_the_stream_reads_itself_is_read() -> None:
    """Save all of it at once, by which it makes a key."""
    record = {"id": 1, "changed": "2024-01-01", "x": 2}
    found = covered("fields: {number: id}", [record], own=["hash(@)", "changed"])
    assert [each.path for each in found.unread] == ["x"]


def test_elements_are_read_by_the_rules_of_the_mapping_that_opens_them() -> None:
    record = {"id": 1, "ref": "r", "lines": [{"n": 1, "net": 2, "tax": 3, "tags": [{"t": 1}]}], "more": 1}
    rules = "each: lines\nkey: n\nfields: {net: net, number: {value: ref, of: record}}"
    found = covered(rules, [record])
    assert {each.path for each in found.unread} == {"lines[*].tax", "lines[*].tags[*].t", "more"}
    tax = next(each.suggestion for each in found.unread if each.path == "lines[*].tax")
    assert tax is not None
    assert tax.line == "tax: tax"


def test_an_object_that_is_taken_whole_is_read_to_the_ground() -> None:
    record = {"id": 1, "a": {"b": {"c": 1}}, "d": {"e": 1}}
    assert [each.path for each in covered("fields: {number: to_string(a)}", [record]).unread] == ["d.e"]


def test_a_map_by_id_is_one_path() -> None:
    records = [{"id": n, "rates": {f"2024-01-{d:02}": d for d in range(1, 9)}} for n in range(3)]
    found = covered("fields: {number: id}", records)
    assert [(each.path, each.filled) for each in found.unread] == [("rates.*", 3)]


def test_fields_say_who_fills_them() -> None:
    """Records that pass, and are filled, are counted; those that do not fit are not."""
    one = program("when: on\nfields: {number: no, net: net}")
    other = program("fields: {number: {constant: x}}", name="c/others")
    records = [
        {"on": n != 0, "no": str(n), "net": "bad" if n == 1 else n if n > 4 else None} for n in range(10)
    ]
    passed = streamed([one, other], records)
    types: Mapping[str, Any] = load(Entity, "thing.yaml", CONTRACT).need().types
    found = entity_coverage(
        "thing",
        types,
        rows=8,
        standing={"number": Standing(filled=8, constant="7"), "net": Standing(filled=5, constant=None)},
        programs=[one, other],
        streams=[passed],
    )
    by_name = {each.field: each for each in found.fields}
    told = [(each.mapping, each.records, each.filled) for each in by_name["number"].mappings]
    assert told == [("c/things", 8, 8), ("c/others", 10, 10)]
    assert [(each.records, each.filled) for each in by_name["net"].mappings] == [(8, 5)]
    assert by_name["net"].mappings[0].place.startswith("mappings/c/things.yaml:")
    assert (by_name["number"].filled, by_name["number"].constant) == (8, "7")
    assert (by_name["name"].filled, by_name["name"].mappings) == (None, [])


def test_only_the_records_that_are_asked_for_are_counted() -> None:
    """Those of a response that rest on another by now are not."""
    only = program("fields: {number: no}")
    made = Streamed("c.things", [only], [])
    made.add(given([{"no": "1", "a": 1}, {"no": "2", "b": 1}, {"no": "3", "c": 1}]), [1])
    assert made.records == 1
    assert made.made["c/things"] == 1
    assert [each.path for each in made.done([target(only)]).unread] == ["b"]


def test_patches_are_counted_as_what_they_say() -> None:
    only = program("fields: {number: no, net: net}", partial=True)
    made = Streamed("c.things", [only], [])
    made.add(given([{"no": "1"}, {"net": 2}, {"net": None}, {"other": 1}]), [0, 1, 2])
    bits = {each.name: each.bit for each in only.plan.shape.fields}
    assert made.made["c/things"] == 3
    assert (made.said["c/things"][bits["number"]], made.said["c/things"][bits["net"]]) == (1, 1)


def test_an_example_for_a_personal_field_is_masked() -> None:
    """Though nothing else tells that it is."""
    found = covered("fields: {number: id}", [{"id": 1, "named": 17}])
    (only,) = found.unread
    assert only.suggestion is not None
    assert (only.suggestion.field, only.masked, only.example) == ("name", True, "99")
