"""
Would the histories see a bug? Bugs that are planted in the engine, and the histories that show them.

``python -m tests.machine.seeded_bugs [NAME …]`` looks anew for where each shows first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest import mock

from engine.errors import StoreError
from engine.mapping.components import resolve
from engine.records.identity import Assignments
from engine.store import identities, overlay, parting, patches, pins, staging
from engine.store.statements import Statements
from tests.machine.histories import LANES, PLAYED, Broken, play
from tests.machine.world import World
from tests.simulation.faults import replaced


@contextmanager
def changed(place: str, old: str, new: str) -> Iterator[None]:
    """A statement says ``new`` for ``old``."""
    fill = Statements.fill

    def planted(texts: Statements, asked: str, file: str = "batch", **parts: str) -> str:
        text = fill(texts, asked, file, **parts)
        if f"{file}/{asked}" != place:
            return text
        assert old in text, f"{place} is another statement now"
        return text.replace(old, new)

    with mock.patch.object(Statements, "fill", planted):
        yield


@contextmanager
def ties_by_key_backwards() -> Iterator[None]:
    """Of equals the last key counts."""
    fold = Statements.fold

    def planted(texts: Statements, *, raw_id: bool) -> str:
        return fold(texts, raw_id=raw_id).replace("a._told DESC", "a._told ASC")

    with mock.patch.object(Statements, "fold", planted):
        yield


@contextmanager
def groups_in_part() -> Iterator[None]:
    """A group is taken field by field."""
    fold = Statements.fold

    def planted(texts: Statements, *, raw_id: bool) -> str:
        text = fold(texts, raw_id=raw_id)
        for group in texts.shape.groups:
            text = text.replace(f"THEN {group}::int8", "THEN 0::int8")
        return text

    with mock.patch.object(Statements, "fold", planted):
        yield


@contextmanager
def resolving(change: Callable[[Assignments], Assignments]) -> Iterator[None]:
    """The resolver's word is changed."""

    def planted(*given: Any) -> Assignments:
        return change(resolve(*given))

    with replaced(resolve, planted):
        yield


def no_guards() -> AbstractContextManager[None]:
    """Joins are not held against guards by the resolver."""

    def planted(arrivals: Any, holders: Any, members: Any, guarded: Any, parted: Any) -> Assignments:
        del guarded
        return resolve(arrivals, holders, members, {}, parted)

    return replaced(resolve, planted)


def no_apart() -> AbstractContextManager[None]:
    """What people keep apart is joined by records."""

    def planted(arrivals: Any, holders: Any, members: Any, guarded: Any, parted: Any) -> Assignments:
        del parted
        return resolve(arrivals, holders, members, guarded, {})

    return replaced(resolve, planted)


def forgotten_refusals() -> AbstractContextManager[None]:
    """A refused join is not listed, and its value goes on joining."""
    return resolving(lambda found: Assignments(joins=found.joins, merges=found.merges, refusals=()))


def since_with_former() -> AbstractContextManager[None]:
    """Records that came since a merge go with those that are parted, whatever they say."""
    going = parting.going

    def planted(records: Any, *, went: Any, stayed: Any, **more: Any) -> Any:
        return going(records, went=went, stayed=stayed, **more) | (set(records) - set(stayed))

    return replaced(going, planted)


def older_patch() -> AbstractContextManager[None]:
    """Patches are laid in the order of their requests, whatever their versions."""
    fold = patches.fold

    def planted(some: Sequence[Any], graves: Any, activation: int, *, keeps: bool) -> Any:
        found = fold(some, graves, activation, keeps=keeps)
        if found.top is None:
            return found
        for each in sorted(some, key=lambda patch: (patch.position, patch.place)):
            if each.fate == 0 and found.top.fate == 0:
                found.says.update({name: each.says[name] for name in found.says.keys() & each.says.keys()})
        return found

    return replaced(fold, planted)


def two_in_a_batch() -> AbstractContextManager[None]:
    """Tombstones between two versions of a record in one batch are not counted."""
    return replaced(staging._incarnation, lambda *given, **more: 0)  # as it is called


@contextmanager
def unsaid(kind: int) -> Iterator[None]:
    """No record says a kind of identity value."""
    said = identities.said

    def planted(shape: Any, source: str) -> dict[int, str]:
        return {**said(shape, source), kind: "NULL::text"}

    with replaced(said, planted):
        yield


def lost_pins() -> AbstractContextManager[None]:
    """Pins of whoever is merged away are lost."""
    own = "p.lifted IS NULL AND p.entity_id = {id}"
    return _both(mock.patch.object(overlay, "STANDING", own), mock.patch.object(pins, "STANDING", own))


@contextmanager
def _both(*planted: AbstractContextManager[Any]) -> Iterator[None]:
    with planted[0], planted[1]:
        yield


BUGS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "ties by version backwards": ties_by_key_backwards,
    "a group in part": groups_in_part,
    "guards forgotten": no_guards,
    "kept apart and joined": no_apart,
    "refusals forgotten": forgotten_refusals,
    "records since a merge": since_with_former,
    "patches by request": older_patch,
    "tombstones within a batch": two_in_a_batch,
    "pins of a merged entity": lost_pins,
    "links forgotten": lambda: unsaid(8),
    "scopes forgotten": lambda: replaced(identities.prefixed, lambda _, value: value),
    "redirects in two steps": lambda: changed(
        "identity/merge_redirects", "WHERE new =", "WHERE false AND new ="
    ),
    "values stay held": lambda: changed("identity/release", "WHERE NOT EXISTS", "WHERE false AND NOT EXISTS"),
    "a place that is taken": lambda: changed(
        "identity/apart", "WHERE r.turn > 1 OR EXISTS", "WHERE false AND EXISTS"
    ),
    "a disabled value forgotten": lambda: changed(
        "identity/disable",
        "%(entity)s, x.kind, x.value, x.eid, true",
        "%(entity)s, x.kind, x.value || '!', x.eid, true",
    ),
    "an older version": lambda: changed("batch/resolve", "AS stale", "AND false AS stale"),
    "former rows": lambda: changed("batch/remember", "WHERE o._won IS NOT NULL", "WHERE false"),
    "waiting references": lambda: changed("references/linked", "WHERE w.kind IN (2, 7)", "WHERE w.kind = 7"),
    "last words that came late": lambda: changed("kept/overtaken", "w.kind = 1", "false"),
    "older last words": lambda: changed("kept/keep", "c._kept_position IS NULL\n        OR", "true OR"),
    "references in last words": lambda: changed("kept/park", "WHERE k.eid", "WHERE false AND k.eid"),
    "letters that stay": lambda: changed("books/answer_letters", "AND (d.stage", "AND false AND (d.stage"),
    "letters of what is old": lambda: changed(
        "books/open_letters", "AND c._incarnation >= 0", "AND c._incarnation < 0"
    ),
    "the younger has it": lambda: changed(
        "unique/turned", "ORDER BY v.id LIMIT 1", "ORDER BY v.id DESC LIMIT 1"
    ),
    "who waits for ever": lambda: changed(
        "unique/others",
        "SELECT DISTINCT t.id FROM _turned t\nWHERE (",
        "SELECT DISTINCT t.id FROM _turned t\nWHERE t.was IS NULL AND (",
    ),
    "values passed on": lambda: changed(
        "references/refound", "WHERE r.target", "WHERE r.value = '' AND r.target"
    ),
}
"""By name, what plants it."""


FEW = 50
"""Histories of each policy that are tried."""


def caught(world: World, name: str, policy: int, few: int = FEW) -> bool:
    """Whether some of the first histories of a policy break with the bug in place."""
    with BUGS[name]():
        try:
            play(world, range(policy * LANES, policy * LANES + few), alone=False)
        except (Broken, StoreError):  # nor may the engine give up
            return True
        finally:
            world.connection.rollback()
    return False


def main() -> int:
    """Print where each bug shows first; 1 where ``PLAYED`` histories do not show it."""
    from tests.machine.__main__ import opened
    from tests.simulation.__main__ import server

    missed = 0
    tries = [(few, policy) for few in (FEW, LANES) for policy in range(PLAYED // LANES)]
    with server() as url:
        for name in sys.argv[1:] or BUGS:
            with opened(url) as world:  # a session of its own: statements are prepared
                found = next((each for each in tries if caught(world, name, each[1], each[0])), None)
            missed += found is None
            first = "not caught" if found is None else "by the first {} of policy {}".format(*found)
            print(f"{name}: {first}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
