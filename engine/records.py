"""
The nouns that the rooms exchange: frozen, keyword-only, without behaviour.

``fetch`` makes a ``Response`` and reads it into ``Decoded`` records; ``mapping`` turns those into
``Mapped`` rows and ``Rejection`` values under a ``Program`` whose entity has an ``EntityShape``;
``store`` keeps them all. Only ``flow`` sees the three rooms at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal
from uuid import UUID

NO_VERSION = -(2**63)
"""The version of a record that declares none, or an unreadable one: it sorts lowest."""


class Verdict(IntEnum):
    """How a response can be read; decided once, at extract, independent of any mapping."""

    STRICT = 0
    """Well-formed throughout: the fast decoder and the exact one agree on every byte."""
    TOLERANT = 1
    """Records can be found, but single ones hold bad bytes, depth or numbers and are rejected."""
    REFUSED = 2
    """No records can be found in it: kept, never mapped, and its run is not complete."""


class Fate(IntEnum):
    """What a record does to what its key said before."""

    SAYS = 0
    FILTERED = 1
    """No longer passes a ``when``: what it said is withdrawn."""
    DELETED = 2
    """A delete marker, or an element gone from a newer version of its record."""
    RECORD = 3
    """Not a contribution: remembers the newest order key of a record that ``each`` opens."""
    REFUSED = 4
    """A patch that is a dead letter: its place among the others is known, nothing of it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamName:
    """One kind of record in one installed connector."""

    source: str
    stream: str

    def __str__(self) -> str:
        return f"{self.source}.{self.stream}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer as received."""

    id: int
    """Raw id; 0 until it is stored."""
    stream: StreamName
    partition: Mapping[str, Any]
    """What ``for_each`` bound for the request; empty without it."""
    position: int
    """Drawn from the stream's counter when the request was sent; the last part of an order key."""
    request: Mapping[str, Any]
    """``{method, url, headers, body}``, with secrets masked."""
    status: int
    headers: Mapping[str, str]
    """Allow-listed, names in lower case."""
    fetched_at: dt.datetime
    """The server's ``Date``, or the database's clock where it sends none; UTC."""
    body: bytes
    """After transfer and content coding (the wire bytes where inflating failed)."""
    sha256: bytes
    wire_length: int
    coding: str
    """Content coding on the wire, ``identity`` without one."""
    altered: int = 0
    """0 exact, 1 masked (it echoed a secret), 2 erased, 3 wire bytes (inflating failed)."""
    verdict: Verdict = Verdict.STRICT
    records: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with one record."""

    code: str
    """Stable, kebab-case."""
    message: str
    field: str | None = None
    """The mapped field, where one is to blame."""
    rule: str | None = None
    """``file:line`` of the rule, or the key of the stream (``key``, ``version``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A record that could not become canonical, with every reason."""

    place: int
    """Index among the elements of ``records`` in its response, from 0."""
    key: str | None
    version: int
    stage: Literal["decode", "record", "map", "load"]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The records of one response, as the stream (and no mapping) reads them. Parallel lists."""

    response: Response
    document: Any
    """The decoded body; ``of: body`` reads it."""
    records: Sequence[Any]
    """One value a record; null elements are passed over."""
    places: Sequence[int]
    """Index of each record among the elements, null ones counted."""
    keys: Sequence[str | None]
    """Record keys as text; None where the key is null (a dead letter)."""
    versions: Sequence[int]
    """``NO_VERSION``, an integer, or microseconds since 1970 for timestamps and dates."""
    hashes: Sequence[int]
    """Signed 64-bit hash of the record's canonical JSON (numbers keep their digits)."""
    fates: Sequence[int]
    """``Fate.SAYS``, ``FILTERED`` by the stream's ``when``, or ``DELETED`` by its marker."""
    faults: Mapping[int, tuple[Fault, ...]]
    """By index in these lists: why this record is rejected before any mapping sees it."""
    nulls: int = 0
    """Null elements that were passed over."""
    unreadable_versions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One record of a stream of patches: what it says about its key, and where it stands among others."""

    key: str
    version: int
    position: int
    """Of the request."""
    place: int
    raw_id: int
    activation: int
    """Of the version of the mapping that made it; 0 until it is loaded."""
    fate: int
    """``Fate.SAYS``, ``DELETED`` or ``REFUSED``."""
    founded: int
    """When its response was fetched, in milliseconds since 1970."""
    says: Mapping[str, str | None]
    """Column → PostgreSQL's text, null for what it clears; what it leaves out stays as it was.

    ``PASSES`` stands among the columns where it holds what ``when`` reads, ``WHOLE`` in one that could
    not be read at all.
    """


PASSES = "_when"
"""Stands for the mapping's ``when`` in what a patch says: ``t`` or ``f``."""
WHOLE = "_whole"
"""Stands for whatever a patch said that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What all patches of one key say together."""

    columns: tuple[str | None, ...]
    """In the order of the shape's fields, a reference as the key's text."""
    said: int
    """Bit mask of the fields that are not null."""
    identity: tuple[str | None, ...]
    """Normalised values of the identity keys; null where one cannot be made."""
    passes: bool
    """The mapping's ``when``, as it was said last."""
    complete: bool
    """Every required field has a value: else nothing is said yet."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with the whole, though every patch is sound."""


Completer = Callable[[Mapping[str, "str | None"]], Whole]
"""Makes a whole of what patches say, column by column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What one program made of one response: rows for the load path, as parallel lists."""

    response: Response
    keys: Sequence[str]
    """Contribution keys."""
    versions: Sequence[int]
    places: Sequence[int]
    fates: Sequence[int]
    lines: Sequence[str]
    """``EntityShape.stage_columns`` in COPY text format, tab-separated, without the newline."""
    patches: Sequence[Patch] = ()
    """Of a stream of patches, instead of ``lines``: parallel to the keys."""
    refused: Sequence[Patch] = ()
    """Of a stream of patches: one for each rejection with a key."""
    rejections: Sequence[Rejection]
    elements: int
    """Records in, or with ``each`` the elements: every one is a row, a rejection, or was skipped."""
    skipped: int = 0
    """Records known to be the same before mapping."""
    omitted: int = 0
    """Fields dropped by ``on_error: omit``."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Fields that are decided together, because they share one strategy."""

    mask: int
    """Bits of the fields."""
    prefer: tuple[str, ...]
    """``source`` or ``source.stream``, best first; those not named come after, together."""
    then_latest: bool
    """Ties by version, newest first, before (source, stream, key) as text."""


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
    end_entity: frozenset[str] = frozenset()
    """Sources whose deletion ends the entity, whatever others say."""
    fingerprint: str = ""

    @property
    def wide(self) -> bool:
        """Whether contributions carry values of their own: they must where they can be folded anew."""
        return len(self.feeds) > 1 or any(feed.by_identity for feed in self.feeds)

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
        columns += [(f"_k{kind}", "text") for kind in range(len(self.identity))]
        for each in self.fields:
            columns += [(each.columns[0][0], "text")] if each.refers_to else list(each.columns)
        return tuple(columns)


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
    opens: bool = False
    """The mapping has ``each``: one record makes several contributions."""
    keyed: bool = False
    """The mapping has a ``key`` of its own without ``each``: absent records end nothing."""
    partial: bool = False
    """The stream's records are patches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """One ledger row: what became of a response's records under a mapping. In = the sum of the rest."""

    records: int
    changed: int = 0
    same: int = 0
    stale: int = 0
    filtered: int = 0
    dead: int = 0
    omitted: int = 0
    """Fields that ``on_error: omit`` left out; no records, and not in the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """How far one partition of a stream is known complete."""

    value: str | None
    """The cursor as canonical text: RFC 3339 UTC with microseconds, ISO date, digits, or the token."""
    type: Literal["timestamp", "date", "integer", "string", "token"]


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


IdentityValue = tuple[int, str]
"""``(kind, normalised value)``."""

StreamId = tuple[int, int]
"""``(source, stream)`` by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A record that begins to say identity values."""

    key: str
    """Its contribution key."""
    entity: UUID
    """The entity it belongs to; its own, new one for a newcomer."""
    newcomer: bool
    """Whether nobody but it belongs to that entity yet."""
    stream: StreamId | None
    """The stream that it came from; None for a whole entity, whose streams are among the members."""
    values: tuple[IdentityValue, ...]
    """What it says, without values that are disabled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignments:
    """What follows from arrivals: the same in whatever order they come."""

    joins: Mapping[str, UUID]
    """Newcomer's key → the entity it belongs to, where that is not its own."""
    merges: Mapping[UUID, tuple[UUID, str]]
    """Entity that goes → the one that it becomes, and the key of a record that showed it."""
    refusals: Sequence[tuple[str, IdentityValue, UUID, UUID]]
    """``(key, value, entity of the record, another entity that says the value)``: it is disabled."""


Resolver = Callable[
    [Sequence[Arrival], Mapping[IdentityValue, UUID], Mapping[UUID, frozenset[StreamId]]], Assignments
]
"""Assigns arrivals, given who holds each value and which streams have a live record in each entity."""
