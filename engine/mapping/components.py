"""Which records are one, where that takes more than a look? Connected components over identity values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from engine.records.identity import Arrival, Assignments, GuardValue, IdentityValue, Parted, Refusal, StreamId


def resolve(
    arrivals: Sequence[Arrival],
    holders: Mapping[IdentityValue, UUID],
    members: Mapping[UUID, frozenset[StreamId]],
    guarded: Mapping[UUID, frozenset[GuardValue]] = MappingProxyType({}),
    parted: Parted = MappingProxyType({}),
) -> Assignments:
    """
    Assign arrivals to entities.

    ``holders`` says which entity holds a value, ``members`` which streams have a live record in an
    entity, the arrivals' former selves left out, ``guarded`` what each entity's records say of fields that
    guard joins, ``parted`` who is to be kept apart. Entities that share a value become one, the oldest id
    that existed before stays. A value that would bring two records of one stream together, entities that
    differ in a guard, or those that are kept apart, is disabled, and joins nobody; where only a chain of
    values would, all values of the chain are.
    """
    ordered = sorted(arrivals, key=lambda each: (each.entity, each.key))
    streams: dict[UUID, set[StreamId]] = defaultdict(set)
    sayers: dict[IdentityValue, set[UUID]] = defaultdict(set)
    for entity, names in members.items():
        streams[entity] |= names
    for each in ordered:
        streams[each.entity] |= {each.stream} if each.stream is not None else set()
        for value in each.values:
            sayers[value].add(each.entity)
            if value in holders:
                sayers[value].add(holders[value])
    shared = {value: entities for value, entities in sayers.items() if len(entities) > 1}
    apart = {value: _apart(entities, streams, guarded, parted) for value, entities in shared.items()}
    disabled = {value: why for value, why in apart.items() if why}
    open_values = {value: entities for value, entities in shared.items() if value not in disabled}
    for group in _groups(open_values.values()):
        why = _apart(group, streams, guarded, parted)
        if why:
            disabled |= {value: why for value, entities in open_values.items() if entities & group}
    kept = [entities for value, entities in open_values.items() if value not in disabled]
    return _assigned(ordered, _groups(kept), shared, disabled)


def _apart(
    entities: Collection[UUID],
    streams: Mapping[UUID, set[StreamId]],
    guarded: Mapping[UUID, frozenset[GuardValue]],
    parted: Parted,
) -> str:
    """Why these entities cannot be one; empty where they can."""
    reasons = []
    groups = [streams.get(entity, set()) for entity in entities]
    if sum(map(len, groups)) > len(set[StreamId]().union(*groups)):
        reasons.append("two records of one stream")
    said: dict[str, list[set[str]]] = defaultdict(list)
    for entity in entities:
        own: dict[str, set[str]] = defaultdict(set)
        for field, text in guarded.get(entity, ()):
            own[field].add(text)
        for field, texts in own.items():
            said[field].append(texts)
    for field, sides in sorted(said.items()):
        if len(sides) > 1 and len(set[str]().union(*sides)) > 1:
            reasons.append(f"{field} differs")
    if any(not parted.get(entity, frozenset()).isdisjoint(entities) for entity in entities):
        reasons.append("kept apart")
    return ", ".join(reasons)


def _groups(sets: Iterable[set[UUID]]) -> list[set[UUID]]:
    """The connected components of overlapping sets."""
    groups: list[set[UUID]] = []
    for each in sets:
        joined = set(each)
        apart = []
        for group in groups:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        groups = [*apart, joined]
    return groups


def _assigned(
    arrivals: Sequence[Arrival],
    groups: Sequence[set[UUID]],
    shared: Mapping[IdentityValue, set[UUID]],
    disabled: Mapping[IdentityValue, str],
) -> Assignments:
    new = {each.entity for each in arrivals if each.newcomer}
    becomes: dict[UUID, UUID] = {}
    shown: dict[UUID, str] = {}
    for group in groups:
        stays = min(group - new or group)
        becomes |= dict.fromkeys(group - {stays}, stays)
        key = min(each.key for each in arrivals if each.entity in group)
        shown |= dict.fromkeys(group, key)
    return Assignments(
        joins={
            each.key: becomes[each.entity] for each in arrivals if each.newcomer and each.entity in becomes
        },
        merges={old: (stays, shown[old]) for old, stays in sorted(becomes.items()) if old not in new},
        refusals=[
            Refusal(
                key=each.key,
                value=value,
                entity=each.entity,
                other=min(shared[value] - {each.entity}),
                why=disabled[value],
            )
            for each in arrivals
            for value in sorted(each.values)
            if value in disabled
        ],
    )
