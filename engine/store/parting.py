"""Which records of an entity go, where it is parted? What each of them says decides, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from engine.records.identity import IdentityValue
from engine.records.shapes import EntityShape
from engine.store.database import Connection
from engine.store.entities import contribution

Member = tuple[int, int, str]
"""``(source, stream, key)``: a record by its place in the crosswalk."""

Members = Mapping[Member, frozenset[IdentityValue]]
"""Records of one entity, and the identity values that the live ones say."""


def members(connection: Connection, shape: EntityShape, of: UUID) -> Members:
    """The records of an entity; those that ended say nothing."""
    rows = connection.execute(
        "SELECT _source, _stream, _key, CASE WHEN _fate = 0 AND _dead_run IS NULL THEN _identity END"
        f" FROM {contribution(shape.name)} WHERE _entity_id = %s",
        [of],
    )
    return {
        (source, stream, key): frozenset(
            (kind, value) for kind, value in enumerate(said or ()) if value is not None
        )
        for source, stream, key, said in rows
    }


def sides(
    connection: Connection, decision: int, former: UUID, survivor: UUID
) -> tuple[set[Member], set[Member]]:
    """
    Records that stood with ``former`` when a merge was made, and those that stood with the other side
    or, in any merge, with ``survivor``.
    """
    rows = connection.execute(
        "SELECT source, stream, key, bool_or(decision = %(decision)s AND entity_id = %(former)s)"
        " FROM syncline.identity_member WHERE decision = %(decision)s OR entity_id = %(survivor)s"
        " GROUP BY source, stream, key",
        {"decision": decision, "former": former, "survivor": survivor},
    ).fetchall()
    went = {(source, stream, key) for source, stream, key, gone in rows if gone}
    return went, {(source, stream, key) for source, stream, key, _ in rows} - went


def going(
    records: Members,
    *,
    went: Collection[Member],
    stayed: Collection[Member],
    disabled: Collection[IdentityValue] = (),
) -> set[Member]:
    """
    Records that go with those that ``went``.

    The others came since: connected by values that join, they go together where they share a value with
    those that went, and none with those that stayed.
    """
    values = {member: said - frozenset(disabled) for member, said in records.items()}
    gone = {member for member in records if member in went}
    kept = {member for member in records if member in stayed and member not in gone}
    theirs, ours = _said(values, gone), _said(values, kept)
    for group in _connected({member: values[member] for member in records.keys() - gone - kept}):
        said = _said(values, group)
        if said & theirs and not said & ours:
            gone |= group
    return gone


def said_by(records: Members, chosen: Collection[Member]) -> set[IdentityValue]:
    """All that these records say."""
    return _said(records, chosen)


def _said(values: Members, chosen: Iterable[Member]) -> set[IdentityValue]:
    return set[IdentityValue]().union(*(values[member] for member in chosen))


def _connected(values: Members) -> list[set[Member]]:
    """Groups of records that share values, directly or by others."""
    groups: list[tuple[set[Member], set[IdentityValue]]] = []
    for member, said in sorted(values.items()):
        joined, all_said = {member}, set(said)
        apart = []
        for group, theirs in groups:
            if theirs & all_said:
                joined, all_said = joined | group, all_said | theirs
            else:
                apart.append((group, theirs))
        groups = [*apart, (joined, all_said)]
    return [group for group, _ in groups]


def columns(chosen: Iterable[Member]) -> dict[str, list[Any]]:
    """Records as three arrays, for a statement."""
    ordered = sorted(chosen)
    return {
        "sources": [each[0] for each in ordered],
        "streams": [each[1] for each in ordered],
        "keys": [each[2] for each in ordered],
    }
