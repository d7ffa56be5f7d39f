"""May a request be sent now, and under which rules?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """What a source allows and when to stop asking it; seconds throughout."""

    limits: tuple[tuple[int, float], ...] = ()
    """``(requests, seconds)``: never more in any span of that length; all hold at once."""
    failures: float = 0.5
    """The breaker opens when this share failed,"""
    minimum: int = 10
    """of at least so many requests,"""
    window: float = 60.0
    """within so many seconds,"""
    open_for: float = 30.0
    """and lets one probe through after so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A gate's answer to who wants to send a request."""

    wait: float = 0.0
    """0: send now, and tell ``leave`` afterwards. Else ask again after so many seconds."""
    open: bool = False
    """The breaker is open: better come back later than wait."""
    probe: bool = False
    """The one request that is let through to see whether the source is well again."""
