"""The verb ``show``: an entity as it stands, or stood."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.errors import SettingsError
from engine.flow.find import Found, find
from engine.flow.settling import asked
from engine.flow.workspace import Workspace
from engine.records.received import StreamName
from engine.records.shapes import EntityShape
from engine.store import evidence, pins, provenance, retention, settling, show
from engine.store.evidence import Former
from engine.store.show import Contributor


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An entity, with who speaks for it."""

    shape: EntityShape
    id: UUID
    values: Mapping[str, Any] | None
    """Column → value; None for an entity that has ended, or is withheld."""
    winners: Mapping[str, Sequence[StreamName]]
    """By field with a value: the streams that it came from, of a union all; empty for a former row."""
    contributors: Sequence[Contributor]
    pinned: frozenset[str] = frozenset()
    """Fields that a person holds to a value; of a row as it is now."""
    former: Former | None = None
    """Until when a former row stood, and why no longer."""
    withheld: Sequence[str] = ()
    """Why there is no row, though records speak for the entity."""


def view(
    workspace: Workspace,
    entity: str,
    wanted: str,
    *,
    of: str | None = None,
    at: dt.datetime | None = None,
) -> View:
    """The row of an entity now, or at a time; raises ``SettingsError`` where there is no such entity."""
    with workspace.database.connect(label="syncline show") as connection:
        found = find(workspace, connection, entity, wanted, of=of)
        shown = show.show(connection, found.shape, found.id)
        former = None
        if at is not None:
            _known(found, at, retention.horizon(connection, found.shape.name))
            former = evidence.as_of(connection, found.shape, found.id, at)
        winners: dict[str, list[StreamName]] = {}
        values: Mapping[str, Any] | None
        if former is not None:
            values = former.values
        else:
            values = None if shown is None else shown.values
            for each in provenance.origins(connection, entity, found.id):
                streams = winners.setdefault(each.field, [])
                if each.stream not in streams:
                    streams.append(each.stream)
        pinned = frozenset(() if former is not None else pins.standing(connection, found.id))
        withheld: Sequence[str] = ()
        if former is None and shown is not None and values is None:
            holds = asked(workspace, entity)
            withheld = settling.reasons(connection, found.shape, workspace.shapes, found.id, holds)
        return View(
            shape=found.shape,
            id=found.id,
            values=values,
            winners=winners,
            contributors=() if shown is None else shown.contributors,
            former=former,
            pinned=pinned,
            withheld=withheld,
        )


def _known(found: Found, at: dt.datetime, horizon: dt.datetime | None) -> None:
    """Raise ``SettingsError`` for a time of which nothing is known."""
    name = found.shape.name
    if not found.shape.history:
        raise SettingsError(f"{name} keeps no former rows: its contract lacks `history: true`")
    founded = dt.datetime.fromtimestamp((found.id.int >> 80) / 1000, tz=dt.UTC)  # ids begin with it
    if at < founded:
        raise SettingsError(f"{name} {found.id} was not known before {founded:%Y-%m-%d %H:%M:%S}Z")
    if horizon is not None and at < horizon:
        since = horizon.astimezone(dt.UTC)
        raise SettingsError(f"{name} keeps former rows for a time: those before {since:%F %T}Z are gone")
