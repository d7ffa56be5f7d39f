"""Does each policy fit the entity that it decides on, and the sources that feed it?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.flow.feeds import feeds_of, no_entity
from engine.flow.loading import Loaded
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy, Strategy
from engine.records import Feed
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import near

CODES = {
    "unknown-source": "The project has no source of this name.",
    "missing-policy": "Several sources feed an entity, and no policy says whose value counts.",
    "missing-strategy": "A policy leaves open how a field is decided.",
    "latest-without-version": "`latest` needs a timestamp version on every stream that feeds the field.",
}


def check_policies(loaded: Loaded) -> Iterator[Problem]:
    """Policies against the entity that they are of and the sources that feed it."""
    feeds: dict[str, list[Feed]] = {}
    for each in feeds_of(loaded):
        feeds.setdefault(each.entity, []).append(each)
    for name, document in loaded.policies.items():
        entity = loaded.entities.get(name)
        if entity is None:
            yield document.problem(("policy",), "unknown-entity", no_entity(loaded, name))
        elif document.draft is not None:
            yield from _check_policy(loaded, document, document.draft, entity, feeds.get(name, []))
    for name, fed in feeds.items():
        sources = sorted({each.stream.source for each in fed})
        if loaded.project is not None and len(sources) > 1 and name not in loaded.policies:
            said = (
                f"{', '.join(sources)} feed '{name}': say in mappings/policies/{name}.yaml whose value "
                f"counts, as default: {{prefer: [{', '.join(sources)}]}}"
            )
            yield loaded.project.key_problem(("sources", sources[-1]), "missing-policy", said)


def _check_policy(
    loaded: Loaded, document: Document[Policy], policy: Policy, entity: Document[Entity], feeds: list[Feed]
) -> Iterator[Problem]:
    fields = entity.names("fields")
    named: list[tuple[Path, str]] = [(("fields", name), name) for name in document.names("fields")]
    named += [
        (("groups", group, index), name)
        for group, names in policy.groups.items()
        for index, name in enumerate(names)
    ]
    for at, name in named:
        if entity.lacks(name, "fields"):
            said = f"entity '{policy.policy}' has no field '{name}'{near(name, fields)}"
            yield document.key_problem(at, "unknown-field", said)
    if loaded.project is None:
        return
    for name in policy.on_source_delete:
        yield from _check_source(loaded, document, ("on_source_delete", name), name)
    strategies: list[tuple[Path, Strategy, frozenset[str]]] = [
        (("fields", name), each, frozenset({name})) for name, each in policy.fields.items()
    ]
    if policy.default is not None:
        strategies.append((("default",), policy.default, fields - document.names("fields")))
    elif len({each.stream.source for each in feeds}) > 1:
        fed = {name for each in feeds for name in loaded.mappings[each.mapping].names("fields")}
        for name in sorted((fed & fields) - document.names("fields")):
            said = f"nothing says whose '{name}' counts: name it, or write a default"
            yield document.problem(("policy",), "missing-strategy", said)
    for where, strategy, decided in strategies:
        yield from _check_strategy(loaded, document, where, strategy, decided, feeds)


def _check_strategy(
    loaded: Loaded,
    document: Document[Policy],
    at: Path,
    strategy: Strategy,
    fields: frozenset[str],
    feeds: list[Feed],
) -> Iterator[Problem]:
    for index, name in enumerate(strategy.prefer):
        yield from _check_source(loaded, document, (*at, "prefer", index), name)
    key = "latest" if strategy.latest else "then" if strategy.then == "latest" else None
    if key is None:
        return
    for feed in feeds:
        spoken = fields & loaded.mappings[feed.mapping].names("fields")
        if spoken and _version_type(loaded, feed) not in {"timestamp", None}:
            said = (
                f"'{key}' needs a timestamp version, which stream {feed.stream} lacks; it feeds {min(spoken)}"
            )
            yield document.problem((*at, key), "latest-without-version", said)


def _version_type(loaded: Loaded, feed: Feed) -> str | None:
    """The type of the version of the stream of a feed, ``none`` without one; None where it is unknown."""
    mapping = loaded.mappings[feed.mapping].draft
    spec = loaded.connectors.get(mapping.from_.partition(".")[0]) if mapping else None
    if spec is None or spec.draft is None or feed.stream.stream not in spec.draft.streams:
        return None
    version = spec.draft.stream(feed.stream.stream).version
    return "none" if version is None else version.type


def _check_source(loaded: Loaded, document: Document[Policy], at: Path, text: str) -> Iterator[Problem]:
    """A source, or ``source.stream``."""
    project = loaded.project
    source, dot, stream = text.partition(".")
    known = project.names("sources") if project is not None else frozenset()
    if project is not None and project.lacks(source, "sources"):
        said = f"there is no source '{source}'{near(source, known)}"
        yield document.problem(at, "unknown-source", said)
        return
    installed = project.draft.sources.get(source) if project and project.draft else None  # type: ignore[call-overload]
    connector = loaded.connectors.get(installed.connector) if installed else None
    if dot and connector is not None and connector.lacks(stream, "streams"):
        said = f"source '{source}' has no stream '{stream}'{near(stream, connector.names('streams'))}"
        yield document.problem(at, "unknown-stream", said, len(source) + 1)
