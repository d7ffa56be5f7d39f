"""The verbs of ``identity``: what was refused, what people decide, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.errors import SettingsError
from engine.flow.activate import activate
from engine.flow.drain import drain_streams
from engine.flow.events import Listener
from engine.flow.find import find
from engine.flow.settling import settle
from engine.flow.workspace import Workspace
from engine.records.received import StreamName
from engine.records.shapes import EntityShape
from engine.spec.say import near
from engine.store import refusals, versions
from engine.store.decisions import Decided, Decider
from engine.store.refusals import Decision, Refused, Spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An entity as identity sees it."""

    shape: EntityShape
    id: UUID
    former: Sequence[UUID]
    """Ids that lead to it."""
    records: Sequence[Spoken]
    decisions: Sequence[Decision]
    """About it, or about one of its former ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A refused join, with the live records of both sides."""

    refused: Refused
    one: Sequence[Spoken]
    other: Sequence[Spoken]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Who decides, and why."""

    who: str | None
    why: str


def waiting(workspace: Workspace, entity: str | None) -> list[Waiting]:
    """Refused joins that nobody has decided about, the first first."""
    _known(workspace, entity)
    with workspace.database.connect(label="syncline identity") as connection:
        found = refusals.queue(connection, workspace.shapes, entity=entity)
        said = {
            name: refusals.records(
                connection,
                workspace.shapes[name],
                sorted({of for each in found if each.entity == name for of in (each.one, each.other)}),
            )
            for name in sorted({each.entity for each in found})
        }
    return [
        Waiting(
            refused=each, one=_live(said[each.entity][each.one]), other=_live(said[each.entity][each.other])
        )
        for each in found
    ]


def _live(said: Sequence[Spoken]) -> list[Spoken]:
    return [each for each in said if each.live]


def decisions(workspace: Workspace, entity: str | None) -> list[Decision]:
    """All that was ever merged, refused or decided, the first first."""
    _known(workspace, entity)
    with workspace.database.connect(label="syncline identity") as connection:
        return refusals.decisions(connection, entity=entity)


def _known(workspace: Workspace, entity: str | None) -> None:
    if entity is not None and entity not in workspace.shapes:
        raise SettingsError(f"nothing feeds an entity '{entity}'{near(entity, workspace.shapes)}")


def standing(workspace: Workspace, entity: str, wanted: str, *, of: str | None = None) -> Standing:
    """Who speaks for an entity, what it was merged from, and what was decided about it."""
    with workspace.database.connect(label="syncline identity") as connection:
        found = find(workspace, connection, entity, wanted, of=of)
        ids = refusals.former(connection, found.id)
        return Standing(
            shape=found.shape,
            id=found.id,
            former=ids,
            records=refusals.records(connection, found.shape, [found.id])[found.id],
            decisions=refusals.decisions(connection, entity=entity, ids=[found.id, *ids]),
        )


def merge(
    workspace: Workspace, entity: str, pair: tuple[str, str], signed: Signed, *, overrule: bool
) -> Decided:
    """Make two entities one; raises ``SettingsError`` where that cannot be."""
    activate(workspace)
    with workspace.database.connect(label="syncline identity") as connection:
        one, other = (find(workspace, connection, entity, each) for each in pair)
        decider = Decider(connection=connection, shape=one.shape, who=signed.who, why=signed.why)
        decided = decider.merge(one.id, other.id, overrule=overrule)
    settle(workspace)
    return decided


def keep_apart(workspace: Workspace, entity: str, pair: tuple[str, str], signed: Signed) -> Decided:
    """Let nothing make two entities one."""
    activate(workspace)
    with workspace.database.connect(label="syncline identity") as connection:
        one, other = (find(workspace, connection, entity, each) for each in pair)
        decider = Decider(connection=connection, shape=one.shape, who=signed.who, why=signed.why)
        return decider.keep_apart(one.id, other.id)


def split(
    workspace: Workspace,
    entity: str,
    wanted: str,
    records: Sequence[str],
    signed: Signed,
    *,
    stopping: Callable[[], bool],
    listen: Listener,
) -> Decided:
    """
    Undo the merge of the former id ``wanted``, or part ``records`` (``SOURCE.STREAM:KEY``) from an entity.

    What refers to the records that went is loaded again, where no other worker holds its stream.
    """
    activations = activate(workspace)
    chosen = [_record(workspace, each) for each in records]
    with workspace.database.connect(label="syncline identity") as connection:
        found = find(workspace, connection, entity, wanted)
        decider = Decider(connection=connection, shape=found.shape, who=signed.who, why=signed.why)
        decided = decider.part(found.id, chosen) if chosen else decider.split(_id(wanted))
    drain_streams(
        workspace,
        activations,
        _referring(workspace, found.shape),
        verb="split",
        stopping=stopping,
        listen=listen,
    )
    settle(workspace)
    return decided


def _id(wanted: str) -> UUID:
    try:
        return UUID(wanted)
    except ValueError:
        raise SettingsError(
            f"'{wanted}' is no id: a merge is undone by the id that went (`syncline identity show`)"
        ) from None


def _record(workspace: Workspace, text: str) -> tuple[StreamName, str]:
    name, colon, key = text.partition(":")
    source, _, stream = name.partition(".")
    known = {str(feed.stream) for feed in workspace.project.feeds}
    if not colon or not key or name not in known:
        raise SettingsError(f"--record '{text}' is no SOURCE.STREAM:KEY{near(name, known)}")
    return StreamName(source=source, stream=stream), key


def _referring(workspace: Workspace, shape: EntityShape) -> list[StreamName]:
    """Streams that refer to the records of an entity, and have something to load."""
    names = workspace.names
    meant = {feed.stream for feed in shape.feeds}
    with workspace.database.connect(label="syncline identity") as connection:
        return list(
            dict.fromkeys(
                feed.stream
                for feed in workspace.project.feeds
                if not meant.isdisjoint(feed.refs.values())
                and versions.pending(
                    connection, mapping=names.mapping(feed.mapping), stream=names.stream(feed.stream)
                )
            )
        )
