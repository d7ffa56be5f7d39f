"""How old is what a record says of a field, and what was that held against?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from engine.records.shapes import EntityShape, FieldShape
from engine.store.evidence import Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """Of a record that says a field with a ``max_age``."""

    confirmed: dt.datetime | None
    """When its source confirmed it last; None: not known yet, so it is young."""
    recorded: dt.datetime | None
    """What that is held against; None: no time has passed yet."""
    limit: str
    """The ``max_age``."""
    over: bool
    """Whether it ranks behind all that are younger."""


def limit_of(shape: EntityShape, field: FieldShape) -> int | None:
    """After how many seconds without a word a record's value of the field is old; None: never."""
    mine = [each.max_age for each in shape.preferences if each.mask & 1 << field.bit]
    return mine[0] if mine and shape.lines else None


def age_of(shape: EntityShape, field: FieldShape, speaker: Speaker) -> Age | None:
    """The age of what a record says; None of a field whose values do not age."""
    limit = limit_of(shape, field)
    if limit is None:
        return None
    return Age(
        confirmed=speaker.confirmed,
        recorded=speaker.recorded,
        limit=spell(limit),
        over=speaker.older(limit),
    )


def spell(seconds: int) -> str:
    """A length of time as policies write it."""
    units = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
    return next(f"{seconds // size}{unit}" for size, unit in units if seconds % size == 0)
