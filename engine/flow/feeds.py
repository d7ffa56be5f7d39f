"""Which stream feeds which entity, and do all the files between them know each other?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.errors import Problem
from engine.fetch.connector import Connector
from engine.flow.listed_by import check_lists, listed_by, stream_of
from engine.flow.loading import Loaded
from engine.flow.wholes import reads_whole
from engine.mapping.check import check_entity, check_mapping
from engine.mapping.check_refs import KeyTexts
from engine.mapping.contract_cases import FOLDER
from engine.mapping.entity import Entity
from engine.mapping.lines import check_lines
from engine.mapping.policy import Policy
from engine.mapping.rates import Rates
from engine.mapping.rules import IdentityRef, MappingFile
from engine.mapping.units import Units
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.spec.document import Document
from engine.spec.say import near
from engine.spec.values import Name

CODES = {
    "no-partition": "A rule reads the partition of a stream that has no for_each.",
    "reserved-name": "A name that the engine keeps for itself.",
    "unknown-mapping": "A test stands beside no mapping.",
    "wrong-file-name": "A file is not called what the name in it says.",
    "wrong-folder": "A mapping stands in the folder of another connector.",
}


def check_names(loaded: Loaded) -> Iterator[Problem]:
    """Each file is called what it says; connectors do not take the names of our folders."""
    parts: tuple[tuple[str, Mapping[str, Document[Connector] | Document[Entity] | Document[Policy]]], ...] = (
        ("connector", dict(loaded.connectors)),
        ("entity", dict(loaded.entities)),
        ("policy", dict(loaded.policies)),
    )
    for key, documents in parts:
        for name, document in documents.items():
            said = document.data.get(key) if isinstance(document.data, Mapping) else None
            if isinstance(said, str) and said != name:
                message = f"this file is called {name}.yaml: the name in it has to be '{name}'"
                yield document.problem((key,), "wrong-file-name", message)
    for name in ("entities", "policies"):
        if name in loaded.connectors:
            message = f"mappings/{name}/ is not for mappings: choose another name"
            yield loaded.connectors[name].problem(("connector",), "reserved-name", message)
    for name, tests in loaded.tests.items():
        folder, _, entity = name.partition("/")
        if folder == FOLDER:
            if entity not in loaded.entities:
                message = f"there is no entity '{entity}' in this project{near(entity, loaded.entities)}"
                yield tests.problem((), "entity-missing", message)
        elif name not in loaded.mappings:
            message = f"there is no mapping '{name}'{near(name, loaded.mappings)}"
            yield tests.problem((), "unknown-mapping", message)


def check_entities(loaded: Loaded, units: Callable[[], Units]) -> Iterator[Problem]:
    """Contracts against the units and one another."""
    for document in loaded.entities.values():
        yield from check_entity(document, units=units, entities=loaded.offered[1])
        yield from check_lines(document, loaded.entities)


def check_mappings(
    loaded: Loaded, units: Callable[[], Units], rates: Callable[[], Rates]
) -> Iterator[Problem]:
    """Mappings against their stream, their entity, the units, the rates and the tables."""
    streams, fed = streams_of(loaded), fed_by(loaded)
    unsure = blind(loaded)
    contracts = dict.fromkeys(loaded.offered[1]) | {
        name: document.draft for name, document in loaded.entities.items()
    }
    for name, document in loaded.mappings.items():
        mapping = document.draft
        if mapping is None:
            continue
        entity = loaded.entities.get(mapping.to)
        yield from check_mapping(
            document,
            entity,
            units=units,
            tables=loaded.tables,
            rates=rates,
            entities=loaded.offered[1],
            contracts=contracts,
            streams=None if unsure else streams,
            fed=fed,
        )
        connector = mapping.from_.partition(".")[0]
        if mapping.from_ in streams and connector != name.partition("/")[0]:
            said = f"this mapping reads '{connector}': it belongs in mappings/{connector}/"
            yield document.problem(("from",), "wrong-folder", said)
        yield from _partitions(loaded, document, mapping)
        yield from _patches(loaded, document, mapping)
        yield from check_lists(loaded, document, mapping)


def blind(loaded: Loaded) -> bool:
    """Whether the streams of some connector are not known, because its file cannot be read."""
    return any(each.problems and not each.names("streams") for each in loaded.connectors.values())


def _patches(loaded: Loaded, document: Document[MappingFile], mapping: MappingFile) -> Iterator[Problem]:
    """What cannot be made of patches."""
    if not partial(loaded, mapping.from_):
        return
    for key, why in (
        ("each", "whether a list in one is all there is, or what was added, cannot be told"),
        ("key", "one may leave out which thing it is about"),
    ):
        if getattr(mapping, key) is not None:
            said = f"'{key}' over a stream of patches is not built: {why}"
            yield document.key_problem((key,), "not-built", said)
            break


def partial(loaded: Loaded, name: str) -> bool:
    """Whether the records of ``connector.stream`` are patches."""
    stream = stream_of(loaded, name)
    return stream is not None and stream.partial


def _partitions(loaded: Loaded, document: Document[MappingFile], mapping: MappingFile) -> Iterator[Problem]:
    """``of: partition`` needs a stream with ``for_each``."""
    connector, _, stream = mapping.from_.partition(".")
    spec = loaded.connectors.get(connector)
    if spec is None or spec.draft is None or Name(stream) not in spec.draft.streams:
        return
    if spec.draft.stream(stream).for_each:
        return
    for below, root in mapping.reads():
        if root == "partition":
            said = f"stream '{stream}' has no for_each, so there is no partition"
            yield document.problem((*below, "of"), "no-partition", said)


def streams_of(loaded: Loaded) -> frozenset[str]:
    """Every ``connector.stream``."""
    return frozenset(
        f"{name}.{stream}"
        for name, document in loaded.connectors.items()
        for stream in document.names("streams")
    )


def fed_by(loaded: Loaded) -> dict[str, dict[str, set[KeyTexts]]]:
    """The streams that feed each entity, by the mappings that are here, with the parts of their keys."""
    fed: dict[str, dict[str, set[KeyTexts]]] = {}
    for document in loaded.mappings.values():
        data = document.data if isinstance(document.data, Mapping) else {}
        stream, entity = data.get("from"), data.get("to")
        if isinstance(stream, str) and isinstance(entity, str):
            keys = fed.setdefault(entity, {}).setdefault(stream, set())
            if document.draft is not None:
                keys |= _key_texts(loaded, document.draft)
    return fed


def _key_texts(loaded: Loaded, mapping: MappingFile) -> set[KeyTexts]:
    """The parts of the keys that a mapping makes; nothing where they cannot be known."""
    own = tuple(part.value.text for part in mapping.key_parts)
    if own and not mapping.levels:
        return {own}
    connector, _, stream = mapping.from_.partition(".")
    spec = loaded.connectors.get(connector)
    if spec is None or spec.draft is None or Name(stream) not in spec.draft.streams:
        return set()
    records = tuple(part.value.text for part in spec.draft.stream(stream).key)
    return {(*records, *own)} if records else set()


def timed_streams(loaded: Loaded, feeds: list[Feed]) -> frozenset[StreamName]:
    """The streams among those that feed something whose records have a timestamp version."""
    found = set()
    for feed in feeds:
        mapping = loaded.mappings[feed.mapping].draft
        spec = loaded.connectors.get(mapping.from_.partition(".")[0]) if mapping else None
        if spec is None or spec.draft is None or Name(feed.stream.stream) not in spec.draft.streams:
            continue
        version = spec.draft.stream(feed.stream.stream).version
        if version is not None and version.type == "timestamp":
            found.add(feed.stream)
    return frozenset(found)


def feeds_of(loaded: Loaded) -> list[Feed]:
    """Every mapping applied to every installed source that syncs its stream, in order."""
    found = []
    sources = loaded.project.draft.sources if loaded.project and loaded.project.draft else {}
    for source in sources:
        for name, document in loaded.mappings.items():
            mapping = document.draft
            stream = None if mapping is None else _installed(loaded, source, mapping.from_)
            if mapping is None or stream is None:
                continue
            refs = {
                field: StreamName(source=source, stream=rule.ref.partition(".")[2])
                for field, rule in mapping.fields.items()
                if isinstance(rule.ref, str)
            }
            by_identity = _by_identity(loaded, mapping)
            keyed = mapping.key is not None and mapping.each is None
            found.append(
                Feed(
                    mapping=name,
                    stream=stream,
                    entity=mapping.to,
                    refs=refs,
                    by_identity=by_identity,
                    scopes=_scopes(loaded, source, by_identity),
                    links=_links(loaded, mapping),
                    opens=mapping.each is not None,
                    keyed=keyed,
                    partial=partial(loaded, mapping.from_),
                    confirms=not keyed and reads_whole(loaded, mapping.from_),
                    listed_by=listed_by(loaded, mapping, source),
                )
            )
    return found


def _installed(loaded: Loaded, source: str, name: str) -> StreamName | None:
    """A source's stream, where it has the connector of ``connector.stream`` and syncs it."""
    installed = (
        loaded.project.draft.sources[Name(source)] if loaded.project and loaded.project.draft else None
    )
    connector, _, stream = name.partition(".")
    if installed is None or connector != installed.connector:
        return None
    syncs = installed.streams is None or stream in installed.streams
    return StreamName(source=source, stream=stream) if syncs else None


def feeding(loaded: Loaded, name: str, entity: str) -> list[StreamName]:
    """``connector.stream`` of every source that brings it into an entity."""
    drafts = [document.draft for document in loaded.mappings.values()]
    if not any(each.from_ == name and each.to == entity for each in drafts if each is not None):
        return []
    sources = loaded.project.draft.sources if loaded.project and loaded.project.draft else {}
    return [stream for source in sources if (stream := _installed(loaded, source, name)) is not None]


def _links(loaded: Loaded, mapping: MappingFile) -> dict[str, StreamName]:
    """Where the links of a mapping lead: nowhere while no source, or more than one, brings the stream."""
    found = {link.to: feeding(loaded, link.to, mapping.to) for link in mapping.links}
    return {to: streams[0] for to, streams in found.items() if len(streams) == 1}


def _by_identity(loaded: Loaded, mapping: MappingFile) -> dict[str, tuple[str, int]]:
    """Fields that refer by an identity key: the entity, and which of its keys."""
    found = {}
    for field, rule in mapping.fields.items():
        contract = loaded.entities.get(rule.ref.entity) if isinstance(rule.ref, IdentityRef) else None
        if isinstance(rule.ref, IdentityRef) and contract is not None and contract.draft is not None:
            names = [each.name for each in contract.draft.identity]
            if rule.ref.by in names:
                found[field] = (str(rule.ref.entity), names.index(rule.ref.by))
    return found


def _scopes(loaded: Loaded, source: str, by_identity: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    """Of the fields that refer by an identity key with scopes: the one that the source stands in."""
    found: dict[str, str] = {}
    for field, (entity, kind) in by_identity.items():
        policy = loaded.policies[entity].draft if entity in loaded.policies else None
        contract = loaded.entities[entity].draft
        if policy is not None and contract is not None:
            scope = policy.scope(contract.identity[kind].name, source)
            found |= {} if scope is None else {field: scope}
    return found
