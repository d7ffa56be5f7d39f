"""Which records does a parent stream hold now? Read from its stored responses, never asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.fetch.listing import Listing, deletions
from engine.fetch.reading import Reader
from engine.records.received import Fate
from engine.store import raw, tombstones
from engine.store.database import Connection
from engine.store.graves import Grave


def parents(
    connection: Connection, stream: int, reader: Reader, lists: tuple[int, Listing] | None = None
) -> Iterator[Any]:
    """
    The newest version of every record that is known and not deleted, in the order in which their keys
    first came. Versions are ordered as everywhere: by incarnation, declared version, request.

    ``lists``: the stream that lists deletes of this one.
    """
    buried: dict[str, list[Grave]] = {
        key: [Grave(position=each) for each in positions]
        for key, positions in tombstones.positions(connection, stream).items()
    }
    if lists is not None:
        for gone, grave in _listed(connection, *lists):
            buried.setdefault(gone, []).append(grave)
    newest: dict[str, tuple[tuple[int, int, int, int], int, Any]] = {}
    for chunk in raw.read(connection, stream):
        for response in chunk:
            decoded = reader.read(response)
            for index, key in enumerate(decoded.keys):
                if key is None or index in decoded.faults:
                    continue
                over = buried.get(key, ())
                version, position = decoded.versions[index], response.position
                incarnation = sum(each.outlived(version, position) for each in over)
                order = (incarnation, version, position, decoded.places[index])
                if key not in newest or order >= newest[key][0]:
                    newest[key] = (order, decoded.fates[index], decoded.records[index])
    for key, (order, fate, record) in newest.items():
        if fate == Fate.SAYS and order[0] == len(buried.get(key, ())):
            yield record


def _listed(connection: Connection, number: int, lists: Listing) -> Iterator[tuple[str, Grave]]:
    """Each delete that is listed, where it was listed first."""
    seen: set[tuple[str, int]] = set()
    for chunk in raw.read(connection, number):
        for response in chunk:
            for each in deletions(lists.reader.read(response))[0]:
                if (each.key, each.said) not in seen:
                    seen.add((each.key, each.said))
                    said = each.said if lists.ordered else None
                    yield each.key, Grave(position=response.position, said=said)
