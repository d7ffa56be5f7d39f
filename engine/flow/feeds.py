"""Do mappings, streams, entities and policies know each other?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import Problem
from engine.fetch.connector import Connector
from engine.flow.loading import Loaded
from engine.mapping.entity import Entity
from engine.mapping.policy import Policy
from engine.mapping.rules import MappingFile, Rule, roots
from engine.mapping.types.ref import Ref
from engine.records import Feed, StreamName
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import near
from engine.spec.values import Name

CODES = {
    "unknown-entity": "No entity of this name is in the project or in the catalogue.",
    "unknown-field": "The entity has no field of this name.",
    "unknown-mapping": "A test stands beside no mapping.",
    "unknown-reference": "No mapping makes the referenced entity from the stream that a ref names.",
    "no-partition": "A rule reads the partition of a stream that has no for_each.",
    "wrong-folder": "A mapping stands in the folder of another connector.",
    "wrong-file-name": "A file is not called what the name in it says.",
    "reserved-name": "A name that the engine keeps for itself.",
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
        if name not in loaded.mappings:
            message = f"there is no mapping '{name}'{near(name, loaded.mappings)}"
            yield tests.problem((), "unknown-mapping", message)


def check_entities(loaded: Loaded) -> Iterator[Problem]:
    """References between entities."""
    for document in loaded.entities.values():
        for name, each in (document.draft.fields if document.draft else {}).items():
            if isinstance(each, Ref) and each.entity not in loaded.entities:
                at = ("fields", name, "entity")
                yield document.problem(at, "unknown-entity", no_entity(loaded, each.entity))


def check_mappings(loaded: Loaded) -> Iterator[Problem]:
    """The stream that a mapping reads, the entity that it feeds, and what its rules refer to."""
    for name, document in loaded.mappings.items():
        mapping = document.draft
        if mapping is None:
            continue
        connector = mapping.from_.partition(".")[0]
        known = _check_stream(loaded, document, ("from",), mapping.from_)
        yield from known
        if not known and connector != name.partition("/")[0]:
            said = f"this mapping reads '{connector}': it belongs in mappings/{connector}/"
            yield document.problem(("from",), "wrong-folder", said)
        entity = loaded.entities.get(mapping.to)
        if entity is None:
            yield document.problem(("to",), "unknown-entity", no_entity(loaded, mapping.to))
        else:
            for field in sorted(document.names("fields")):
                if not entity.lacks(field, "fields"):
                    continue
                said = f"entity '{mapping.to}' has no field '{field}'{near(field, entity.names('fields'))}"
                yield document.key_problem(("fields", field), "unknown-field", said)
        for field, rule in mapping.fields.items():
            yield from _check_rule(loaded, document, entity, field, rule)


def no_entity(loaded: Loaded, name: str) -> str:
    """Say that there is none of this name."""
    return f"there is no entity '{name}'{near(name, loaded.offered[1])}"


def _check_stream(loaded: Loaded, document: Document[MappingFile], at: Path, text: str) -> list[Problem]:
    """What is wrong with a text that names a stream, ``connector.stream``."""
    connector, _, stream = text.partition(".")
    spec = loaded.connectors.get(connector)
    if spec is None:
        said = f"there is no connector '{connector}'{near(connector, loaded.offered[0])}"
        return [document.problem(at, "unknown-connector", said)]
    if spec.lacks(stream, "streams"):
        said = f"connector '{connector}' has no stream '{stream}'{near(stream, spec.names('streams'))}"
        return [document.problem(at, "unknown-stream", said, len(connector) + 1)]
    return []


def _check_rule(
    loaded: Loaded, document: Document[MappingFile], entity: Document[Entity] | None, field: str, rule: Rule
) -> Iterator[Problem]:
    mapping = document.draft
    connector, _, stream = mapping.from_.partition(".") if mapping else ("", "", "")
    spec = loaded.connectors.get(connector)
    keys = spec.draft.streams.get(Name(stream)) if spec and spec.draft else None
    if spec and spec.draft and keys is not None and not spec.draft.stream(stream).for_each:
        for below, root in roots(rule):
            if root == "partition":
                said = f"stream '{stream}' has no for_each, so there is no partition"
                yield document.problem(("fields", field, *below, "of"), "no-partition", said)
    if not isinstance(rule.ref, str):
        return
    at = ("fields", field, "ref")
    unknown = _check_stream(loaded, document, at, rule.ref)
    yield from unknown
    wanted = entity.draft.fields.get(field) if entity and entity.draft else None
    if unknown or not isinstance(wanted, Ref):
        return
    made = [
        each.data.get("to")
        for each in loaded.mappings.values()
        if isinstance(each.data, Mapping) and each.data.get("from") == rule.ref
    ]
    if wanted.entity not in made:
        said = f"no mapping makes a {wanted.entity} from {rule.ref}"
        yield document.problem(at, "unknown-reference", said)


def feeds_of(loaded: Loaded) -> list[Feed]:
    """Every mapping applied to every installed source that syncs its stream, in order."""
    found = []
    sources = loaded.project.draft.sources if loaded.project and loaded.project.draft else {}
    for source, installed in sources.items():
        for name, document in loaded.mappings.items():
            mapping = document.draft
            connector, _, stream = mapping.from_.partition(".") if mapping else ("", "", "")
            if mapping is None or connector != installed.connector:
                continue
            if installed.streams is not None and stream not in installed.streams:
                continue
            refs = {
                field: StreamName(source=source, stream=rule.ref.partition(".")[2])
                for field, rule in mapping.fields.items()
                if isinstance(rule.ref, str)
            }
            found.append(
                Feed(
                    mapping=name,
                    stream=StreamName(source=source, stream=stream),
                    entity=mapping.to,
                    refs=refs,
                    opens=mapping.each is not None,
                )
            )
    return found
