"""What came from a source? Responses, and the records in them; no mapping has seen them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

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
    hash: int | None = None
    """Of the record, signed 64 bits; None where it could not be decoded as it was."""


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
    skimmed: bool = False
    """The body came before: records hold only what the stream itself reads, and ``hashes`` is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """How far one partition of a stream is known complete."""

    value: str | None
    """The cursor as canonical text: RFC 3339 UTC with microseconds, ISO date, digits, or the token."""
    type: Literal["timestamp", "date", "integer", "string", "token"]
