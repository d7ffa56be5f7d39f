"""Which records does another stream say are deleted? Read like any stream, by the key of what is gone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.fetch.connector import Connector
from engine.fetch.deletes.feed import Listed
from engine.fetch.deletes.none import NoDeletes
from engine.fetch.reading import Reader
from engine.fetch.stream import Stream
from engine.records.received import NO_VERSION, Decoded, Fate, Fault, Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A stream that lists what is deleted of another one."""

    stream: Stream
    """The one that lists; its key is that of what was deleted."""
    ordered: bool
    """
    Its versions are compared with those of the records: both say when. Else the order of requests tells
    who came first.
    """
    reader: Reader

    @property
    def name(self) -> str:
        """Of the stream that lists."""
        return self.stream.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A record that was deleted, and when, as a version of the listing stream."""

    place: int
    key: str
    said: int


def listing_of(connector: Connector, name: str) -> Listing | None:
    """What lists the deletes of a stream; None where nothing does."""
    stream = connector.stream(name)
    if not isinstance(stream.deletes, Listed):
        return None
    lists = replace(
        connector.stream(str(stream.deletes.stream)), key=stream.deletes.parts, deletes=NoDeletes()
    )
    return Listing(
        stream=lists,
        # Patches are laid one over the other by their requests' order: a delete has to stand in it too.
        ordered=stream.version is not None and not stream.partial,
        reader=Reader(lists),
    )


def deletions(decoded: Decoded) -> tuple[list[Deletion], list[Rejection]]:
    """What a response lists, and its records that do not say what was deleted, or when."""
    found: list[Deletion] = []
    rejected: list[Rejection] = []
    for index, (place, key, said) in enumerate(
        zip(decoded.places, decoded.keys, decoded.versions, strict=True)
    ):
        faults = decoded.faults.get(index, ())
        if decoded.fates[index] != Fate.SAYS and not faults:
            continue
        if said == NO_VERSION and not faults:
            message = "when it was deleted is null or cannot be read"
            faults = (Fault(code="deletion-undated", message=message, rule="version"),)
        if faults or key is None:
            rejected.append(
                Rejection(place=place, key=key, version=said, stage="decode", faults=tuple(faults))
            )
        else:
            found.append(Deletion(place=place, key=key, said=said))
    return found, rejected
