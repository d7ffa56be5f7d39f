"""
Why does a record belong to an entity, and why does it speak no more?

By links, which are read again from the stored bytes, and by what ended records: their own marker, a
complete reading that did not hold them, a list of deletes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.fetch.listing import deletions
from engine.flow.listed import listing
from engine.flow.workspace import Workspace
from engine.mapping import trace
from engine.mapping.json_bytes import pointer_text
from engine.mapping.located import Located
from engine.mapping.trace import Origin
from engine.records.received import Response, StreamName
from engine.records.shapes import FIRST_LINK, EntityShape
from engine.store import raw, refusals, show
from engine.store.database import Connection
from engine.store.endings import Ending, endings
from engine.store.evidence import Speaker

Find = Callable[[Speaker], Located | None]
"""A live record in its stored response; None where it cannot be read from it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A record that carries the key of another one."""

    stream: StreamName
    key: str
    to: StreamName
    to_key: str
    meets: str
    """``here``: the other one speaks for the same entity; ``apart``: for another; ``nobody`` has come."""
    response: int
    rule: str
    """``file:line`` of the link; empty where it cannot be read again: ``why`` says why."""
    origins: Sequence[Origin]
    agrees: bool
    """The link, read again from the stored bytes, leads there."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A record that speaks no more."""

    ending: Ending
    list: StreamName | None
    """The stream that lists it as deleted."""
    response: Response | None
    """That says so; None of a reading that did not hold it, or where it is not stored any more."""
    origin: Origin | None
    """Where a list of deletes names it."""


def links(
    workspace: Workspace,
    connection: Connection,
    shape: EntityShape,
    of: UUID,
    speakers: Sequence[Speaker],
    find: Find,
) -> list[Linked]:
    """The links that live records of an entity say."""
    records = refusals.records(connection, shape, [of])[of]
    said = {(each.stream, each.key): each for each in speakers}
    own = {(feed.stream, to) for feed in shape.feeds for to in shape.links if feed.stream == to}
    found = []
    for record in records:
        for kind, to_key in list(enumerate(record.values))[FIRST_LINK:]:
            to = shape.links[kind - FIRST_LINK]
            if to_key is None or (record.stream, to) in own:
                continue  # who is linked to says the value, too
            speaker = said[record.stream, record.key]
            rule, leads, origins, why = _again(workspace, shape, speaker, kind, find)
            found.append(
                Linked(
                    stream=record.stream,
                    key=record.key,
                    to=to,
                    to_key=to_key,
                    meets=_meets(connection, shape, of, to, to_key),
                    response=speaker.raw_id,
                    rule=rule,
                    origins=origins,
                    agrees=leads == to_key,
                    why=why,
                )
            )
    return found


def _again(
    workspace: Workspace, shape: EntityShape, speaker: Speaker, kind: int, find: Find
) -> tuple[str, str | None, Sequence[Origin], str]:
    feed = next((each for each in shape.feeds if each.stream == speaker.stream and each.links), None)
    program = None if feed is None else workspace.programs.get(feed.mapping)
    if program is None:
        return "", None, (), "the project has no mapping with this link any more"
    located = find(speaker)
    if located is None:
        return "", None, (), "the connector reads other records from this response than it did"
    try:
        key = speaker.key if program.plan.each else None
        rule, leads, origins = trace.explain_link(program.plan, located, kind, key=key)
    except LookupError as error:
        return "", None, (), str(error)
    return rule, leads, origins, ""


def _meets(connection: Connection, shape: EntityShape, of: UUID, to: StreamName, key: str) -> str:
    there = {
        show.current(connection, each)
        for each in show.by_key(connection, shape, key, source=to.source, stream=to.stream)
    }
    return "here" if of in there else "apart" if there else "nobody"


def ended(workspace: Workspace, connection: Connection, shape: EntityShape, of: UUID) -> list[Ended]:
    """The records of an entity that speak no more, each with what ended it."""
    return [_ended(workspace, connection, each) for each in endings(connection, shape, of)]


def _ended(workspace: Workspace, connection: Connection, ending: Ending) -> Ended:
    if ending.how == "absent":
        return Ended(ending=ending, list=None, response=None, origin=None)
    response = raw.response(connection, ending.number)
    if ending.how != "listed" or response is None:
        return Ended(ending=ending, list=None, response=response, origin=None)
    origin = _listed_at(workspace, ending, response)
    return Ended(ending=ending, list=response.stream, response=response, origin=origin)


def _listed_at(workspace: Workspace, ending: Ending, response: Response) -> Origin | None:
    """Where a list names a record; None where the files read something else from it by now."""
    if ending.stream.source not in workspace.sources:
        return None
    lists = listing(workspace, ending.stream)
    if lists is None or lists[0] != response.stream:
        return None
    decoded = lists[1].reader.read(response)
    place = next((each.place for each in deletions(decoded)[0] if each.key == ending.record), None)
    if place is None:
        return None
    located = Located(decoded, list(decoded.places).index(place))
    span = None if located.pointer is None else located.byte_range(located.pointer)
    if located.pointer is None or span is None:
        return None
    text = response.body[span[0] : span[1]].decode("utf-8", "backslashreplace")
    return Origin(
        key="listed",
        pointer=pointer_text(located.pointer),
        start=span[0],
        end=span[1],
        text=text if len(text) <= 60 else f"{text[:57]}…",
    )


_HOW = {
    "absent": "run {number} read all of {stream} and did not find it",
    "marked": "response {number} says that it is deleted",
    "left out": "its record leaves it out since response {number}",
    "filtered": "it passes `when` no more since response {number}",
}


def why_ended(each: Ended) -> str:
    """In words."""
    ending = each.ending
    if ending.how == "listed":
        where = "" if each.list is None else f" of {each.list}"
        gone = "" if each.response is not None else ", which is not stored any more,"
        return f"response {ending.number}{where}{gone} lists it as deleted"
    return _HOW[ending.how].format(number=ending.number, stream=ending.stream)
