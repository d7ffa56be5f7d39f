"""What is wrong with a stream that lists the deletes of another one?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.fetch.connector import Connector
from engine.fetch.deletes.feed import Listed
from engine.fetch.deletes.none import NoDeletes
from engine.fetch.stream import Stream, resolve
from engine.spec.component import Path
from engine.spec.document import Document
from engine.spec.say import near
from engine.spec.values import Name

CODES = {
    "wrong-listing": "A stream cannot list the deletes of another one as it is.",
}


def check_deletes(document: Document[Connector], connector: Connector) -> Iterator[Problem]:
    """Streams whose deletes another one lists, and those that list them."""
    streams = {name: resolve(name, keys, connector.defaults, ()) for name, keys in connector.streams.items()}
    read_for: dict[Name, Name] = {}
    for name, stream in streams.items():
        if not isinstance(stream.deletes, Listed):
            continue
        listed, at = stream.deletes, (*stream.deletes.at, "stream")
        lists = streams.get(listed.stream)
        if lists is None:
            said = f"there is no stream '{listed.stream}'{near(listed.stream, connector.streams)}"
            yield document.problem(at, "unknown-stream", said)
            continue
        first = read_for.setdefault(listed.stream, name)
        if first != name:
            said = (
                f"'{listed.stream}' lists the deletes of '{first}' already: make it two streams, each with "
                "a 'when' of its own"
            )
            yield document.problem(at, "wrong-listing", said)
        for path, message in _misfits(stream, lists):
            yield document.problem((*stream.deletes.at, *path), "wrong-listing", message)
    for stream in streams.values():
        for each in stream.for_each:
            if each.stream in read_for:
                said = f"'{each.stream}' lists deletes of '{read_for[each.stream]}': it cannot be a parent"
                yield document.problem((*each.at, "stream"), "wrong-listing", said)


def _misfits(stream: Stream, lists: Stream) -> Iterator[tuple[Path, str]]:
    """(Path below ``deletes``, message) of what one stream has against being listed by the other."""
    assert isinstance(stream.deletes, Listed)  # noqa: S101 # only asked of those
    name = f"'{lists.name}'"
    if lists.name == stream.name:
        yield ("stream",), "a stream cannot list its own deletes: a record that says so is a 'marker'"
        return
    if not isinstance(lists.deletes, NoDeletes):
        yield ("stream",), f"{name} lists deletes and cannot have 'deletes' itself: say 'deletes: none' there"
    if lists.partial:
        yield ("stream",), f"{name} is 'partial': what lists deletes has to say them whole"
    if lists.version is None:
        said = "a delete that is read again could not be told from a second one"
        yield ("stream",), f"{name} needs a 'version', when each record was deleted: without it {said}"
    elif stream.version is not None and stream.version.type != lists.version.type and not stream.partial:
        said = f"is a {lists.version.type}, that of '{stream.name}' a {stream.version.type}"
        yield ("stream",), f"the version of {name} {said}: they are compared, and have to be of one type"
    if stream.key and len(stream.deletes.parts) != len(stream.key):
        yield (
            ("key",),
            f"the key of '{stream.name}' has {len(stream.key)} parts, this one {len(stream.deletes.parts)}",
        )
    if any(part.of == "partition" for part in stream.deletes.parts) and not lists.for_each:
        yield ("key",), f"{name} has no for_each, so there is no partition to read"
