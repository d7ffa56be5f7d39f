"""What does the store have to know of an entity? Its contract, policy and feeds, compiled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from engine.mapping.entity import MOST_FIELDS, Entity
from engine.mapping.policy import Policy, Strategy
from engine.mapping.types.enum import Enum
from engine.mapping.types.ref import Ref
from engine.records.received import StreamName
from engine.records.shapes import EntityShape, Feed, FieldShape, Over, Preference, Unique
from engine.spec.meaning import fingerprint, meaning
from engine.spec.values import Duration


def entity_shape(
    entity: Entity,
    policy: Policy | None,
    feeds: Iterable[Feed],
    timed: Collection[StreamName] = (),
    former: EntityShape | None = None,
) -> EntityShape:
    """
    Compile an entity without problems; ``timed`` are the streams with a timestamp version.

    ``former`` is the shape that is stored: fields keep the bits that they have in its masks, wherever they
    stand in the file, and streams that links lead to their kinds. What is new takes what is free.
    """
    ordered = tuple(sorted(feeds, key=lambda feed: (feed.mapping, str(feed.stream))))
    bits = {} if former is None else {each.name: each.bit for each in former.fields}
    kept = {name: bit for name, bit in bits.items() if name in entity.fields}
    free = (bit for bit in range(MOST_FIELDS) if bit not in bits.values())
    kept |= {name: next(free) for name in entity.fields if name not in kept}
    fields = tuple(
        FieldShape(
            name=name,
            bit=kept[name],
            columns=kind.columns(name),
            type=kind.tag or "",
            pii=kind.pii,
            refers_to=str(kind.entity) if isinstance(kind, Ref) else None,
            words=kind.values if isinstance(kind, Enum) else (),
            awaited=isinstance(kind, Ref) and kind.required,
        )
        for name, kind in entity.types.items()
    )
    linked = () if former is None else former.links
    added = {to for feed in ordered for to in feed.links.values()}.difference(linked)
    always = all(feed.stream in timed for feed in ordered)
    chosen = policy or Policy(policy=entity.entity)
    return EntityShape(
        name=str(entity.entity),
        fields=fields,
        identity=tuple(str(key.name) for key in entity.identity),
        preferences=_preferences(fields, chosen, always=always),
        groups=tuple(_mask(fields, names) for _, names in sorted(chosen.groups.items())),
        feeds=ordered,
        history=entity.history is not False,
        history_for=int(entity.history.seconds) if isinstance(entity.history, Duration) else None,
        end_entity=_sources(chosen, "end_entity"),
        keeps=_sources(chosen, "keep_until_replaced"),
        guards=tuple(str(each.differ) for each in chosen.guards),
        scopes={
            str(key): {str(source): str(name) for name, sources in scopes.items() for source in sources}
            for key, scopes in chosen.scopes.items()
        },
        links=(*linked, *sorted(added, key=str)),
        unique=tuple(
            Unique(name=str(each.name), fields=each.unique) for each in entity.constraints if each.unique
        ),
        over=tuple(
            Over(
                name=str(each.name),
                lines=str(each.over.lines),
                by=str(each.over.by),
                meaning=fingerprint(meaning(each)),
            )
            for each in entity.constraints
            if each.over
        ),
        fingerprint=fingerprint(
            meaning(entity),
            None if policy is None else meaning(policy),
            # That ties go to the latest is said by the streams: one more of them may change every row.
            *(["latest"] if always and len(ordered) > 1 and _open(fields, chosen) else []),
            # An engine that did not withhold rows made them from the same contract.
            *(["awaited"] if any(each.awaited for each in fields) else []),
        ),
    )


def _preferences(fields: Sequence[FieldShape], policy: Policy, *, always: bool) -> tuple[Preference, ...]:
    """Fields by their strategy, in the order of the first field of each."""
    masks: dict[tuple[tuple[str, ...], tuple[str, ...], bool, int | None, int], int] = {}
    for each in fields:
        strategy = policy.strategy(each.name) or Strategy()
        ways = (*strategy.ways, *(["latest"] if always and _tied(strategy) else []))
        alone = each.bit if {"max", "min"}.intersection(ways) else -1  # each has an order of its own
        age = None if strategy.max_age is None else int(strategy.max_age.seconds)
        decided = (strategy.prefer, ways, strategy.union, age, alone)
        masks[decided] = masks.get(decided, 0) | 1 << each.bit
    return tuple(
        Preference(mask=mask, prefer=prefer, ways=ways, union=union, max_age=age)
        for (prefer, ways, union, age, _), mask in masks.items()
    )


def _sources(policy: Policy, effect: str) -> frozenset[str]:
    """Sources whose deletes have this effect."""
    return frozenset(source for source, does in policy.on_source_delete.items() if does == effect)


def _tied(strategy: Strategy) -> bool:
    """Whether it leaves open what breaks its ties."""
    return strategy.then is None and strategy.way not in {"latest", "earliest", "union"}


def _open(fields: Sequence[FieldShape], policy: Policy) -> bool:
    return any(_tied(policy.strategy(each.name) or Strategy()) for each in fields)


def _mask(fields: Sequence[FieldShape], names: Sequence[str]) -> int:
    return sum(1 << each.bit for each in fields if each.name in names)
