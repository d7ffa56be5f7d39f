"""What did incremental runs miss? Versions from before the watermark that a full run was the first to see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.fetch.incremental import Windows
from engine.fetch.stream import Stream
from engine.flow.canonicalize import Route
from engine.records.received import Watermark
from engine.store import survey
from engine.store.database import Connection


def missed(
    connection: Connection,
    stream: Stream,
    ways: Sequence[Route],
    *,
    run: int,
    before: Mapping[str, Watermark],
) -> int | None:
    """
    How many versions a full run found that incremental runs should have brought, and had not.

    ``before``: the watermarks when it began. None where nothing can be said: only a version by time
    that is the cursor too tells when a record changed.
    """
    incremental, version = stream.incremental, stream.version
    if incremental is None or version is None or version.value != incremental.cursor:
        return None
    windows = Windows(incremental)
    if windows.scale is None or not windows.timed or version.type not in {"timestamp", "date"}:
        return None
    marks = [windows.reread(each) for each in before.values() if each.value is not None]
    if not marks or not ways:
        return None
    return max(
        survey.found_late(connection, way.shape.name, way.feed.stream, run=run, before=min(marks))
        for way in ways
    )
