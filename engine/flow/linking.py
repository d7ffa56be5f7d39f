"""Do the links of mappings lead to records that can be one with theirs?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.errors import Problem
from engine.flow.feeds import blind, fed_by, feeding, partial, streams_of
from engine.flow.loading import Loaded
from engine.mapping.check_refs import KeyTexts
from engine.mapping.parts import Link
from engine.mapping.rules import MappingFile
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import near

CODES = {"wrong-link": "A link leads to the stream that its own mapping reads."}

_WHY = "what it leads to may be left out of a patch, and whether it still holds cannot be told"


def check_links(loaded: Loaded) -> Iterator[Problem]:
    """Every link, against the streams that feed its entity and the sources that are installed."""
    streams = None if blind(loaded) else streams_of(loaded)
    fed = fed_by(loaded)
    for document in loaded.mappings.values():
        mapping = document.draft
        if mapping is None:
            continue
        if mapping.links and partial(loaded, mapping.from_):
            said = f"links from a stream of patches are not built: {_WHY}"
            yield document.key_problem(("links",), "not-built", said)
            continue
        for link in mapping.links:
            yield from _problems(loaded, document, mapping, link, streams, fed.get(str(mapping.to), {}))


def _problems(
    loaded: Loaded,
    document: Document[MappingFile],
    mapping: MappingFile,
    link: Link,
    streams: Collection[str] | None,
    fed: Mapping[str, Collection[KeyTexts]],
) -> Iterator[Problem]:
    at: Path = (*link.at, "to")
    others = sorted(set(fed) - {str(mapping.from_)})
    sources = [each.source for each in feeding(loaded, link.to, mapping.to)]
    if streams is not None and link.to not in streams:
        yield document.problem(at, "unknown-stream", f"there is no stream {link.to!r}{near(link.to, others)}")
    elif link.to == mapping.from_:
        said = f"{link.to!r} is what this mapping reads, and two records of one stream are never one"
        yield document.problem(at, "wrong-link", said)
    elif link.to not in fed:
        said = f"no mapping brings {link.to!r} into entity {str(mapping.to)!r}{near(link.to, others)}"
        yield document.problem(at, "feed-missing", said)
    elif partial(loaded, link.to):
        yield document.problem(at, "not-built", f"links to a stream of patches are not built: {_WHY}")
    elif len(sources) > 1:
        said = (
            f"{' and '.join(sources)} bring {link.to!r} into {str(mapping.to)!r}: a link to one of several"
            " sources is not built, because a mapping does not know their names"
        )
        yield document.problem(at, "not-built", said)
    else:
        yield from _part_problems(document, link, fed[link.to])


def _part_problems(
    document: Document[MappingFile], link: Link, keys: Collection[KeyTexts]
) -> Iterator[Problem]:
    given = len(link.key_parts)
    if not keys or given in {len(parts) for parts in keys}:
        return
    wanted = min(keys)
    size = "one part" if len(wanted) == 1 else f"{len(wanted)} parts"
    said = (
        f"keys that {link.to!r} brings have {size}, not {given}: give what stands there as "
        f"{wanted[0] if len(wanted) == 1 else '[' + ', '.join(wanted) + ']'}"
    )
    yield document.problem((*link.at, "value"), "key-parts", said)
