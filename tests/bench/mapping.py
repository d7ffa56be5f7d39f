"""
What does mapping a record cost? The library, the exact road and generated code in the same breath.

    python -m tests.bench.mapping

Prints microseconds of CPU a record, the best of several rounds that take turns; results are compared
before anything is printed. The library only evaluates the expressions; the other two also convert
every value and write the COPY line.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jmespath

from engine.expression import decode_number
from engine.mapping.entity import Entity
from engine.mapping.mapped import map_exactly
from engine.mapping.plan import Plan, plan_of
from engine.mapping.program import compile_program
from engine.mapping.rules import MappingFile
from engine.mapping.shape import entity_shape
from engine.mapping.units import Units, units_of
from engine.records.received import Decoded, Response, StreamName
from engine.spec.load import load
from tests.bench.people import person

ROOT = Path(__file__).parents[2]
PROJECT = Path(__file__).parent / "project" / "mappings"
PAGES, SIZE, ROUNDS = 8, 500, 15


def units() -> Units:
    """Pint's units and the catalogue's."""
    return units_of(
        tuple((file.name, file.read_text("utf-8")) for file in sorted((ROOT / "units").glob("*.txt")))
    )


def compiled() -> Plan:
    """The plan of the project that the benchmark of ``sync`` uses."""
    rules_file, entity_file = PROJECT / "people" / "workers.yaml", PROJECT / "entities" / "person.yaml"
    rules = load(MappingFile, rules_file.name, rules_file.read_text("utf-8"))
    entity = load(Entity, entity_file.name, entity_file.read_text("utf-8"))
    return plan_of("people/workers", rules, entity, entity_shape(entity.need(), None, []), units)


def page(number: int) -> Decoded:
    """One response of people, as the reader gives it."""
    people = [person(number * SIZE + index) for index in range(SIZE)]
    records = json.loads(json.dumps(people), parse_float=decode_number)
    response = Response(
        id=number + 1,
        stream=StreamName(source="people", stream="workers"),
        partition={},
        position=number,
        request={},
        status=200,
        headers={},
        fetched_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        body=b"",
        sha256=bytes(32),
        wire_length=0,
        coding="identity",
        records=SIZE,
    )
    return Decoded(
        response=response,
        document=records,
        records=records,
        places=range(SIZE),
        keys=[each["id"] for each in records],
        versions=[0] * SIZE,
        hashes=[0] * SIZE,
        fates=[0] * SIZE,
        faults={},
    )


def main() -> None:
    """Measure and print."""
    plan = compiled()
    started = time.process_time()
    program = compile_program(plan)
    compiling = time.process_time() - started
    pages = [page(number) for number in range(PAGES)]
    rules = [rule for rule in plan.rules if rule is not None and rule.value.expression is not None]
    searches = [jmespath.compile(rule.value.expression.text) for rule in rules if rule.value.expression]
    roads: dict[str, Callable[[Decoded], Any]] = {
        "library, expressions only": lambda read: [[s.search(r) for s in searches] for r in read.records],
        "exact road, to the line": lambda read: map_exactly(plan, read),
        "generated, to the line": program.map,
    }
    for read in pages:
        made = program.map(read)
        assert made == map_exactly(plan, read)
        assert len(made.lines) == SIZE
    best = dict.fromkeys(roads, float("inf"))
    for _ in range(ROUNDS):
        for name, run in roads.items():
            started = time.process_time()
            for read in pages:
                run(read)
            best[name] = min(best[name], (time.process_time() - started) / PAGES / SIZE * 1e6)
    print(f"{len(rules)} rules, {PAGES * SIZE} records; compiling the program took {compiling * 1e3:.0f} ms")
    for name, cost in best.items():
        print(f"{name:28} {cost:8.1f} µs a record")


if __name__ == "__main__":
    main()
