"""What is wrong between a policy, its contract, and the streams that feed the entity?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from engine.errors import Problem
from engine.mapping.check_ages import age_problems
from engine.mapping.check_scopes import scope_problems
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy, Strategy
from engine.mapping.types import Field
from engine.mapping.types.list import List
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import near
from engine.spec.values import Duration

_SHOWN: Final = 5
"""Names of fields in one message."""


def check_policy(
    document: Document[Policy],
    entity: Document[Entity] | None,
    *,
    feeds: Iterable[Feed],
    timed: Collection[StreamName],
    readings: Mapping[StreamName, str | Duration | None] | None = None,
    told: Mapping[str, Collection[str]] | None = None,
    entities: Collection[str] = (),
) -> list[Problem]:
    """
    Hold a policy against its entity, and the sources it names against the entity's ``feeds``.

    ``readings``: how often each stream is read whole (None: by every run), or why it is not.
    ``told``: the fields that each mapping has a rule for; of a mapping that is not in it, every field.
    """
    draft = document.draft
    if draft is None:
        return []
    if entity is None:
        said = f"there is no entity {str(draft.policy)!r}{near(draft.policy, entities)}"
        return [document.problem(("policy",), "entity-missing", said)]
    known = entity.names("fields")
    every = list(feeds)
    own = [feed for feed in every if feed.entity == draft.policy]
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
    problems += _guard_problems(document, entity, joined=any(feed.links for feed in own))
    sources = {feed.stream.source for feed in own}
    for source in draft.on_source_delete:
        if source not in sources:
            said = f"{source!r} is not a source of this entity{near(source, sources)}"
            problems.append(document.key_problem(("on_source_delete", source), "unknown-source", said))
    problems += _kept_problems(document, entity, own)
    if told is not None:
        problems += scope_problems(document, entity, every, told)
    kinds = {} if entity.draft is None else entity.draft.types
    rest = {name: kind for name, kind in kinds.items() if name not in document.names("fields")}
    decided: list[tuple[Path, Strategy, Mapping[str, Field]]] = [
        (("fields", name), strategy, {name: kinds[name]} if name in kinds else {})
        for name, strategy in draft.fields.items()
    ]
    if draft.default is not None:
        decided.append((("default",), draft.default, rest))
    for path, strategy, fields in decided:
        problems += _source_problems(document, path, strategy, {feed.stream for feed in own})
        problems += _type_problems(document, path, strategy, fields)
        says = [
            feed
            for feed in own
            if told is None or feed.mapping not in told or fields.keys() & set(told[feed.mapping])
        ]
        lacking = {feed.stream for feed in says}.difference(timed)
        problems += _version_problems(document, path, strategy, lacking)
        problems += age_problems(document, path, strategy, says, readings or {})
    return problems


def _guard_problems(
    document: Document[Policy], entity: Document[Entity], *, joined: bool
) -> Iterable[Problem]:
    """Guards against the fields of their entity, and whether anything is ever ``joined``."""
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
    if policy.guards and not entity.names("identity") and not contract.identity and not joined:
        said = f"entity {str(policy.policy)!r} has no identity keys and no links: nothing is ever joined"
        yield document.key_problem(("guards",), "wrong-guard", said)


def _kept_problems(
    document: Document[Policy], entity: Document[Entity], own: Sequence[Feed]
) -> Iterable[Problem]:
    """What is kept of a deleted record is for somebody who is there."""
    policy, contract = document.draft, entity.draft
    if policy is None or contract is None:
        return
    for source, does in policy.on_source_delete.items():
        theirs = [feed for feed in own if feed.stream.source == source]
        said = ""
        if theirs and all(feed.keyed and not feed.opens for feed in theirs):
            names = ", ".join(sorted(feed.mapping for feed in theirs))
            said = f"its records end nothing: {names} has a key of its own"
        elif len(own) == 1 and not contract.identity:
            said = f"nobody else says anything of {str(policy.policy)!r}, which ends with its record"
        if does == "keep_until_replaced" and said:
            at = ("on_source_delete", source)
            yield document.problem(at, "nothing-kept", f"nothing is ever kept of {source!r}: {said}")


def _source_problems(
    document: Document[Policy], path: Path, strategy: Strategy, streams: Collection[StreamName]
) -> Iterable[Problem]:
    """``prefer`` names what feeds the entity."""
    known = {stream.source for stream in streams} | {str(stream) for stream in streams if stream.stream}
    for index, name in enumerate(strategy.prefer):
        if name not in known:
            said = f"{name!r} is not a source of this entity{near(name, known)}"
            yield document.problem((*path, "prefer", index), "unknown-source", said)


def _type_problems(
    document: Document[Policy], path: Path, strategy: Strategy, fields: Mapping[str, Field]
) -> Iterable[Problem]:
    """``max`` and ``min`` decide fields of an order, ``union`` lists."""
    for way in ("max", "min"):
        if way in strategy.ways:
            reasons: dict[str, list[str]] = {}
            for name, kind in fields.items():
                why = kind.unordered()
                if why:
                    reasons.setdefault(why, []).append(name)
            key = way if strategy.way == way else "then"
            for why, names in reasons.items():
                said = f"{way} cannot decide {_listed(names)}: {why}"
                yield document.problem((*path, key), "unordered-field", said)
    if strategy.union:
        others = [name for name, kind in fields.items() if not isinstance(kind, List)]
        if others:
            said = f"union cannot decide {_listed(others)}: it is for lists"
            yield document.problem((*path, "union"), "not-united", said)


def _listed(names: Sequence[str]) -> str:
    """Some fields, the first of them by name."""
    shown = [repr(name) for name in names][:_SHOWN]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _version_problems(
    document: Document[Policy], path: Path, strategy: Strategy, lacking: Collection[StreamName]
) -> Iterable[Problem]:
    """``latest`` and ``earliest`` need to know when."""
    codes = {"latest": "latest-without-version", "earliest": "earliest-without-version"}
    for way, code in codes.items():
        if way in strategy.ways and lacking:
            key = way if strategy.way == way else "then"
            streams = ", ".join(sorted(map(str, lacking)))
            said = f"{way} needs a timestamp version: {streams} has none"
            yield document.problem((*path, key), code, said)
