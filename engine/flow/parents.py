"""Which records does a parent stream hold now? Read from its stored responses, never asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.fetch.reading import Reader
from engine.records.received import Fate
from engine.store import raw, tombstones
from engine.store.database import Connection


def parents(connection: Connection, stream: int, reader: Reader) -> Iterator[Any]:
    """
    The newest version of every record that is known and not deleted, in the order in which their keys
    first came. Versions are ordered as everywhere: by incarnation, declared version, request.
    """
    buried = tombstones.positions(connection, stream)
    newest: dict[str, tuple[tuple[int, int, int, int], int, Any]] = {}
    for chunk in raw.read(connection, stream):
        for response in chunk:
            decoded = reader.read(response)
            for index, key in enumerate(decoded.keys):
                if key is None or index in decoded.faults:
                    continue
                graves = buried.get(key, ())
                incarnation = sum(1 for each in graves if each < response.position)
                order = (incarnation, decoded.versions[index], response.position, decoded.places[index])
                if key not in newest or order >= newest[key][0]:
                    newest[key] = (order, decoded.fates[index], decoded.records[index])
    for key, (order, fate, record) in newest.items():
        if fate == Fate.SAYS and order[0] == len(buried.get(key, ())):
            yield record
