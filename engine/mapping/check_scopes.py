"""Do the scopes of identity keys name every source that says, or refers by, such a key?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from engine.errors import Problem
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy
from engine.records.shapes import Feed
from engine.spec.document import Document
from engine.spec.say import near


def scope_problems(
    document: Document[Policy],
    entity: Document[Entity],
    feeds: Iterable[Feed],
    told: Mapping[str, Collection[str]],
) -> Iterable[Problem]:
    """``feeds`` are those of every entity; ``told`` the fields that each mapping has a rule for."""
    policy, contract = document.draft, entity.draft
    if policy is None or contract is None:
        return
    keys = {str(key.name): (kind, key) for kind, key in enumerate(contract.identity)}
    every = list(feeds)
    for name, scopes in policy.scopes.items():
        if name not in keys:
            known = near(name, keys) if keys else ": it has none"
            said = f"entity {str(policy.policy)!r} has no identity key {str(name)!r}{known}"
            yield document.key_problem(("scopes", name), "unknown-identity", said)
            continue
        kind, key = keys[str(name)]
        says = {
            feed.stream.source
            for feed in every
            if feed.entity == policy.policy and set(key.on) <= set(told.get(feed.mapping, ()))
        }
        target = (str(policy.policy), kind)
        refers = {feed.stream.source for feed in every if target in feed.by_identity.values()}
        named = {str(source) for sources in scopes.values() for source in sources}
        fed = {feed.stream.source for feed in every if feed.entity == policy.policy}
        for scope, sources in scopes.items():
            for index, source in enumerate(sources):
                if source not in fed | refers:
                    said = f"{str(source)!r} is not a source of this entity{near(source, fed)}"
                    yield document.problem(("scopes", name, scope, index), "unknown-source", said)
        for each in sorted((says | refers) - named):
            does = "says" if each in says else "refers by"
            said = f"source {each!r} {does} {str(name)!r} and stands in no scope of it"
            yield document.key_problem(("scopes", name), "scope-missing", said)
