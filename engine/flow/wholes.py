"""Is everything that a stream has read again and again, so that who is not in it is not confirmed?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.fetch.deletes.enumeration import Enumeration
from engine.fetch.stream import Stream
from engine.flow.listed_by import stream_of
from engine.flow.loading import Loaded
from engine.records.received import StreamName
from engine.records.shapes import Feed
from engine.spec.values import Duration

Reading = str | Duration | None
"""How often a stream is read whole: in every run (None), so often, or why it is not."""


def reading(stream: Stream) -> Reading:
    """How often everything is asked for."""
    if stream.partial:
        return "a patch says a part, and is silent about the rest"
    if stream.incremental is None:
        return None
    if not isinstance(stream.deletes, Enumeration):
        return "an incremental run is silent about who did not change"
    if stream.deletes.every is None:
        return (
            "its incremental runs are silent about who did not change: say how often 'deletes' has everything"
            " read, as every: 1d"
        )
    return stream.deletes.every


def reads_whole(loaded: Loaded, name: str) -> bool:
    """Whether ``connector.stream`` is read whole, ever."""
    stream = stream_of(loaded, name)
    return stream is not None and not isinstance(reading(stream), str)


def readings(loaded: Loaded, feeds: Iterable[Feed]) -> Mapping[StreamName, Reading]:
    """How often each stream that feeds something is read whole; without those that cannot be known."""
    found: dict[StreamName, Reading] = {}
    for feed in feeds:
        mapping = loaded.mappings[feed.mapping].draft
        stream = None if mapping is None else stream_of(loaded, mapping.from_)
        if stream is not None:
            found[feed.stream] = reading(stream)
    return found
