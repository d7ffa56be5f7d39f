"""Can a policy be meant? Held against its entity, and the sources that feed it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.errors import Problem
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy, Strategy
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import near


def check_policy(
    document: Document[Policy],
    entity: Document[Entity] | None,
    *,
    feeds: Iterable[Feed],
    timed: Collection[StreamName],
    entities: Collection[str] = (),
) -> list[Problem]:
    """Hold a policy against its entity, and the sources it names against the entity's ``feeds``."""
    draft = document.draft
    if draft is None:
        return []
    if entity is None:
        said = f"there is no entity {str(draft.policy)!r}{near(draft.policy, entities)}"
        return [document.problem(("policy",), "entity-missing", said)]
    known = entity.names("fields")
    streams = {feed.stream for feed in feeds if feed.entity == draft.policy}
    problems: list[Problem] = []

    def field_at(path: Path, name: str, *, key: bool) -> None:
        if entity.draft is not None and name not in known:
            said = f"{name!r} is not a field of entity {str(draft.policy)!r}{near(name, known)}"
            point = document.key_problem if key else document.problem
            problems.append(point(path, "unknown-field", said))

    for name in document.names("fields"):
        field_at(("fields", name), name, key=True)
    for group, names in draft.groups.items():
        for index, name in enumerate(names):
            field_at(("groups", group, index), name, key=False)
    problems += _guard_problems(document, entity)
    sources = {stream.source for stream in streams}
    for source in draft.on_source_delete:
        if source not in sources:
            said = f"{source!r} is not a source of this entity{near(source, sources)}"
            problems.append(document.key_problem(("on_source_delete", source), "unknown-source", said))
    for path, strategy in _strategies(draft):
        problems += _strategy_problems(document, path, strategy, streams, timed)
    return problems


def _guard_problems(document: Document[Policy], entity: Document[Entity]) -> Iterable[Problem]:
    """Guards against the fields of their entity, and whether anything is ever joined."""
    policy, contract = document.draft, entity.draft
    if policy is None or contract is None:
        return
    known = entity.names("fields")
    for each in policy.guards:
        at, name = (*each.at, "differ"), each.differ
        kind = contract.types.get(name)
        if name not in known:
            said = f"{str(name)!r} is not a field of entity {str(policy.policy)!r}{near(name, known)}"
            yield document.problem(at, "unknown-field", said)
        elif kind is not None and not kind.keyed:
            said = f"{str(name)!r} is {kind.tag}: equal values of it may differ as text"
            yield document.problem(at, "wrong-guard", said)
    if policy.guards and not entity.names("identity") and not contract.identity:
        said = f"entity {str(policy.policy)!r} has no identity keys: nothing is ever joined"
        yield document.key_problem(("guards",), "wrong-guard", said)


def _strategies(policy: Policy) -> Iterable[tuple[Path, Strategy]]:
    if policy.default is not None:
        yield ("default",), policy.default
    for name, strategy in policy.fields.items():
        yield ("fields", name), strategy


def _strategy_problems(
    document: Document[Policy],
    path: Path,
    strategy: Strategy,
    streams: Collection[StreamName],
    timed: Collection[StreamName],
) -> Iterable[Problem]:
    known = {stream.source for stream in streams} | {str(stream) for stream in streams}
    for index, name in enumerate(strategy.prefer):
        if name not in known:
            said = f"{name!r} is not a source of this entity{near(name, known)}"
            yield document.problem((*path, "prefer", index), "unknown-source", said)
    if strategy.latest or strategy.then == "latest":
        lacking = sorted(str(stream) for stream in streams if stream not in timed)
        if lacking:
            key = "latest" if strategy.latest else "then"
            said = f"latest needs a timestamp version: {', '.join(lacking)} has none"
            yield document.problem((*path, key), "latest-without-version", said)
