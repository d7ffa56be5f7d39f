"""The verb ``pin``: a person holds a field of an entity to a value, whatever records say."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from engine.errors import SettingsError
from engine.flow.activate import activate
from engine.flow.find import Found, find
from engine.flow.workspace import Workspace
from engine.mapping.misfit import Misfit
from engine.mapping.stated import stated
from engine.records.shapes import FieldShape
from engine.spec.say import near
from engine.store import evidence, pins, settling, survey
from engine.store.database import Connection


def pin(
    workspace: Workspace,
    entity: str,
    wanted: str,
    field: str,
    value: str,
    *,
    why: str,
    who: str | None,
    until: dt.datetime | None = None,
    of: str | None = None,
) -> UUID:
    """
    Hold a field to a value until it is lifted, or the first run after ``until``; the entity's id.

    What the files say is made active first. Raises ``SettingsError`` for a value that the contract
    refuses, a field that cannot be pinned, an end that is past, an entity that has ended.
    """
    if not why.strip():
        raise SettingsError("say why: a pin without a reason is a riddle to whoever meets it")
    activate(workspace)
    lapse(workspace)
    with workspace.database.connect(label="syncline pin") as connection:
        found, shape = _meant(workspace, connection, entity, wanted, field, of)
        reason = pins.unpinnable(shape)
        if reason:
            raise SettingsError(reason)
        try:
            texts = stated(workspace.project.entity(entity).types[field], value)
        except Misfit as misfit:
            raise SettingsError(f"'{field}' cannot hold this: {misfit}") from None
        if evidence.texts(connection, found.shape, found.id) is None:
            why_not = "; ".join(settling.reasons(connection, found.shape, workspace.shapes, found.id))
            said = f"is withheld ({why_not})" if why_not else "has ended"
            raise SettingsError(f"{entity} {found.id} {said}: there is nothing to pin")
        if until is not None and until <= survey.now(connection):
            raise SettingsError("--until is past: a pin that is over holds nothing")
        connection.commit()
        pins.put(
            connection, found.shape, of=found.id, field=shape, texts=texts, why=why, who=who, until=until
        )
    return found.id


def lift(
    workspace: Workspace,
    entity: str,
    wanted: str,
    field: str,
    *,
    why: str,
    who: str | None,
    of: str | None = None,
) -> UUID:
    """Let records say a field again; the entity's id. Raises ``SettingsError`` where nothing is pinned."""
    if not why.strip():
        raise SettingsError("say why: who pinned it had a reason")
    activate(workspace)
    lapse(workspace)
    with workspace.database.connect(label="syncline pin") as connection:
        found, _ = _meant(workspace, connection, entity, wanted, field, of)
        connection.commit()
        if not pins.lift(connection, found.shape, of=found.id, field=field, why=why, who=who):
            raise SettingsError(f"no pin holds '{field}' of {entity} {found.id}")
    return found.id


def lapse(workspace: Workspace) -> int:
    """End the pins whose time is over; how many."""
    with workspace.database.connect(label="syncline pins") as connection:
        return pins.lapse(connection, workspace.shapes.values())


def _meant(
    workspace: Workspace, connection: Connection, entity: str, wanted: str, field: str, of: str | None
) -> tuple[Found, FieldShape]:
    found = find(workspace, connection, entity, wanted, of=of)
    names = {each.name: each for each in found.shape.fields}
    if field not in names:
        raise SettingsError(f"{entity} has no field '{field}'{near(field, names)}")
    return found, names[field]
