"""
Would the histories see a bug? Bugs that were patched into the engine, and the seeds that show them.

``python -m tests.simulation.seeded_bugs`` looks for the first seed of each anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock
from uuid import UUID

from engine.fetch.incremental import Windows
from engine.flow import canonicalize
from engine.records.identity import Arrival, Assignments, GuardValue, IdentityValue, Parted, Resolver
from engine.store import canonical, dead_letters, leases, ledger, progress, raw, staging
from engine.store.database import Connection, Database
from engine.store.leases import Lease
from engine.store.statements import Statements
from tests.simulation.faults import replaced
from tests.simulation.histories import Broken, play
from tests.simulation.world import World


@contextmanager
def open_lower_bound() -> Iterator[None]:
    """``>`` for ``>=``: a window begins just after the watermark."""
    back = Windows._back
    with mock.patch.object(Windows, "_back", lambda windows, mark: _after(back(windows, mark))):
        yield


def _after(point: int | str) -> int | str:
    return point + 1 if isinstance(point, int) else point


@contextmanager
def watermark_first() -> Iterator[None]:
    """The watermark moves in a transaction of its own, before that of the responses that earned it."""
    keep = raw.keep

    def hasty(connection: Connection, lease: Lease, *, advances: Sequence[Any] = (), **more: Any) -> Any:
        progress.advance(connection, lease.stream, advances)
        connection.commit()
        return keep(connection, lease, **more)

    with replaced(keep, hasty):
        yield


@contextmanager
def swallowed_letter() -> Iterator[None]:
    """One rejection of a batch is forgotten."""
    settle = dead_letters.settle

    def forgetful(
        connection: Any, texts: Any, names: Any, rejected: Sequence[Any], responses: Any
    ) -> dict[int, int]:
        return settle(connection, texts, names, rejected[:-1], responses)

    with replaced(settle, forgetful):
        yield


@contextmanager
def no_fence() -> Iterator[None]:
    """A holder writes without asking whether it still holds the lease."""
    with replaced(leases.fence, lambda connection, lease: None):  # as it is called
        yield


@contextmanager
def first_match() -> Iterator[None]:
    """A record belongs to whoever holds the first of its identity values."""

    def resolve(
        arrivals: Sequence[Arrival],
        holders: Mapping[IdentityValue, UUID],
        members: Mapping[UUID, frozenset[tuple[int, int]]],
        guarded: Mapping[UUID, frozenset[GuardValue]],
        parted: Parted,
    ) -> Assignments:
        del members, guarded, parted
        joins: dict[str, UUID] = {}
        held = dict(holders)
        for each in arrivals:
            owner = next((held[value] for value in each.values if value in held), each.entity)
            if each.newcomer and owner != each.entity:
                joins[each.key] = owner
            for value in each.values:
                held.setdefault(value, owner)
        return Assignments(joins=joins, merges={}, refusals=[])

    planted: Resolver = resolve
    with mock.patch.object(canonicalize, "resolve", planted):
        yield


class _Sure(dict[int, int]):
    """Says of every record that it is known; holds those that are."""

    def __contains__(self, index: object) -> bool:
        return True


@contextmanager
def unchanged_record() -> Iterator[None]:
    """What a record says is compared with what is canonical, and not with what the batch says before it."""
    known = canonical.known
    with mock.patch.object(canonical, "known", lambda *given: _Sure(known(*given))):
        yield


@contextmanager
def unchanged_response() -> Iterator[None]:
    """The same for a whole response."""
    with mock.patch.object(ledger, "_alone", lambda twins, batch, *, keyed: twins):
        yield


@contextmanager
def standing_letter() -> Iterator[None]:
    """A dead letter is opened though the same batch takes back what it stands for."""
    fill = Statements.fill

    def forgetful(texts: Statements, name: str, file: str = "batch", **parts: str) -> str:
        text = fill(texts, name, file, **parts)
        if name != "open_letters":
            return text
        kept, clause, rest = text.partition("  AND NOT EXISTS (  -- nor what the same batch says later")
        assert clause, "the clause that this bug removes is another one now"
        return kept + rest[rest.index("ORDER BY x.subject") :]

    with mock.patch.object(Statements, "fill", forgetful):
        yield


@contextmanager
def first_asked() -> Iterator[None]:
    """Of two records of one version in a batch, the one that was asked for first is loaded."""
    order = staging._order

    def turned(*given: Any) -> tuple[int, int, int]:
        version, position, place = order(*given)
        return version, -position, place

    with replaced(order, turned):
        yield


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug, and what shows it."""

    plant: Callable[[], AbstractContextManager[None]]
    seed: int
    invariants: frozenset[str]
    """One of these breaks."""


BUGS = {
    "open lower bound": Bug(open_lower_bound, 4, frozenset({"I1", "I3"})),
    "watermark before commit": Bug(watermark_first, 11, frozenset({"I1", "I3"})),
    "swallowed dead letter": Bug(swallowed_letter, 3, frozenset({"I6"})),
    "no fence": Bug(no_fence, 1, frozenset({"I8"})),
    "identity by first match": Bug(first_match, 3, frozenset({"I2"})),
    "record unchanged": Bug(unchanged_record, 5, frozenset({"I1"})),
    "response unchanged": Bug(unchanged_response, 5, frozenset({"I1"})),
    "letter of what was taken back": Bug(standing_letter, 1, frozenset({"I6"})),
    "first asked": Bug(first_asked, 1, frozenset({"I1"})),
}


def caught(world: World, bug: Bug, seed: int) -> frozenset[str]:
    """The invariants that a history breaks with the bug in place; none where it is not seen."""
    with bug.plant():
        try:
            play(world, seed)
        except Broken as broken:
            return frozenset(each.invariant for each in broken.violations)
    return frozenset()


def first(world: World, bug: Bug, start: int, tries: int) -> int | None:
    """The first seed from ``start`` on that shows a bug; how two threads meet differs from time to time."""
    seeds = (seed for seed in range(start, start + tries) if caught(world, bug, seed) & bug.invariants)
    return next(seeds, None)


def main() -> int:
    """Print the first seed that shows each bug; 1 where there is none among a thousand."""
    from tests.simulation.__main__ import hasty, server

    missed = 0
    with server() as url:
        Database.open(url).close()
        with World(hasty(url)) as world:
            for name, bug in BUGS.items():
                seed = first(world, bug, 1, 1000)
                print(f"{name}: {'not caught' if seed is None else f'seed {seed}'}", flush=True)
                missed += seed is None
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
