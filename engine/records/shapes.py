"""What has the store to know of an entity, its policy and what feeds it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.records.received import StreamName

FIRST_LINK: Final = 8
"""Kinds of identity value below it are the contract's keys, in their order; links have those from it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShape:
    """One canonical field, as PostgreSQL sees it."""

    name: str
    bit: int
    """Its position in a ``said`` mask, 0 to 62."""
    columns: tuple[tuple[str, str], ...]
    """``(column, SQL type)``: one, or amount and currency for money."""
    type: str
    """The contract's type, for display."""
    pii: bool = False
    refers_to: str | None = None
    """The entity that a ``ref`` points at."""
    words: tuple[str, ...] = ()
    """Of an ``enum``: what it may be, from the least to the greatest."""
    awaited: bool = False
    """Of a ``ref``: required, so that a row is withheld while it leads nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """Fields that no two rows of an entity have the same values in."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """A constraint that reads the rows of another entity which refer to this one."""

    name: str
    lines: str
    """The entity of the lines."""
    by: str
    """Its column that refers."""
    meaning: str
    """Fingerprint of what it asks: another one is held against all rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Fields that are decided together, because they share one strategy."""

    mask: int
    """Bits of the fields."""
    prefer: tuple[str, ...]
    """``source`` or ``source.stream``, best first; those not named come after, together."""
    ways: tuple[str, ...]
    """
    What orders those that ``prefer`` leaves together, first to last, before (source, stream, key) as text:
    ``latest`` and ``earliest`` by version, ``max`` and ``min`` by the value of the one field.
    """
    union: bool = False
    """Everyone who says the field wins it, and its value is the set of all elements."""
    max_age: int | None = None
    """Seconds after which who was not confirmed comes behind all that are younger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One mapping applied to one source's stream."""

    mapping: str
    """``connector/name``, the mapping's path without its ending."""
    stream: StreamName
    entity: str
    refs: Mapping[str, StreamName] = field(default_factory=dict)
    """Which stream each ``ref`` field's key belongs to."""
    by_identity: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """``ref`` fields that say an identity value: the entity, and which of its identity keys."""
    scopes: Mapping[str, str] = field(default_factory=dict)
    """In which scope of the identity key the value of such a field is meant, where the key has scopes."""
    links: Mapping[str, StreamName] = field(default_factory=dict)
    """Which stream each link of the mapping leads to, by ``connector.stream`` as it says."""
    opens: bool = False
    """The mapping has ``each``: one record makes several contributions."""
    keyed: bool = False
    """The mapping has a ``key`` of its own without ``each``: absent records end nothing."""
    partial: bool = False
    """The stream's records are patches."""
    confirms: bool = False
    """The stream is read whole, by keys that are the mapping's: who is not confirmed by it ages."""
    listed_by: StreamName | None = None
    """The stream that lists which records of this one are deleted; None: nothing of this mapping ends so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityShape:
    """All that the store needs to know about an entity: its contract and policy, compiled."""

    name: str
    fields: tuple[FieldShape, ...]
    identity: tuple[str, ...]
    """Names of the identity keys, in order: kind 0, 1, …"""
    preferences: tuple[Preference, ...]
    groups: tuple[int, ...]
    """Masks of fields that are taken together."""
    feeds: tuple[Feed, ...]
    """Every (mapping, stream) pair that feeds it; values are kept per contribution from two on."""
    history: bool
    """Whether former rows are kept."""
    history_for: int | None = None
    """Seconds that they are kept; None for ever."""
    end_entity: frozenset[str] = frozenset()
    """Sources whose deletion ends the entity, whatever others say."""
    keeps: frozenset[str] = frozenset()
    """Sources whose deleted records still say what they said last, where nobody else says it."""
    guards: tuple[str, ...] = ()
    """Fields, of one column, that no two sides of a join may say differently."""
    links: tuple[StreamName, ...] = ()
    """Streams that links ever led to: kind ``FIRST_LINK`` and up, in the order in which they came to be."""
    scopes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Identity key → source → the scope that its values stand in; a key that is not here has none."""
    unique: tuple[Unique, ...] = ()
    over: tuple[Over, ...] = ()
    fingerprint: str = ""

    @property
    def kinds(self) -> tuple[int, ...]:
        """The kinds of identity value that a record may say, ascending."""
        first = FIRST_LINK + len(self.links)
        return (*range(len(self.identity)), *range(FIRST_LINK, first))

    @property
    def wide(self) -> bool:
        """Whether contributions carry values of their own: they must where they can be folded anew."""
        many = len(self.feeds) > 1 or any(feed.by_identity for feed in self.feeds)
        return many or self.withholds or bool(self.keeps)

    @property
    def lines(self) -> tuple[int, ...]:
        """The ages, in seconds, behind which records rank later; none where nobody could take their place."""
        if len({feed.stream for feed in self.feeds}) < 2:
            return ()
        return tuple(sorted({each.max_age for each in self.preferences if each.max_age is not None}))

    @property
    def awaited(self) -> tuple[FieldShape, ...]:
        """References that must lead somewhere."""
        return tuple(field for field in self.fields if field.awaited)

    @property
    def withholds(self) -> bool:
        """Whether a row that the fold makes may have to wait before it is published."""
        return bool(self.awaited or self.unique)

    @property
    def stage_columns(self) -> tuple[tuple[str, str], ...]:
        """``(column, SQL type)`` of a stage row, in the order of ``StageRow.line``.

        A ``ref`` field stands as the text of the key it refers to. An identity value is
        normalised text. The store adds ``_source``, ``_stream`` and ``_activation``.
        """
        columns = [
            ("_key", "text"),
            ("_record", "text"),
            ("_fate", "int2"),
            ("_version", "int8"),
            ("_position", "int8"),
            ("_raw_id", "int8"),
            ("_place", "int4"),
            ("_hash", "int8"),
            ("_founded", "int8"),
            ("_said", "int8"),
        ]
        columns += [(f"_k{kind}", "text") for kind in self.kinds]
        for each in self.fields:
            columns += [(each.columns[0][0], "text")] if each.refers_to else list(each.columns)
        return tuple(columns)
