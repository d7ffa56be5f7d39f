"""Which streams does a project sync, in which order (parents first), and what does each read itself?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.expression import Expression
from engine.fetch.deletes.marker import Marker
from engine.fetch.listing import listing_of
from engine.fetch.stream import Stream
from engine.flow.check import Project
from engine.records.received import StreamName


def ordered(project: Project) -> list[StreamName]:
    """Every stream that something is mapped from, with the parents that those need, parents first."""
    found: dict[StreamName, None] = {}
    for feed in project.feeds:
        for each in _with_parents(project, feed.stream, ()):
            found.setdefault(each)
    return list(found)


def _with_parents(
    project: Project, stream: StreamName, below: tuple[StreamName, ...]
) -> Iterator[StreamName]:
    if stream in below:  # a stream may feed itself: a tree
        return
    connector = project.connector(stream.source)
    lists = listing_of(connector, stream.stream)
    for each in (
        *(() if lists is None else lists.stream.for_each),
        *connector.stream(stream.stream).for_each,
    ):
        if each.stream is not None:
            parent = StreamName(source=stream.source, stream=str(each.stream))
            yield from _with_parents(project, parent, (*below, stream))
    yield stream


def own_expressions(stream: Stream, *, keys: bool = True) -> list[Expression]:
    """What a stream reads of its records, before any mapping; without ``keys``, what is no key."""
    found = [each.value for each in stream.key if keys and each.of is None]
    found += [] if stream.version is None else [stream.version.value]
    cursor = None if stream.incremental is None else stream.incremental.cursor
    gone = stream.deletes.when if isinstance(stream.deletes, Marker) else None
    return found + [each for each in (stream.when, cursor, gone) if each is not None]
