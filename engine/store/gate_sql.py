"""One exchange about an origin and credential: what a worker tells, and what it may do next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from engine.records.admission import GateRules
from engine.store.database import Connection

GRACE = 120.0
"""Seconds after which slots of a worker that says nothing any more begin to cool down."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of admitted requests since the last exchange."""

    told: int = 0
    """Requests that say something about the source's health,"""
    failed: int = 0
    """and how many of them failed."""
    probe: Literal["none", "well", "failed", "freed"] = "none"
    """How the one request went that was let through; freed: it says nothing."""
    ended: int = 0
    """Requests that are over, whatever became of them."""
    unused: int = 0
    """Slots handed back."""
    pause: float = 0.0


@dataclass(slots=True, kw_only=True)
class State:
    """What a worker may do, for a second or so."""

    open: bool = False
    probe: bool = False
    """While open: it may send one request."""
    wait: float = 0.0
    """Seconds from now in which nobody sends."""
    granted: int = 0
    free_in: float = 0.0
    """Seconds until it makes sense to ask for slots again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """A breaker's row; times are seconds since 1970 by the database's clock."""

    started: float
    told: int = 0
    failed: int = 0
    open_until: float | None = None
    probe_until: float | None = None
    paused_until: float | None = None


def judge(breaker: Breaker, report: Report, rules: GateRules, now: float) -> Breaker:
    """What a report makes of a breaker."""
    if report.pause > 0:
        breaker = replace(breaker, paused_until=max(breaker.paused_until or 0, now + report.pause))
    if report.probe == "well":
        return Breaker(started=now, paused_until=breaker.paused_until)
    if report.probe == "failed":
        return replace(breaker, open_until=now + rules.open_for, probe_until=None)
    if report.probe == "freed":
        return replace(breaker, probe_until=None)
    if breaker.open_until is not None or report.told == 0:
        return breaker
    if breaker.started + rules.window < now:
        breaker = replace(breaker, started=now, told=0, failed=0)
    told, failed = breaker.told + report.told, breaker.failed + report.failed
    if told >= rules.minimum and failed >= rules.failures * told:
        return Breaker(started=now, open_until=now + rules.open_for, paused_until=breaker.paused_until)
    return replace(breaker, told=told, failed=failed)


_MAKE = """
INSERT INTO syncline.breaker(name, started, told, failed) VALUES (%s, now(), 0, 0) ON CONFLICT DO NOTHING
"""
_LOCK = """
SELECT extract(epoch FROM started)::float8, told, failed, extract(epoch FROM open_until)::float8,
    extract(epoch FROM probe_until)::float8, extract(epoch FROM paused_until)::float8
FROM syncline.breaker WHERE name = %s FOR UPDATE
"""
_NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"
_WRITE = """
UPDATE syncline.breaker SET started = to_timestamp(%(started)s), told = %(told)s, failed = %(failed)s,
    open_until = to_timestamp(%(open_until)s), probe_until = to_timestamp(%(probe_until)s),
    paused_until = to_timestamp(%(paused_until)s)
WHERE name = %(name)s
"""
_COOLED = (
    "DELETE FROM syncline.limiter WHERE name = %(name)s AND (until <= to_timestamp(%(now)s) OR taken <= 0)"
)
_HAND_BACK = """
UPDATE syncline.limiter SET taken = greatest(0, taken - %(back)s), until = to_timestamp(%(until)s)
WHERE name = %(name)s AND rule = %(rule)s AND holder = %(holder)s AND batch = 0
"""
_COOL = """
INSERT INTO syncline.limiter(name, rule, holder, batch, taken, until)
VALUES (%(name)s, %(rule)s, %(holder)s, %(batch)s, %(ended)s, to_timestamp(%(cool)s))
ON CONFLICT (name, rule, holder, batch) DO UPDATE SET taken = limiter.taken + excluded.taken
"""
_TAKEN = """
SELECT coalesce(sum(taken), 0), extract(epoch FROM min(until) FILTER (WHERE batch <> 0))::float8
FROM syncline.limiter WHERE name = %(name)s AND rule = %(rule)s
"""
_GRANT = """
INSERT INTO syncline.limiter(name, rule, holder, batch, taken, until)
VALUES (%(name)s, %(rule)s, %(holder)s, 0, %(granted)s, to_timestamp(%(until)s))
ON CONFLICT (name, rule, holder, batch) DO UPDATE
SET taken = limiter.taken + excluded.taken, until = excluded.until
"""


def exchange(
    connection: Connection, name: str, rules: GateRules, holder: str, report: Report, *, want: int
) -> State:
    """Tell and ask, in one transaction that others of this name wait for; commits."""
    connection.execute(_MAKE, (name,))
    row = connection.execute(_LOCK, (name,)).fetchone()
    clock = connection.execute(_NOW).fetchone()  # after the lock: it only goes forward among workers
    assert row is not None  # noqa: S101  # made above, never deleted
    assert clock is not None  # noqa: S101  # one row
    now: float = clock[0]
    before = Breaker(
        started=row[0],
        told=row[1],
        failed=row[2],
        open_until=row[3],
        probe_until=row[4],
        paused_until=row[5],
    )
    breaker = judge(before, report, rules, now)
    state = State(wait=max(0.0, (breaker.paused_until or now) - now))
    if breaker.open_until is not None:
        state.open = True
        state.wait = max(state.wait, breaker.open_until - now, (breaker.probe_until or now) - now)
    if rules.limits:
        _slots(connection, name, rules, holder, report, state, want if state.wait <= 0 else 0, now)
    if state.open and state.wait <= 0 and want and (state.granted or not rules.limits):
        state.probe = True
        breaker = replace(breaker, probe_until=now + rules.open_for)
    if breaker != before:
        terms = {field: getattr(breaker, field) for field in Breaker.__dataclass_fields__}
        connection.execute(_WRITE, {**terms, "name": name})
    connection.commit()
    return state


def _slots(
    connection: Connection,
    name: str,
    rules: GateRules,
    holder: str,
    report: Report,
    state: State,
    want: int,
    now: float,
) -> None:
    """Settle what ended, and grant what every limit has left."""
    every = []
    connection.execute(_COOLED, {"name": name, "now": now})
    for requests, per in rules.limits:
        terms: dict[str, object] = {"name": name, "rule": f"{requests}/{per:g}", "holder": holder}
        terms |= {"ended": report.ended, "back": report.ended + report.unused, "batch": int(now * 1e6)}
        terms |= {"cool": now + per, "until": now + per + GRACE}
        connection.execute(_HAND_BACK, terms)
        if report.ended:
            connection.execute(_COOL, terms)
        row = connection.execute(_TAKEN, terms).fetchone()
        assert row is not None  # noqa: S101  # an aggregate
        free = requests - int(row[0])
        if free <= 0:
            # Slots in other hands come back within a second or so; those that cool, when they have.
            state.free_in = max(state.free_in, min(1.0 if row[1] is None else row[1] - now, per))
        every.append((terms, free))
    state.granted = max(0, min([want, *(free for _, free in every)]))
    if state.granted:
        for terms, _ in every:
            connection.execute(_GRANT, {**terms, "granted": state.granted})
