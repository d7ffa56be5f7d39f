"""A contract and its policy become what the store needs: columns, bits, masks."""

from __future__ import annotations

from engine.mapping.entity import Entity
from engine.mapping.policy import Policy
from engine.mapping.shape import entity_shape
from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed, Preference
from engine.spec.load import load

ENTITY = """
entity: worker
fields:
  name: string
  pay: money
  boss: {type: ref, entity: worker}
  tags: {type: list, of: integer}
  born: {type: date, pii: true}
identity: [{name: by_name, on: [name]}]
history: true
"""
HR = StreamName(source="hr", stream="workers")
PAYROLL = StreamName(source="payroll", stream="workers")
FEEDS = [
    Feed(mapping="payroll/workers", stream=PAYROLL, entity="worker"),
    Feed(mapping="hr/workers", stream=HR, entity="worker"),
]


def shape(policy: str = "", entity: str = ENTITY, **more: object) -> EntityShape:
    contract = load(Entity, "e.yaml", entity)
    decided = load(Policy, "p.yaml", policy) if policy else None
    assert contract.value is not None
    assert decided is None or decided.value is not None, decided
    return entity_shape(contract.value, decided.value if decided else None, FEEDS, **more)  # type: ignore[arg-type]


def test_columns_bits_and_feeds() -> None:
    made = shape()
    assert {each.name: each.columns for each in made.fields} == {
        "name": (("name", "text"),),
        "pay": (("pay", "numeric"), ("pay_currency", "text")),
        "boss": (("boss", "uuid"),),
        "tags": (("tags", "bigint[]"),),
        "born": (("born", "date"),),
    }
    bits = {each.name: each.bit for each in made.fields}
    assert bits == {"name": 0, "pay": 1, "boss": 2, "tags": 3, "born": 4}
    assert [feed.mapping for feed in made.feeds] == ["hr/workers", "payroll/workers"]
    assert made.identity == ("by_name",)
    assert made.history
    assert made.wide
    assert [each.refers_to for each in made.fields] == [None, None, "worker", None, None]
    assert [each.pii for each in made.fields] == [False, False, False, False, True]


def test_a_bit_stays_with_its_field_whatever_comes_or_moves() -> None:
    former = shape()
    before = {each.name: each.bit for each in former.fields}
    more = ENTITY.replace("fields:\n", "fields:\n  aaa: string\n")
    after = {each.name: each.bit for each in shape(entity=more, former=former).fields}
    assert after == before | {"aaa": 5}
    lines = ENTITY.strip().splitlines()
    moved = "\n".join([*lines[:2], *reversed(lines[2:7]), *lines[7:]])
    assert {each.name: each.bit for each in shape(entity=moved, former=former).fields} == before
    assert shape(entity=moved).fingerprint == shape().fingerprint


def test_fields_with_one_strategy_are_decided_together() -> None:
    policy = """
policy: worker
default: {prefer: [hr, payroll.workers]}
fields:
  pay: {prefer: [payroll], then: latest}
  born: {latest: true}
groups: {who: [name, boss]}
on_source_delete: {hr: end_entity, payroll: keep_until_replaced, badges: drop_contribution}
guards: [{differ: born}]
"""
    made = shape(policy)
    bit = {each.name: 1 << each.bit for each in made.fields}
    assert made.preferences == (
        Preference(mask=bit["name"] | bit["boss"] | bit["tags"], prefer=("hr", "payroll.workers"), ways=()),
        Preference(mask=bit["pay"], prefer=("payroll",), ways=("latest",)),
        Preference(mask=bit["born"], prefer=(), ways=("latest",)),
    )
    assert made.groups == (bit["name"] | bit["boss"],)
    assert made.end_entity == {"hr"}
    assert made.keeps == {"payroll"}
    assert made.fingerprint != shape(policy.replace("keep_until_replaced", "drop_contribution")).fingerprint
    assert made.guards == ("born",)
    assert made.fingerprint != shape(policy.replace("born}]", "name}]")).fingerprint


def test_fields_chosen_by_value_are_decided_each_by_its_own_order() -> None:
    entity = ENTITY.replace("  born:", "  level: {type: enum, values: [low, high]}\n  age: integer\n  born:")
    policy = """
policy: worker
default: {prefer: [hr]}
fields:
  level: {max: true}
  age: {max: true}
  born: {earliest: true}
  tags: {union: true}
"""
    made = shape(policy, entity, timed={HR, PAYROLL})
    bit = {each.name: 1 << each.bit for each in made.fields}
    assert made.preferences == (
        Preference(mask=bit["name"] | bit["pay"] | bit["boss"], prefer=("hr",), ways=("latest",)),
        Preference(mask=bit["tags"], prefer=(), ways=(), union=True),
        Preference(mask=bit["level"], prefer=(), ways=("max", "latest")),
        Preference(mask=bit["age"], prefer=(), ways=("max", "latest")),
        Preference(mask=bit["born"], prefer=(), ways=("earliest",)),
    )
    assert {each.name: each.words for each in made.fields if each.words} == {"level": ("low", "high")}


def test_the_fingerprint_knows_who_breaks_ties_where_the_policy_does_not_say() -> None:
    left_out, said = "policy: worker\ndefault: {prefer: [hr]}\n", "policy: worker\ndefault: {latest: true}\n"
    timed = {HR, PAYROLL}
    assert shape(left_out, timed=timed).fingerprint != shape(left_out, timed={HR}).fingerprint
    assert shape(said, timed=timed).fingerprint == shape(said, timed={HR}).fingerprint


def test_ties_go_to_the_latest_where_every_stream_has_a_timestamp_version() -> None:
    assert [each.ways for each in shape(timed={HR}).preferences] == [()]
    assert [each.ways for each in shape(timed={HR, PAYROLL}).preferences] == [("latest",)]


def test_scopes_say_of_each_source_where_its_values_stand() -> None:
    """They are a part of the version of every mapping of the entity."""
    policy = "policy: worker\ndefault: {prefer: [hr]}\n"
    made = shape(f"{policy}scopes: {{by_name: {{us: [hr, payroll]}}}}\n")
    assert made.scopes == {"by_name": {"hr": "us", "payroll": "us"}}
    assert shape(policy).scopes == {}
    assert shape(policy).fingerprint != made.fingerprint
