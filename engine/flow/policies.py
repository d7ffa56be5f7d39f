"""Do the policies decide what the sources say?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.flow.feeds import blind, feeds_of, timed_streams
from engine.flow.loading import Loaded
from engine.flow.wholes import readings
from engine.mapping.check_policy import check_policy
from engine.mapping.policy import Policy
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.spec.document import Document

CODES = {
    "policy-missing": "Several sources feed an entity, and no policy says whose value counts.",
    "strategy-missing": "A policy leaves open how a field of several sources is decided.",
}


def check_policies(loaded: Loaded, *, sure: bool) -> Iterator[Problem]:
    """
    Policies against the entity that they are of and the sources that feed it.

    Not ``sure``: who feeds what cannot be said while other files have problems; names are checked alone.
    """
    feeds = feeds_of(loaded)
    timed = timed_streams(loaded, feeds)
    by_entity: dict[str, set[str]] = {}
    for each in feeds:
        by_entity.setdefault(each.entity, set()).add(each.stream.source)
    if loaded.project is None:
        return
    for name, document in loaded.policies.items():
        entity = loaded.entities.get(name)
        given = feeds if sure else list(_conceivable(loaded, document, name))
        known = timed if sure else {each.stream for each in given}
        yield from check_policy(
            document,
            entity,
            feeds=given,
            timed=known,
            readings=readings(loaded, given) if sure else None,
            told={mapping: rules.names("fields") for mapping, rules in loaded.mappings.items()},
            entities=loaded.offered[1],
        )
    if not sure:
        return
    for name, fed in sorted(by_entity.items()):
        if len(fed) < 2:
            continue
        sources = sorted(fed)
        if name in loaded.policies:
            yield from _undecided(loaded, loaded.policies[name], feeds)
        else:
            said = (
                f"{', '.join(sources)} feed '{name}': say in mappings/policies/{name}.yaml whose value "
                f"counts, as default: {{prefer: [{', '.join(sources)}]}}"
            )
            yield loaded.project.key_problem(("sources", sources[-1]), "policy-missing", said)


def _conceivable(loaded: Loaded, policy: Document[Policy], entity: str) -> Iterator[Feed]:
    """Every stream of every source, as if it fed the entity; of broken connectors those that are named."""
    streams = {stream for each in loaded.connectors.values() for stream in each.names("streams")}
    if blind(loaded) and policy.draft is not None:
        strategies = [*policy.draft.fields.values(), *filter(None, [policy.draft.default])]
        streams |= {name.partition(".")[2] for each in strategies for name in each.prefer}
    for source in loaded.project.names("sources") if loaded.project else ():
        for stream in {"", *streams}:
            yield Feed(mapping="", stream=StreamName(source=source, stream=stream), entity=entity)


def _undecided(loaded: Loaded, document: Document[Policy], feeds: list[Feed]) -> Iterator[Problem]:
    """Fields that several sources say and no strategy decides."""
    policy = document.draft
    if policy is None or policy.default is not None or "default" in document.names():
        return
    said_by: dict[str, set[str]] = {}
    for feed in feeds:
        if feed.entity == policy.policy:
            for field in loaded.mappings[feed.mapping].names("fields"):
                said_by.setdefault(field, set()).add(feed.stream.source)
    for field, sources in sorted(said_by.items()):
        if len(sources) > 1 and field not in document.names("fields"):
            said = f"{', '.join(sorted(sources))} say '{field}': name it, or write a default"
            yield document.key_problem(("policy",), "strategy-missing", said)
