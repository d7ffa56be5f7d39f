"""Does a ref point at something? Its stream, or its entity, held against the other files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from engine.errors import Problem
from engine.mapping.rules import MappingFile, Rule
from engine.mapping.types.ref import Ref
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import near

KeyTexts = tuple[str, ...]
"""The parts of a key, as a file writes them."""


def ref_problems(
    document: Document[MappingFile],
    name: str,
    rule: Rule,
    kind: Ref,
    streams: Collection[str] | None,
    fed: Mapping[str, Mapping[str, Collection[KeyTexts]]] | None,
) -> Iterable[Problem]:
    """What is wrong with the ``ref`` of one rule; ``streams`` and ``fed`` as ``check_mapping`` has them."""
    at: Path = ("fields", name, "ref")
    if not isinstance(rule.ref, str):
        if (
            rule.ref is not None
            and fed is not None
            and rule.ref.entity == kind.entity
            and not fed.get(kind.entity)
        ):
            said = f"no mapping brings anything into entity {str(kind.entity)!r}"
            yield document.problem(at, "feed-missing", said)
        return
    own = document.draft.from_.partition(".")[0] if document.draft else ""
    if streams is not None and rule.ref not in streams:
        said = f"there is no stream {rule.ref!r}{near(rule.ref, streams)}"
        yield document.problem(at, "unknown-stream", said)
    elif rule.ref.partition(".")[0] != own:
        said = (
            f"{rule.ref!r} is of another connector, this source does not know its keys: "
            f"write {{entity: {kind.entity}, by: KEY}} with an identity key of {str(kind.entity)!r}"
        )
        yield document.problem(at, "far-ref", said)
    elif fed is not None and rule.ref not in fed.get(kind.entity, ()):
        said = f"no mapping brings {rule.ref!r} into entity {str(kind.entity)!r}"
        yield document.problem(at, "feed-missing", said)
    elif fed is not None:
        yield from _part_problems(document, name, rule, fed[kind.entity][rule.ref])


def _part_problems(
    document: Document[MappingFile], name: str, rule: Rule, keys: Collection[KeyTexts]
) -> Iterable[Problem]:
    given = len(rule.key_parts) or 1
    if not keys or given in {len(parts) for parts in keys}:
        return
    wanted = min(keys)
    size = "one part" if len(wanted) == 1 else f"{len(wanted)} parts"
    said = (
        f"keys that {rule.ref!r} brings have {size}, not {given}: give what stands there as "
        f"{wanted[0] if len(wanted) == 1 else '[' + ', '.join(wanted) + ']'}"
    )
    at: Path = ("fields", name, "value") if rule.value is not None else ("fields", name, "constant")
    yield document.problem(at, "key-parts", said)
