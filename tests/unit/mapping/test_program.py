"""Does generated code make of every record what the exact road makes of it, and how often is it used?"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.mapping.entity import Entity
from engine.mapping.lookups import Tables
from engine.mapping.mapped import map_exactly
from engine.mapping.plan import Plan, plan_of
from engine.mapping.program import Program, compile_program
from engine.mapping.rules import MappingFile
from engine.mapping.shape import entity_shape
from engine.mapping.units import Units
from engine.spec.load import load
from tests.unit.mapping.test_mapped import decoded
from tests.unit.mapping.wide import FIELDS, IDENTITY, ODD, RULES, USUAL, record

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(
    file
    for file in (ROOT / "mappings").glob("*/*.yaml")
    if file.parent.name not in {"entities", "policies"} and not file.name.endswith(".test.yaml")
)


def compare(program: Program, records: list[Any], **given: Any) -> None:
    """Assert that both roads make the same of records, all at once."""
    read = decoded([{"id": 0}] * len(records), **given)
    read = type(read)(**{name: getattr(read, name) for name in read.__slots__} | {"records": records})
    assert program.map(read) == map_exactly(program.plan, read)


def wide(bench: Any, **mapping: Any) -> Plan:
    """The plan of a mapping that uses every type and every key of a rule."""
    made = bench.plan(FIELDS, {"fields": RULES, **mapping}, identity=IDENTITY)
    assert isinstance(made, Plan), made
    return made


@pytest.mark.parametrize("odd", [0.0, 0.02, 0.2])
def test_both_roads_agree_on_random_records(bench: Any, odd: float) -> None:
    """Lines, keys, fates, rejections with every fault, and counts."""
    program = compile_program(wide(bench, when="title != 'a b'"))
    draw = random.Random(7)
    for _ in range(12):
        records = [record(draw, USUAL, odd) for _ in range(50)]
        keys = [draw.choice(("k", "a\tb", "\\", None)) if odd else f"k{index}" for index in range(50)]
        fates = [draw.choice((0, 0, 0, 1, 2)) if odd else 0 for _ in range(50)]
        partition = {"region": draw.choice(("eu", None, 5, [1]) if odd else ("eu",))}
        body: Any = draw.choice(({"total": 5}, {"total": "x"}, [], None) if odd else ({"total": "t"},))
        compare(program, records, keys=keys, fates=fates, partition=partition, document=body)


def test_both_roads_agree_on_elements(bench: Any) -> None:
    """``each`` opens records; the outer record, partition and body are read beside the element."""
    rules = {
        **RULES,
        "title": {"value": "title", "of": "record"},
        "region": {"value": "region", "of": "parent"},
    }
    made = bench.plan(FIELDS, {"each": "items", "key": ["number", "few"], "fields": rules}, identity=IDENTITY)
    program = compile_program(made)
    draw = random.Random(8)
    for odd in (0.0, 0.05):
        for _ in range(6):
            records = [
                {"title": "t", "region": "r", "items": [record(draw, USUAL, odd) for _ in range(3)]}
                for _ in range(20)
            ]
            compare(program, records, document={"total": 1})


def test_both_roads_agree_on_elements_of_elements(bench: Any) -> None:
    """Two lists, one inside another: the element around is read, and its key is part of the key."""
    rules = {
        **RULES,
        "title": {"value": "title", "of": "record"},
        "region": {"value": "region", "of": "parent"},
        "peer": {"value": [{"value": "number", "of": "parent"}, "few"], "ref": "c.s"},
    }
    key = [{"value": "number", "of": "parent"}, "number", {"value": "region", "of": "partition"}]
    made = bench.plan(
        FIELDS | {"peer": {"type": "ref", "entity": "thing"}},
        {"each": ["groups[]", "items"], "key": key, "fields": rules},
        identity=IDENTITY,
    )
    assert isinstance(made, Plan), made
    assert "partition" in made.roots
    program = compile_program(made)
    draw = random.Random(11)
    for odd in (0.0, 0.05):
        for _ in range(6):
            groups = [
                {"number": n, "region": "r", "items": [record(draw, USUAL, odd) for _ in range(3)]}
                for n in range(3)
            ]
            partition = {"region": draw.choice(("eu", None, 5, [1]) if odd else ("eu",))}
            compare(program, [{"title": "t", "groups": groups}] * 2, partition=partition)


def test_both_roads_agree_on_refs_of_several_parts(bench: Any) -> None:
    """Parts are null, numbers, texts with slashes, and what is no key."""
    made = bench.plan(
        {"peer": {"type": "ref", "entity": "thing"}},
        {"fields": {"peer": {"value": ["a", {"value": "r", "of": "partition"}], "ref": "c.s"}}},
    )
    assert isinstance(made, Plan), made
    program = compile_program(made)
    values: list[Any] = [None, 1, "x", "a/b", "~", Decimal("1.0"), True, [], {}, "\x00", "y" * 2000]
    records = [{"a": value} for value in values]
    regions: list[Any] = ["eu", None, "e/u", []]
    for region in regions:
        compare(program, records, partition={"r": region})


def test_both_roads_agree_on_refs_by_identity_keys(bench: Any) -> None:
    """Values that do not fit the key's fields, that are empty once normalised, or null."""
    key = [{"name": "place", "on": ["town", "number"], "normalise": ["trim", "upper"]}]
    made = bench.plan(
        {"town": "string", "number": "integer", "peer": {"type": "ref", "entity": "thing"}},
        {"fields": {"town": "a", "peer": {"value": ["a", "n"], "ref": {"entity": "thing", "by": "place"}}}},
        identity=key,
    )
    assert isinstance(made, Plan), made
    program = compile_program(made)
    values: list[Any] = [None, 1, "x", " ", "a/b", True, [], {}, "\x00", "y" * 2000]
    compare(program, [{"a": a, "n": n} for a in values for n in (None, 1, "2", "x", 1.5)])


def test_both_roads_agree_on_things_with_keys_of_their_own(bench: Any) -> None:
    """``key`` without ``each``, of one part and of two."""
    draw = random.Random(9)
    for key in ("number", ["number", "few"], ["number", {"value": "total", "of": "body"}]):
        program = compile_program(wide(bench, key=key))
        for odd in (0.0, 0.1):
            compare(program, [record(draw, USUAL, odd) for _ in range(200)], document={"total": "t"})


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_both_roads_agree_on_what_is_shipped(
    file: Path, units: Callable[[], Units], tables: Callable[[], Tables]
) -> None:
    """Every mapping of the catalogue, on records made of the names that it reads."""
    rules = load(MappingFile, str(file), file.read_text("utf-8"))
    name = rules.need().to
    folder = ROOT / "mappings" / "entities"
    documents = {
        path.stem: load(Entity, path.name, path.read_text("utf-8"))
        for path in folder.glob("*.yaml")
        if not path.name.endswith(".test.yaml")
    }
    contract = documents[name]
    shape = entity_shape(contract.need(), None, [])
    plan = plan_of(
        f"{file.parent.name}/{file.stem}",
        rules,
        contract,
        shape,
        units,
        tables=tables(),
        contracts={each: document.need() for each, document in documents.items()},
    )
    program = compile_program(plan)
    names = {
        node["value"]
        for rule in plan.rules
        if rule is not None
        for reading in rule.leaves
        if reading.expression is not None
        for node in nodes(reading.expression.tree)
        if node["type"] == "field"
    }
    draw = random.Random(10)
    inner: dict[str, list[Any]] = dict.fromkeys(names, ODD)
    nested = [{each: draw.choice(ODD) for each in names} for _ in range(20)]
    outer = {each: [*ODD, *nested, nested] for each in (*names, "members", "lines", "items")}
    records = [record(draw, draw.choice((inner, outer)), 0.0) for _ in range(300)]
    compare(program, records, keys=[f"k{index}" for index in range(300)])


def nodes(tree: Any) -> list[Any]:
    """Every node of a syntax tree."""
    below = [] if tree["type"] == "slice" else tree["children"]
    return [tree, *(node for child in below for node in nodes(child))]


def test_usual_records_never_take_the_exact_road(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated code serves every usual value of every type, also a second time from what it remembers."""
    program = compile_program(wide(bench))
    draw = random.Random(11)
    records = [{**record(draw, USUAL, 0.0), "loose": 1} for _ in range(200)]
    read = decoded([{"id": 0}] * 200, document={"total": "t"}, partition={"region": "eu"})
    read = type(read)(**{name: getattr(read, name) for name in read.__slots__} | {"records": records})
    wanted = program.map(read)
    assert len(wanted.lines) == 200

    def refuse(*_: Any) -> None:
        raise AssertionError("the exact road was taken")

    monkeypatch.setattr("engine.mapping.program.map_record", refuse)
    assert program.map(read) == wanted


def test_skipped_records_are_counted_and_not_mapped(bench: Any) -> None:
    """As on the exact road."""
    program = compile_program(wide(bench))
    draw = random.Random(12)
    records = [{**record(draw, USUAL, 0.0), "id": index} for index in range(10)]
    read = decoded(records)
    skip = {0, 3, 9}
    assert program.map(read, skip=skip) == map_exactly(program.plan, read, skip=skip)


def test_hostile_text_in_a_mapping_stays_text(bench: Any) -> None:
    """Quotes, braces and line breaks in constants, defaults, maps and names never become code."""
    text = '\'"}{\\\n\t#%s{0}"""); import os; (\''
    name = json.dumps(text)
    made = bench.plan(
        {"a": "string", "b": "string", "c": {"type": "enum", "values": ["x", "y"]}, "d": "string"},
        {
            "when": f"{name} != 'no'",
            "fields": {
                "a": {"constant": text},
                "b": {"value": "b", "default": text},
                "c": {"value": "c", "map": {text: "x"}, "otherwise": {"constant": "y"}},
                "d": name,
            },
        },
    )
    program = compile_program(made)
    records = [{"c": text, text: "found"}, {"b": "b", "c": "else"}, {text: "no"}]
    compare(program, records, keys=["1", text, "3"])
