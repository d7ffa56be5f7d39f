"""Connected components over identity values: the same in any order, and never two records of one stream."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from engine.mapping.components import resolve
from engine.records.identity import Arrival, Assignments, GuardValue, IdentityValue, Refusal, StreamId

HR: StreamId = (1, 1)
PAYROLL: StreamId = (2, 1)
DIRECTORY: StreamId = (3, 1)


def record(
    key: str,
    entity: UUID,
    newcomer: bool,  # noqa: FBT001 # a short form for tables of cases
    values: tuple[IdentityValue, ...],
    stream: StreamId | None = HR,
) -> Arrival:
    return Arrival(key=key, entity=entity, newcomer=newcomer, values=values, stream=stream)


def _id(number: int) -> UUID:
    return UUID(int=number)


def told(found: Assignments) -> list[tuple[str, IdentityValue, UUID, UUID]]:
    """The refusals, without why."""
    return [(each.key, each.value, each.entity, each.other) for each in found.refusals]


def test_a_newcomer_joins_who_holds_its_value() -> None:
    newcomer = record("a", _id(9), True, ((0, "x"),), PAYROLL)
    found = resolve([newcomer], {(0, "x"): _id(1)}, {_id(1): frozenset({HR})})
    assert found == Assignments(joins={"a": _id(1)}, merges={}, refusals=[])


def test_a_record_that_shares_values_with_two_entities_makes_them_one_and_the_older_id_stays() -> None:
    holders = {(0, "x"): _id(2), (1, "y"): _id(1)}
    members = {_id(1): frozenset({HR}), _id(2): frozenset({DIRECTORY})}
    found = resolve([record("a", _id(9), True, ((0, "x"), (1, "y")), PAYROLL)], holders, members)
    assert found.joins == {"a": _id(1)}
    assert found.merges == {_id(2): (_id(1), "a")}
    assert not found.refusals


def test_two_newcomers_of_one_stream_with_one_value_stay_apart_and_disable_it() -> None:
    arrivals = [record("a", _id(8), True, ((0, "x"),)), record("b", _id(9), True, ((0, "x"),))]
    found = resolve(arrivals, {}, {})
    assert not found.joins
    assert not found.merges
    assert told(found) == [("a", (0, "x"), _id(8), _id(9)), ("b", (0, "x"), _id(9), _id(8))]
    assert {each.why for each in found.refusals} == {"two records of one stream"}


def test_a_refused_value_does_not_stop_a_join_by_another() -> None:
    """One shared address refuses itself; the number still says who the newcomer is."""
    holders = {(0, "mail"): _id(1), (1, "number"): _id(2)}
    members = {_id(1): frozenset({PAYROLL}), _id(2): frozenset({HR})}
    found = resolve([record("a", _id(9), True, ((0, "mail"), (1, "number")), PAYROLL)], holders, members)
    assert found.joins == {"a": _id(2)}
    assert told(found) == [("a", (0, "mail"), _id(9), _id(1))]


def test_a_chain_that_would_bring_two_records_of_a_stream_together_is_refused_whole() -> None:
    holders = {(0, "x"): _id(1), (1, "y"): _id(2)}
    members = {_id(1): frozenset({HR}), _id(2): frozenset({HR})}
    found = resolve([record("a", _id(9), True, ((0, "x"), (1, "y")), PAYROLL)], holders, members)
    assert not found.joins
    assert not found.merges
    assert {each.value for each in found.refusals} == {(0, "x"), (1, "y")}


BORN_1: frozenset[GuardValue] = frozenset({("born", "1990-01-01")})
BORN_2: frozenset[GuardValue] = frozenset({("born", "1991-01-01")})


def test_a_newcomer_that_differs_in_a_guard_stays_alone() -> None:
    newcomer = record("a", _id(9), True, ((0, "x"),), PAYROLL)
    members = {_id(1): frozenset({HR})}
    found = resolve([newcomer], {(0, "x"): _id(1)}, members, {_id(1): BORN_1, _id(9): BORN_2})
    assert not found.joins
    why = "born differs"
    assert found.refusals == [Refusal(key="a", value=(0, "x"), entity=_id(9), other=_id(1), why=why)]
    for guarded in ({_id(1): BORN_1, _id(9): BORN_1}, {_id(9): BORN_2}, {_id(1): BORN_1 | BORN_2}):
        assert resolve([newcomer], {(0, "x"): _id(1)}, members, guarded).joins == {"a": _id(1)}


def test_an_entity_that_contradicts_itself_lets_nobody_in_who_contradicts_a_part_of_it() -> None:
    newcomer = record("a", _id(9), True, ((0, "x"),), PAYROLL)
    guarded = {_id(1): BORN_1 | BORN_2, _id(9): BORN_1}
    assert not resolve([newcomer], {(0, "x"): _id(1)}, {_id(1): frozenset({HR})}, guarded).joins


def test_two_entities_that_differ_in_a_guard_are_not_made_one_by_a_third() -> None:
    newcomer = record("a", _id(9), True, ((0, "x"), (1, "y")), PAYROLL)
    members = {_id(1): frozenset({HR}), _id(2): frozenset({DIRECTORY})}
    holders = {(0, "x"): _id(1), (1, "y"): _id(2)}
    found = resolve([newcomer], holders, members, {_id(1): BORN_1, _id(2): BORN_2})
    assert not found.joins
    assert not found.merges
    assert {(each.value, each.why) for each in found.refusals} == {
        ((0, "x"), "born differs"),
        ((1, "y"), "born differs"),
    }


def _world(
    draw: random.Random,
) -> tuple[list[Arrival], dict[IdentityValue, UUID], dict[UUID, frozenset[StreamId]]]:
    streams = [HR, PAYROLL, DIRECTORY]
    members = {
        _id(n): frozenset(draw.sample(streams, draw.randint(1, 2))) for n in range(1, draw.randint(2, 6))
    }
    values = [(kind, letter) for kind in (0, 1) for letter in "abcd"]
    holders = {value: draw.choice(list(members)) for value in values if draw.random() < 0.4}
    some = draw.sample(streams, draw.randint(1, 2))
    arrivals = [
        record(
            f"k{n}",
            _id(100 + n),
            True,
            tuple(sorted(draw.sample(values, draw.randint(0, 3)))),
            draw.choice(some),
        )
        for n in range(draw.randint(1, 5))
    ]
    stream = draw.choice(streams)
    without = [entity for entity, names in members.items() if stream not in names]
    if without and draw.random() < 0.5:
        entity = draw.choice(without)
        arrivals.append(record("old", entity, False, tuple(sorted(draw.sample(values, 2))), stream))
    return arrivals, holders, members


def _groups_by_force(edges: list[tuple[UUID, UUID]], nodes: set[UUID]) -> set[frozenset[UUID]]:
    """Components by walking from every node until nothing new comes."""
    groups = set()
    for node in nodes:
        reached = {node}
        while True:
            more = {b for a, b in edges if a in reached} | {a for a, b in edges if b in reached}
            if more <= reached:
                break
            reached |= more
        groups.add(frozenset(reached))
    return groups


@pytest.mark.parametrize("seed", range(400))
def test_the_groups_are_the_components_in_any_order_and_none_holds_what_must_stay_apart(seed: int) -> None:
    draw = random.Random(seed)
    arrivals, holders, members = _world(draw)
    nodes = {*members, *(each.entity for each in arrivals)}
    births = (frozenset[GuardValue](), BORN_1, BORN_2)
    guarded = {node: draw.choice(births) for node in sorted(nodes)} if seed % 2 else {}
    found = resolve(arrivals, holders, members, guarded)
    for _ in range(4):
        draw.shuffle(arrivals)
        assert resolve(arrivals, holders, members, guarded) == found

    disabled = {each.value for each in found.refusals}
    sayers: dict[IdentityValue, set[UUID]] = {}
    for each in arrivals:
        for value in each.values:
            sayers.setdefault(value, set()).update({each.entity, holders.get(value, each.entity)})
    edges = [(a, b) for value, who in sayers.items() if value not in disabled for a in who for b in who]
    became = {old: new for old, (new, _) in found.merges.items()}
    for each in arrivals:
        if each.newcomer:
            became.setdefault(each.entity, found.joins.get(each.key, each.entity))
    groups: dict[UUID, set[UUID]] = {}
    for node in nodes:
        groups.setdefault(became.get(node, node), set()).add(node)
    assert {frozenset(group) for group in groups.values()} == _groups_by_force(edges, nodes)

    for group in groups.values():
        records = [s for entity in group for s in members.get(entity, frozenset())]
        records += [each.stream for each in arrivals if each.stream and each.entity in group]
        assert len(records) == len(set(records))
        assert len({value for entity in group for value in guarded.get(entity, ())}) < 2
    for value in disabled:
        assert len(sayers[value]) > 1


def test_who_is_kept_apart_is_not_joined_by_a_record_of_both() -> None:
    """Nor by a chain; what says only one of the values joins."""
    held, members = (
        {(0, "x"): _id(1), (1, "y"): _id(2)},
        {_id(1): frozenset({HR}), _id(2): frozenset({PAYROLL})},
    )
    parted = {_id(1): frozenset({_id(2)}), _id(2): frozenset({_id(1)})}
    both = record("a", _id(9), True, ((0, "x"), (1, "y")), DIRECTORY)
    found = resolve([both], held, members, {}, parted)
    assert (found.joins, found.merges) == ({}, {})
    assert {each.why for each in found.refusals} == {"kept apart"}
    one = record("a", _id(9), True, ((0, "x"),), DIRECTORY)
    assert resolve([one], held, members, {}, parted).joins == {"a": _id(1)}
