"""
What goes to a source and what comes back, as values.

``Prepared`` is a request before it has credentials, in parts, so that paging, windows and
credentials can be put in place. ``Request`` is what goes on the wire. ``Answer`` is what came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A query value that is sent as it stands: the author encoded it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A body before it is written."""

    kind: Literal["json", "form", "text"]
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request in parts, before credentials. It may hold secrets: its ``repr`` shows none of it."""

    method: str
    url: str = field(repr=False)
    """Absolute; its own query, if it has one (a next link), is sent as it stands."""
    query: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Names to values: scalars, lists (the name repeats), ``Raw``; never null."""
    headers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """By name as written; names are compared without case. Scalars."""
    content: Content | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it goes on the wire."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    shown: Mapping[str, Any]
    """``{method, url, headers, body}`` with secrets masked: fit for raw, logs and people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; several of one name are joined by ``, ``."""
    links: Mapping[str, Mapping[str, str]]
    """The Link header by ``rel``: ``url`` and its parameters."""
    body: bytes
    """After content coding; the wire bytes up to the cap where inflating failed."""
    wire_length: int
    coding: str
    """``identity`` without one."""
    date: dt.datetime | None
    """The server's ``Date``, UTC."""
    intact: bool
    """False where the body was cut off, too large or could not be inflated."""
    altered: int
    """0 exact, 1 masked (it echoed a secret), 3 wire bytes (inflating failed)."""
    url: str
    """Where it came from, with secrets masked."""
    request: Mapping[str, Any]
    """The request as shown."""
    fault: str | None = None
    """Why it is not intact: ``response-too-large``, ``response-truncated``, ``coding-unknown``, …"""
    document: Any = None
    """The decoded body, once somebody read it."""


Verb = Literal["read", "retry", "skip", "end", "restart", "split", "resync", "reauthenticate", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be done about an answer: an ``ErrorRule`` that matched, or what goes without one."""

    then: Verb
    """``read`` is 2xx, or ``accept``."""
    after: float | None = None
    """With ``retry``: seconds to wait, where the rule or nothing but the rule says so."""
    message: str | None = None
    code: str = "http-status"
    """Stable; of the error that it becomes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """
    The last answer to a request, with its judgement. ``retry`` means that tries or budget are used
    up, ``reauthenticate`` that it was done once already. An answer that is not intact was tried
    again as often as allowed; it is never to be read.
    """

    answer: Answer
    judgement: Judgement
    attempts: int
