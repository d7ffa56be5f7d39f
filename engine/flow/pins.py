"""The verb ``pin``: a person holds a field of an entity to a value, whatever records say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.errors import SettingsError
from engine.flow.activate import activate
from engine.flow.find import Found, find
from engine.flow.settling import asked, settle
from engine.flow.workspace import Workspace
from engine.mapping.misfit import Misfit
from engine.mapping.stated import stated
from engine.mapping.types import Field
from engine.records.shapes import FieldShape
from engine.spec.say import near
from engine.store import evidence, pins, survey
from engine.store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a pin, or its end, came to."""

    id: UUID
    """Of the entity."""
    letters: int
    """Dead letters that are new by it."""


def pin(
    workspace: Workspace,
    entity: str,
    wanted: str,
    field: str,
    value: str | None,
    *,
    why: str,
    who: str | None,
    until: dt.datetime | None = None,
    of: str | None = None,
) -> Done:
    """
    Hold a field to a value, or to nothing (None), until it is lifted, or the first run after ``until``.

    ``value`` of a reference: what the entity is known by. What the files say is made active first. Raises
    ``SettingsError`` for a value that the contract refuses or that would break what rows must hold, an end
    that is past, an entity that has ended.
    """
    if not why.strip():
        raise SettingsError("say why: a pin without a reason is a riddle to whoever meets it")
    activate(workspace)
    lapse(workspace)
    with workspace.database.connect(label="syncline pin") as connection:
        found, shape = _meant(workspace, connection, entity, wanted, field, of)
        texts = _texts(workspace, connection, workspace.project.entity(entity).types[field], shape, value)
        if not evidence.speakers(connection, found.shape, found.id):
            raise SettingsError(f"{entity} {found.id} has ended: there is nothing to pin")
        if until is not None and until <= survey.now(connection):
            raise SettingsError("--until is past: a pin that is over holds nothing")
        connection.commit()
        pins.put(
            connection,
            found.shape,
            of=found.id,
            field=shape,
            texts=texts,
            why=why,
            who=who,
            until=until,
            weigher=asked(workspace, entity),
        )
    return Done(id=found.id, letters=settle(workspace))


def lift(
    workspace: Workspace,
    entity: str,
    wanted: str,
    field: str,
    *,
    why: str,
    who: str | None,
    of: str | None = None,
) -> Done:
    """Let records say a field again. Raises ``SettingsError`` where nothing is pinned."""
    if not why.strip():
        raise SettingsError("say why: who pinned it had a reason")
    activate(workspace)
    lapse(workspace)
    with workspace.database.connect(label="syncline pin") as connection:
        found, _ = _meant(workspace, connection, entity, wanted, field, of)
        connection.commit()
        if not pins.lift(connection, found.shape, of=found.id, field=field, why=why, who=who):
            raise SettingsError(f"no pin holds '{field}' of {entity} {found.id}")
    return Done(id=found.id, letters=settle(workspace))


def lapse(workspace: Workspace) -> int:
    """End the pins whose time is over; how many."""
    with workspace.database.connect(label="syncline pins") as connection:
        return pins.lapse(connection, workspace.shapes.values())


def _texts(
    workspace: Workspace, connection: Connection, kind: Field, field: FieldShape, value: str | None
) -> Sequence[str | None]:
    """PostgreSQL's text of what a field is to be held to, a column each."""
    if value is None:
        if kind.required:
            raise SettingsError(f"'{field.name}' is required: it cannot be held to nothing")
        return [None] * len(field.columns)
    if field.refers_to is not None:
        meant = find(workspace, connection, field.refers_to, value, instead="take an id")
        if not evidence.speakers(connection, meant.shape, meant.id):
            raise SettingsError(f"{field.refers_to} {meant.id} has ended: nothing can refer to it any more")
        return [str(meant.id)]
    try:
        return stated(kind, value)
    except Misfit as misfit:
        raise SettingsError(f"'{field.name}' cannot hold this: {misfit}") from None


def _meant(
    workspace: Workspace, connection: Connection, entity: str, wanted: str, field: str, of: str | None
) -> tuple[Found, FieldShape]:
    found = find(workspace, connection, entity, wanted, of=of)
    names = {each.name: each for each in found.shape.fields}
    if field not in names:
        raise SettingsError(f"{entity} has no field '{field}'{near(field, names)}")
    return found, names[field]
