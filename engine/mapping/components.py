"""Which records are one, where that takes more than a look? Connected components over identity values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from engine.records.identity import Arrival, Assignments, IdentityValue, StreamId


def resolve(
    arrivals: Sequence[Arrival],
    holders: Mapping[IdentityValue, UUID],
    members: Mapping[UUID, frozenset[StreamId]],
) -> Assignments:
    """
    Assign arrivals to entities.

    ``holders`` says which entity holds a value, ``members`` which streams have a live record in an
    entity, the arrivals' former selves left out. Entities that share a value become one, the oldest
    id that existed before stays. A value that would bring two records of one stream together is
    disabled, and joins nobody; where only a chain of values would, all values of the chain are.
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
    disabled = {value for value, entities in shared.items() if _crowded(entities, streams)}
    open_values = {value: entities for value, entities in shared.items() if value not in disabled}
    for group in _groups(open_values.values()):
        if _crowded(group, streams):
            disabled |= {value for value, entities in open_values.items() if entities & group}
    kept = [entities for value, entities in open_values.items() if value not in disabled]
    return _assigned(ordered, _groups(kept), shared, disabled)


def _crowded(entities: Iterable[UUID], streams: Mapping[UUID, set[StreamId]]) -> bool:
    """Whether two of these entities have a record of one stream."""
    groups = [streams.get(entity, set()) for entity in entities]
    return sum(map(len, groups)) > len(set[StreamId]().union(*groups))


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
    disabled: set[IdentityValue],
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
            (each.key, value, each.entity, min(shared[value] - {each.entity}))
            for each in arrivals
            for value in sorted(each.values)
            if value in disabled
        ],
    )
