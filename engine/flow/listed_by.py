"""Which stream lists the deletes of the one that a mapping reads? As the files say it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.fetch.deletes.feed import Listed
from engine.fetch.stream import Stream
from engine.flow.loading import Loaded
from engine.mapping.rules import MappingFile
from engine.records.received import StreamName
from engine.spec.document import Document
from engine.spec.values import Name


def stream_of(loaded: Loaded, name: str) -> Stream | None:
    """What ``connector.stream`` is; None where its file does not say so."""
    connector, _, stream = name.partition(".")
    spec = loaded.connectors.get(connector)
    if spec is None or spec.draft is None or Name(stream) not in spec.draft.streams:
        return None
    return spec.draft.stream(stream)


def check_lists(loaded: Loaded, document: Document[MappingFile], mapping: MappingFile) -> Iterator[Problem]:
    """Nothing is mapped from a stream that lists what another one deleted."""
    connector, _, name = mapping.from_.partition(".")
    spec = loaded.connectors.get(connector)
    for each in () if spec is None or spec.draft is None else spec.draft.streams:
        deletes = getattr(stream_of(loaded, f"{connector}.{each}"), "deletes", None)
        if isinstance(deletes, Listed) and deletes.stream == name:
            said = f"'{name}' lists the deletes of '{each}', and is read with it: nothing is mapped from it"
            yield document.problem(("from",), "wrong-listing", said)


def listed_by(loaded: Loaded, mapping: MappingFile, source: str) -> StreamName | None:
    """The stream that lists deletes of the one that a mapping reads; a key of its own is no record's."""
    deletes = getattr(stream_of(loaded, mapping.from_), "deletes", None)
    if not isinstance(deletes, Listed) or (mapping.key is not None and mapping.each is None):
        return None
    return StreamName(source=source, stream=str(deletes.stream))
