"""The axes that a change is judged by: contract, scope of the replay, measured effect; and the verdict."""

from __future__ import annotations

from enum import StrEnum


class Contract(StrEnum):
    """What a change is for those who read canonical tables."""

    SAFE = "SAFE"
    RISKY = "RISKY"
    """It cannot be decided from the text."""
    BREAKING = "BREAKING"


class Scope(StrEnum):
    """What has to be made anew, from the least to the most."""

    NONE = "none"
    REFOLD = "refold"
    FIELDS = "remap-fields"
    RECORDS = "remap-records"
    IDENTITY = "re-identify"
    FETCH = "refetch"
    """A rule reads what was never stored."""


class Effect(StrEnum):
    """What a change does to the stored data."""

    NONE = "no-op"
    FILLS = "fills"
    """Only null → value."""
    ALTERS = "alters"
    LOSES = "loses"
    """A value → null somewhere."""
    ERRORS = "errors"
    """Records become dead letters that were none."""
    REGROUPS = "regroups"
    """Entities merge or split, come or go."""
    UNMEASURED = "unmeasured"


class Verdict(StrEnum):
    """What the plan asks of whoever reads it."""

    NOTHING = "no change"
    CLEAN = "clean"
    """Changes that need nobody's word."""
    APPROVED = "approved"
    """All that need a word have it."""
    BLOCKED = "approval needed"
    INCOMPLETE = "incomplete"
    """Something failed or could not be finished: never clean."""
