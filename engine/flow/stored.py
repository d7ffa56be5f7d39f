"""The verbs of ``raw``: which responses are stored, and what is in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import SettingsError
from engine.records.received import Response
from engine.store import raw, survey
from engine.store.database import Database
from engine.store.survey import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One stored response with its body."""

    summary: Stored
    response: Response


def stored(database: Database, target: str | None = None, *, limit: int | None = 50) -> Sequence[Stored]:
    """Responses of a source or stream (``source.stream``), or of all; the newest first."""
    source, _, stream = (target or "").partition(".")
    with database.connect(label="syncline raw") as connection:
        found = survey.responses(connection, source=source or None, stream=stream or None, limit=limit)
    if not found and target is not None:
        raise SettingsError(f"no response of '{target}' is stored")
    return found


def opened(database: Database, raw_id: int) -> Opened:
    """One response by its id, checked against its sha256; raises ``SettingsError`` where there is none."""
    with database.connect(label="syncline raw") as connection:
        response = raw.response(connection, raw_id)
        if response is None:
            raise SettingsError(f"no response {raw_id} is stored")
        (summary,) = survey.responses(connection, id=raw_id)
    return Opened(summary=summary, response=response)
