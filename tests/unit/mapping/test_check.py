"""Files are held against one another: each mistake is one problem, at its place, with a near name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import Problem
from engine.mapping.case import TestFile
from engine.mapping.check import CODES, check_entity, check_mapping
from engine.mapping.check_policy import check_policy
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy
from engine.mapping.rules import MappingFile
from engine.mapping.units import Units
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.spec.load import load

ENTITY = """\
entity: worker
fields:
  number: {type: string, required: true}
  given_name: string
  family_name: string
  height: {type: quantity, unit: m}
  salary: {type: money, per: work_year}
  manager: {type: ref, entity: worker}
identity:
  - {name: number, on: [number], normalise: [trim, upper]}
"""
MAPPING = """\
from: hr.workers
to: worker
fields:
  number: number
  height: {value: h, unit: cm}
  manager: {value: boss, ref: hr.workers}
"""
POLICY = """\
policy: worker
default: {prefer: [hr_us, payroll.workers], then: latest}
fields:
  height: {latest: true}
groups:
  name: [given_name, family_name]
on_source_delete: {hr_us: end_entity}
"""
HR = StreamName(source="hr_us", stream="workers")
PAYROLL = StreamName(source="payroll", stream="workers")
FEEDS = [
    Feed(mapping="hr/workers", stream=HR, entity="worker"),
    Feed(mapping="payroll/workers", stream=PAYROLL, entity="worker"),
]


FED: dict[str, list[tuple[str, ...]]] = {"hr.workers": [("id",)], "hr.posts": [("company", "code")]}


def problems_of(
    units: Callable[[], Units],
    *,
    entity: str = ENTITY,
    mapping: str = MAPPING,
    policy: str = POLICY,
    **more: Any,
) -> list[Problem]:
    contract = load(Entity, "entity.yaml", entity)
    rules = load(MappingFile, "mapping.yaml", mapping)
    decided = load(Policy, "policy.yaml", policy)
    known = [str(contract.draft.entity)] if contract.draft else []
    streams = more.get("streams", ["hr.workers", "hr.teams", "hr.posts", "payroll.workers"])
    target = contract if rules.draft is not None and rules.draft.to in known else None
    found = [
        *contract.problems,
        *rules.problems,
        *decided.problems,
        *check_entity(contract, units=units, entities=known),
        *check_mapping(rules, target, units=units, entities=known, streams=streams, fed={"worker": FED}),
        *check_policy(
            decided,
            contract,
            feeds=more.get("feeds", FEEDS),
            timed=more.get("timed", {HR, PAYROLL}),
            told=more.get("told"),
            entities=known,
        ),
    ]
    return sorted(set(found))


def test_right_files_have_no_problem(units: Callable[[], Units]) -> None:
    assert problems_of(units) == []


MISTAKES = {
    "mapping": [
        ("  height:", "  heigth:", "5:3", "unknown-field", "did you mean 'height'"),
        ("  number: number\n", "", "3:1", "required-unmapped", "'number'"),
        ("unit: cm", "unit: cmm", "5:28", "unknown-unit", ""),
        ("unit: cm", "unit: kg", "5:28", "wrong-dimension", "[length]"),
        ("value: boss", "value: boss.[", "6:", "yaml", ""),
        ("ref: hr.workers", "ref: hr.worker", "6:31", "unknown-stream", "did you mean"),
        ("ref: hr.workers", "ref: hr.teams", "6:31", "feed-missing", "'hr.teams'"),
        ("ref: hr.workers", "ref: payroll.workers", "6:31", "far-ref", "by: KEY"),
        (
            "ref: hr.workers",
            "ref: hr.posts",
            "6:20",
            "key-parts",
            "2 parts, not 1: give what stands there as [company, code]",
        ),
        ("value: boss", "value: [boss, b]", "6:13", "key-parts", "one part, not 2"),
        ("value: boss", "value: []", "6:13", "wrong-value", "at least one part"),
        ("from: hr.workers", "from: hr.wrkers", "1:7", "unknown-stream", "hr.workers"),
        ("to: worker", "to: wroker", "2:5", "entity-missing", "did you mean 'worker'"),
        ("value: h,", "vlaue: h,", "5:", "unknown-key", "did you mean 'value'"),
        ("from: hr.workers", "from: workers", "1:7", "wrong-value", "connector.stream"),
        ("fields:", "each: items\nfields:", "3:7", "missing-key", "key"),
        ("fields:", "partial: true\nfields:", "3:1", "unknown-key", ""),
    ],
    "entity": [
        ("unit: m}", "unit: metr}", "6:34", "unknown-unit", "did you mean 'metre'"),
        ("per: work_year", "per: kg", "7:30", "wrong-dimension", "not a time"),
        ("entity: worker}", "entity: wroker}", "8:32", "entity-missing", "worker"),
        ("on: [number]", "on: [numbr]", "10:25", "unknown-field", "did you mean 'number'"),
        ("on: [number]", "on: [salary]", "10:25", "wrong-identity", "money"),
        ("upper]", "uper]", "10:52", "unknown-function", "did you mean 'upper'"),
        ("given_name: string", "id: string", "4:7", "reserved-name", "canonical id"),
        ("given_name: string", "_given: string", "4:11", "reserved-name", "engine's"),
        ("given_name: string", "salary_currency: string", "4:", "reserved-name", "salary"),
        ("given_name: string", f"{'x' * 51}: string", "4:", "name-too-long", "50"),
        ("given_name: string", "given_name: strng", "4:15", "unknown-type", "string"),
        ("entity: worker\nf", "entity: worker_history\nf", "1:9", "reserved-name", ""),
    ],
    "policy": [
        ("payroll.workers]", "payrol]", "2:27", "unknown-source", "did you mean"),
        ("  height:", "  heigth:", "4:3", "unknown-field", "did you mean 'height'"),
        ("family_name]", "famly_name]", "6:22", "unknown-field", "did you mean"),
        ("family_name]", "height]", "6:22", "group-strategies-differ", "same strategy"),
        ("end_entity", "keep_untl_replaced", "7:27", "wrong-value", "did you mean 'keep_until_replaced'"),
        ("{hr_us: end", "{hr_u: end", "7:20", "unknown-source", "did you mean 'hr_us'"),
        ("{latest: true}", "{latest: true, prefer: [hr_us]}", "4:", "conflicting-keys", ""),
        ("groups:", "guards: [{differ: famly_name}]\ngroups:", "5:19", "unknown-field", "'family_name'"),
        ("groups:", "guards: [{differ: height}]\ngroups:", "5:19", "wrong-guard", "height' is quantity"),
        ("groups:", "guards: [{differ: manager}]\ngroups:", "5:19", "wrong-guard", "manager' is ref"),
        ("groups:", "guards: [{difer: number}]\ngroups:", "5:11", "unknown-key", "did you mean 'differ'"),
        (
            "groups:",
            "guards: [{differ: number}, {differ: number}]\ngroups:",
            "5:37",
            "duplicate-value",
            "a guard already",
        ),
        ("{latest: true}", "{latest: true, earliest: true}", "4:36", "conflicting-keys", "either latest or"),
        ("{latest: true}", "{max: true, prefer: [hr_us]}", "4:17", "conflicting-keys", "then: max"),
        ("{latest: true}", "{latest: true, then: earliest}", "4:32", "conflicting-keys", "versions are the"),
        ("{latest: true}", "{max: true, then: min}", "4:29", "conflicting-keys", "values are the same"),
        ("{latest: true}", "{union: true, then: latest}", "4:31", "conflicting-keys", "everyone wins"),
        ("{latest: true}", "{union: true}", "4:19", "not-united", "'height': it is for lists"),
        (
            "{latest: true}",
            "{then: latest}",
            "4:",
            "missing-key",
            "prefer, latest, earliest, max, min, union",
        ),
        ("{latest: true}", "{latest: true, max_age: -30d}", "4:35", "wrong-value", "a second or more"),
        (
            "height: {latest",
            "given_name: {max",
            "4:21",
            "unordered-field",
            "'given_name': string has no order",
        ),
        ("height: {latest", "manager: {min", "4:18", "unordered-field", "ref has no order"),
        ("height: {latest", "salary: {max", "4:17", "unordered-field", "several currencies"),
        ("then: latest", "then: max", "2:51", "unordered-field", "max cannot decide 'manager'"),
        (
            "{prefer: [hr_us, payroll.workers], then: latest}",
            "{max: true}",
            "6:3",
            "group-strategy",
            "greatest",
        ),
        (
            "{prefer: [hr_us, payroll.workers], then: latest}",
            "{union: true}",
            "6:3",
            "group-strategy",
            "union",
        ),
    ],
}
"""By kind of file: what stands there, what is written for it, its line and column, code and message."""


@pytest.mark.parametrize(
    ("part", "old", "new", "place", "code", "says"),
    [(part, *mistake) for part, mistakes in MISTAKES.items() for mistake in mistakes],
)
def test_a_mistake_is_reported_at_its_place_with_its_code(
    units: Callable[[], Units], part: str, old: str, new: str, place: str, code: str, says: str
) -> None:
    text = {"entity": ENTITY, "mapping": MAPPING, "policy": POLICY}[part]
    assert old in text
    broken: dict[str, Any] = {part: text.replace(old, new, 1)}
    found = problems_of(units, **broken)
    hits = [
        each for each in found if each.code.startswith(code) and str(each).startswith(f"{part}.yaml:{place}")
    ]
    assert hits, [str(each) for each in found]
    assert says in hits[0].message


def test_guards_of_what_is_never_joined_are_refused(units: Callable[[], Units]) -> None:
    guarded = POLICY + "guards: [{differ: number}]\n"
    assert problems_of(units, policy=guarded) == []
    found = problems_of(units, policy=guarded, entity=ENTITY[: ENTITY.index("identity:")])
    assert [(each.line, each.column, each.code) for each in found] == [(8, 1, "wrong-guard")]


def test_what_is_never_kept_is_refused(units: Callable[[], Units]) -> None:
    kept = POLICY.replace("end_entity", "keep_until_replaced").replace(", payroll.workers", "")
    assert problems_of(units, policy=kept) == []
    keyed = [replace(FEEDS[0], keyed=True), FEEDS[1]]
    found = problems_of(units, policy=kept, feeds=keyed)
    assert [(each.line, each.column, each.code) for each in found] == [(7, 27, "nothing-kept")]
    assert "hr/workers has a key of its own" in found[0].message
    assert problems_of(units, policy=kept, feeds=FEEDS[:1]) == []
    alone = ENTITY[: ENTITY.index("identity:")]
    found = problems_of(units, policy=kept, feeds=FEEDS[:1], entity=alone)
    assert [each.code for each in found] == ["nothing-kept"]
    assert "ends with its record" in found[0].message


def test_latest_needs_a_timestamp_version_on_every_stream(units: Callable[[], Units]) -> None:
    found = problems_of(units, timed={HR})
    assert [(each.line, each.code) for each in found] == [
        (2, "latest-without-version"),
        (4, "latest-without-version"),
    ]
    assert "payroll.workers has none" in found[0].message
    policy = POLICY.replace("then: latest", "then: earliest").replace("latest: true", "earliest: true")
    found = problems_of(units, timed={HR}, policy=policy)
    assert [(each.line, each.column, each.code) for each in found] == [
        (2, 51, "earliest-without-version"),
        (4, 22, "earliest-without-version"),
    ]


def test_a_stream_that_does_not_say_the_field_needs_no_version(units: Callable[[], Units]) -> None:
    """It cannot win it; one that says another field of those that the default decides needs one."""
    told = {"hr/workers": ["number", "height"], "payroll/workers": ["number", "salary"]}
    assert [each.line for each in problems_of(units, timed={HR}, told=told)] == [2]
    policy = POLICY.replace(", then: latest", "")
    assert problems_of(units, timed={HR}, told=told, policy=policy) == []


@pytest.mark.parametrize("way", ["max", "min"])
def test_values_of_an_order_may_be_compared(units: Callable[[], Units], way: str) -> None:
    """Numbers, times and words of a contract, and amounts of one currency."""
    fields = "integer decimal date time timestamp duration".split()
    entity = "entity: worker\nfields:\n  number: {type: string, required: true}\n"
    entity += "".join(f"  {each}: {each}\n" for each in fields)
    entity += "  height: {type: quantity, unit: m}\n  manager: {type: ref, entity: worker}\n"
    entity += "  level: {type: enum, values: [low, high]}\n  pay: {type: money, in: USD, on: date}\n"
    names = [*fields, "height", "level", "pay"]
    policy = "policy: worker\nfields:\n" + "".join(f"  {each}: {{{way}: true}}\n" for each in names)
    assert problems_of(units, entity=entity, policy=policy) == []


def test_an_entity_of_more_than_63_fields_is_refused(units: Callable[[], Units]) -> None:
    fields = "".join(f"  f{index}: string\n" for index in range(64))
    found = load(Entity, "wide.yaml", f"entity: wide\nfields:\n{fields}").problems
    assert [each.code for each in found] == ["entity-too-wide"]


def test_every_code_of_the_room_is_documented(units: Callable[[], Units]) -> None:
    known = {"unknown-key", "unknown-type", "wrong-type", "missing-key", "yaml-unclosed"}
    for part, text in (("entity", ENTITY), ("mapping", MAPPING), ("policy", POLICY)):
        for index in range(0, len(text), 3):
            broken: dict[str, Any] = {part: text[:index] + "x" + text[index:]}
            for each in problems_of(units, **broken):
                documented = (
                    each.code in CODES or each.code in known or each.code.startswith(("yaml", "wrong"))
                )
                assert documented or "expression" in each.code, each


def test_a_case_says_exactly_one_outcome() -> None:
    found = load(
        TestFile, "t.yaml", "- {name: a, record: {}, filtered: true, expect: {}}\n- {name: b, record: {}}\n"
    )
    assert [(each.line, each.code) for each in found.problems] == [(1, "wrong-case"), (2, "wrong-case")]
