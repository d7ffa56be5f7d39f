"""Which entity does somebody mean? By its id, a record's key, or a value that identifies it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from engine.errors import SettingsError
from engine.expression import FUNCTIONS
from engine.flow.workspace import Workspace
from engine.mapping.texts import escaped
from engine.records.identity import scoped
from engine.records.shapes import EntityShape
from engine.spec.say import near
from engine.store import evidence, show
from engine.store.database import Connection
from engine.store.entities import stored_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entity that was meant."""

    shape: EntityShape
    id: UUID


def find(
    workspace: Workspace,
    connection: Connection,
    entity: str,
    wanted: str,
    *,
    of: str | None = None,
    instead: str = "say whose with --of, or take an id",
) -> Found:
    """
    The entity that an id, a record's key or an identity value stands for; ``of`` (``source`` or
    ``source.stream``) says whose key it is, ``instead`` what to do where it is several ones'.

    Raises ``SettingsError`` where there is none, or more than one.
    """
    shape = workspace.shapes.get(entity)
    if shape is None:
        known = sorted(workspace.shapes)
        raise SettingsError(
            f"nothing feeds an entity '{entity}'{near(entity, known)}; there is: {', '.join(known)}"
        )
    if not stored_columns(connection, entity):
        raise SettingsError(f"there is no {entity} yet: run `syncline sync` first")
    ids = _ids(workspace, connection, shape, wanted, of)
    if not ids:
        whose = f" of {of}" if of else ""
        raise SettingsError(f"no {entity} has the id, record key or identity value '{wanted}'{whose}")
    if len(ids) > 1:
        raise SettingsError(
            f"'{wanted}' is a key of {len(ids)} different {entity} entities; {instead}:"
            f" {', '.join(map(str, ids[:5]))}"
        )
    return Found(shape=shape, id=ids[0])


def _ids(
    workspace: Workspace, connection: Connection, shape: EntityShape, wanted: str, of: str | None
) -> list[UUID]:
    try:
        known = show.show(connection, shape, UUID(wanted)) if of is None else None
    except ValueError:
        known = None
    if known is not None:
        return [known.id]
    source, _, stream = (of or "").partition(".")
    ids = [
        show.current(connection, each)
        for each in show.by_key(connection, shape, wanted, source=source or None, stream=stream or None)
    ]
    if not ids and of is None:
        for kind, key in enumerate(workspace.project.entity(shape.name).identity):
            value: str | None = wanted
            for name in key.normalise:
                value = None if value is None else FUNCTIONS[name].call(value)
            texts = {value, None if value is None else escaped(value)} - {None}
            scopes: set[str | None] = set(shape.scopes.get(str(key.name), {}).values())
            held = {scoped(scope, str(text)) for text in texts for scope in scopes or {None}}
            for each in held | ({wanted} if scopes else set()):  # as `identity list` has it
                ids += evidence.by_identity(connection, shape.name, kind, each)
    return sorted(set(ids))
