"""A program's fingerprint moves with what its results depend on, and with nothing else."""

from __future__ import annotations

from typing import Any

from engine.mapping.entity import Entity
from engine.mapping.lookups import Tables
from engine.mapping.plan import Plan, plan_of
from engine.mapping.policy import Policy
from engine.mapping.rates import rates_of
from engine.mapping.rules import MappingFile
from engine.mapping.shape import entity_shape
from engine.mapping.units import units_of
from engine.spec.load import load

ENTITY = """
entity: worker
fields:
  name: string
  pay: {type: money, per: work_year}
  height: {type: quantity, unit: m}
"""
MAPPING = """
from: hr.workers
to: worker
fields:
  name: lower(name)
  pay: {value: pay, currency: EUR, per: work_month}
  height: {value: height, unit: cm}
"""
UNITS = "work_hour = [work_time]\nwork_year = 2080 * work_hour\nwork_month = work_year / 12\n"
POLICY = "policy: worker\ndefault: {latest: true}\n"


TABLE = "theirs,ours,note\nA,Ada,x\nB,Bob,\n"
LOOKED_UP = MAPPING.replace("lower(name)", "{value: name, lookup: {table: names, from: theirs, to: ours}}")


def fingerprint(
    *,
    entity: str = ENTITY,
    mapping: str = MAPPING,
    units: str = UNITS,
    policy: str = "",
    rates: str = "",
    table: str = TABLE,
) -> str:
    contract, rules = load(Entity, "e.yaml", entity), load(MappingFile, "m.yaml", mapping)
    decided = load(Policy, "p.yaml", policy).value if policy else None
    assert contract.value is not None
    shape = entity_shape(contract.value, decided, [])
    dated = rates_of(((("r.csv", f"date,base,quote,rate,source\n{rates}"),),))
    tables = Tables([("names", "names.csv", table)])
    made: Plan = plan_of(
        "hr/workers",
        rules,
        contract,
        shape,
        lambda: units_of((("u.txt", units),)),
        tables=tables,
        rates=lambda: dated,
    )
    return made.fingerprint


def test_it_stays_for_comments_order_and_descriptions() -> None:
    lines = MAPPING.strip().splitlines()
    moved = "\n".join(
        [
            *lines[:3],
            "  # a comment",
            lines[5],
            lines[3],
            "  pay: {per: work_month, value: pay, currency: EUR}",
        ]
    )
    assert fingerprint(mapping=moved) == fingerprint()
    assert fingerprint(entity=ENTITY + "description: Who works for us\n") == fingerprint()
    assert fingerprint(mapping=MAPPING.replace("lower(name)", "{value: lower( name )}")) == fingerprint()
    aged = [POLICY.replace("true}", f"true, max_age: {age}}}") for age in ("1h", "60m")]
    assert fingerprint(policy=aged[0]) == fingerprint(policy=aged[1])


def test_it_moves_with_an_expression_a_constant_of_a_unit_the_contract_and_the_policy() -> None:
    changes: list[dict[str, Any]] = [
        {"mapping": MAPPING.replace("lower(name)", "upper(name)")},
        {"mapping": MAPPING.replace("unit: cm", "unit: inch")},
        {"units": UNITS.replace("2080 * work_hour", "1950 * work_hour").replace("/ 12", "/ 13")},
        {"entity": ENTITY.replace("unit: m}", "unit: m, scale: 2}")},
        {"entity": ENTITY.replace("name: string", "name: {type: string, required: true}")},
        {"entity": ENTITY.replace("name: string", "name: {type: string, pattern: '[a-z]+'}")},
        {"entity": ENTITY.replace("name: string", "name: {type: string, pattern: '[a-z ]+'}")},
        {"policy": POLICY},
        {"policy": POLICY.replace("true}", "true, max_age: 1h}")},
        {"policy": POLICY.replace("true}", "true, max_age: 2h}")},
    ]
    marks = [fingerprint(), *(fingerprint(**change) for change in changes)]
    assert len(set(marks)) == len(marks)


def test_it_moves_with_what_the_mapping_reads_of_a_table_and_with_nothing_else_in_it() -> None:
    same = [TABLE, TABLE.replace(",x", ",y"), "ours,theirs\nBob,B\nAda,A\n", TABLE + ",Nobody,z\n"]
    assert len({fingerprint(mapping=LOOKED_UP, table=each) for each in same}) == 1
    other = [TABLE, TABLE.replace("Bob", "Rob"), TABLE + "C,Cy,\n", TABLE.replace("B,Bob,\n", "")]
    assert len({fingerprint(mapping=LOOKED_UP, table=each) for each in other}) == len(other)
    assert len({fingerprint(table=each) for each in other}) == 1


def test_it_moves_with_the_blank_texts_of_the_mapping_and_of_a_rule() -> None:
    changes = [
        MAPPING,
        MAPPING + "blank: ['']\n",
        MAPPING + "blank: ['', N/A]\n",
        MAPPING.replace("lower(name)", "{value: lower(name), blank: ['']}"),
    ]
    assert len({fingerprint(mapping=each) for each in changes}) == len(changes)


def test_units_that_a_mapping_does_not_use_do_not_move_it() -> None:
    assert fingerprint(units=UNITS + "smoot = 67 * inch\n") == fingerprint()


def test_where_a_record_names_the_unit_our_own_definitions_count_and_pints_names_do_not() -> None:
    """A newer pint that knows one more name must not replay everything."""
    by_text = MAPPING.replace("unit: cm", "unit: text")
    assert fingerprint(mapping=by_text) != fingerprint()
    smoots = [fingerprint(mapping=by_text, units=f"{UNITS}smoot = {size} * inch\n") for size in (66, 67)]
    assert len({*smoots, fingerprint(mapping=by_text)}) == 3
    hours = f"{UNITS}blink = 3 * second\n"
    assert fingerprint(mapping=by_text, units=hours) == fingerprint(mapping=by_text)


def test_it_moves_with_a_rate_that_the_mapping_could_use_and_with_no_other() -> None:
    entity = ENTITY.replace("per: work_year}", "per: work_year, in: USD, on: day}\n  day: date")
    mapping = MAPPING + "  day: day\n"
    lines = ["2024-03-04,EUR,USD,1.08,a", "2024-03-05,EUR,USD,1.09,a", "2024-03-05,EUR,GBP,0.8,a"]

    def mark(*changed: str) -> str:
        return fingerprint(entity=entity, mapping=mapping, rates="\n".join(changed))

    assert mark(*lines) == mark(*reversed(lines)) == mark(*lines[:2])
    corrected = mark(lines[0].replace("1.08", "1.07"), *lines[1:])
    further = mark(*lines, "2024-03-06,EUR,USD,1.08,a")
    assert len({mark(*lines), corrected, further}) == 3
    assert fingerprint(rates=lines[0]) == fingerprint(), "a mapping that converts nothing uses none"
