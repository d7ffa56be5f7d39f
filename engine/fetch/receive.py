"""What exactly was answered? Status, headers and body, inflated under a cap."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime

from engine.errors import TransientFetchError
from engine.fetch.dial import Wire
from engine.fetch.exchange import Answer, Request
from engine.fetch.inflate import InflateError, Inflater, coding_of
from engine.fetch.secrets import Masker

_TOKENS = re.compile(r'<[^<>]*>|"(?:[^"\\]|\\.)*(?:"|$)|[^\s",;=<>]+|[,;=]')


def receive(wire: Wire, request: Request, *, cap: int, masker: Masker) -> Answer:
    """
    The answer with every secret masked. One that breaks off, is too large or is not what its coding
    says is not ``intact``: it holds the wire bytes, up to the cap.
    """
    headers = masker.tree(joined(wire.headers))
    coding = coding_of(headers.get("content-encoding"))
    raw: list[bytes] = []
    length = 0
    fault = None
    body = b""
    try:
        inflater = Inflater(coding, cap=cap)
        for piece in wire.pieces():
            length += len(piece)
            raw.append(piece)
            inflater.feed(piece)
        body = inflater.finish()
    except InflateError as error:
        fault = error.code
    except TransientFetchError as error:
        if error.code != "response-truncated":
            raise
        fault = error.code
    if fault is not None:
        if fault == "coding-unknown":
            length = _drain(wire, raw, cap)
        body = b"".join(raw)[:cap]
    body, echoed = masker.bytes(body)
    return Answer(
        status=wire.status,
        headers=headers,
        links=links_of(headers.get("link")),
        body=body,
        wire_length=length,
        coding=coding,
        date=date_of(headers.get("date")),
        intact=fault is None,
        altered=3 if fault is not None else 1 if echoed else 0,
        url=masker.text(request.url),
        request=request.shown,
        fault=fault,
    )


def _drain(wire: Wire, raw: list[bytes], cap: int) -> int:
    """Keep what came, though nobody can inflate it."""
    length = 0
    try:
        for piece in wire.pieces():
            raw.append(piece)
            length += len(piece)
            if length > cap:
                break
    except TransientFetchError:
        pass  # the fault is named already: a cut on top of it changes nothing
    return length


def joined(fields: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Header fields by name; several of one name are one list."""
    made: dict[str, str] = {}
    for name, value in fields:
        made[name] = f"{made[name]}, {value}" if name in made else value
    return made


def date_of(header: str | None) -> dt.datetime | None:
    """A ``Date`` header in UTC; None where there is none that can be read."""
    try:
        when = parsedate_to_datetime(header or "")
        return when.replace(tzinfo=dt.UTC) if when.tzinfo is None else when.astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def links_of(header: str | None) -> Mapping[str, Mapping[str, str]]:
    """A Link header by ``rel``: ``url`` and the other parameters; the first of a ``rel`` counts."""
    links: list[dict[str, str]] = []
    name = ""
    waits_for = "link"
    for piece in _TOKENS.findall(header or ""):
        if piece == "," or (waits_for == "link" and piece[0] != "<"):
            waits_for = "link"
        elif waits_for == "link":
            links.append({"url": piece[1:-1]})
            waits_for = "name"
        elif piece == ";":
            waits_for = "name"
        elif piece == "=":
            waits_for = "value"
        elif waits_for == "value":
            value = re.sub(r"\\(.)", r"\1", piece[1:].removesuffix('"')) if piece[0] == '"' else piece
            links[-1].setdefault(name, value)
            waits_for = "name"
        else:
            name = piece.lower()
    found: dict[str, dict[str, str]] = {}
    for link in links:
        for rel in link.pop("rel", "").lower().split():
            found.setdefault(rel, link)
    return found
