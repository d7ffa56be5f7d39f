"""Which streams does a project sync, and in which order? Parents before those that ask for each of them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.flow.check import Project
from engine.records import StreamName


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
    for each in project.connector(stream.source).stream(stream.stream).for_each:
        if each.stream is not None:
            parent = StreamName(source=stream.source, stream=str(each.stream))
            yield from _with_parents(project, parent, (*below, stream))
    yield stream
