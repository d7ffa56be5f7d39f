"""What is one kind of record, and how is it asked for? A stream of a connector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from engine.expression import Expression, Template
from engine.fetch.decode import Decoder
from engine.fetch.decode.json import Json
from engine.fetch.deletes import Deletes
from engine.fetch.deletes.none import NoDeletes
from engine.fetch.http import ErrorRule
from engine.fetch.key_part import KeyPart
from engine.fetch.pagination import Paginator
from engine.fetch.pagination.none import NoPagination
from engine.fetch.place import Place
from engine.fetch.retrieve import Retriever
from engine.fetch.retrieve.pages import Pages
from engine.fetch.times import TimeStyle
from engine.spec.component import Component, Path, component, field
from engine.spec.values import Duration, Name, Templated

Method = Literal["GET", "POST", "PUT", "PATCH"]


@component()
class Body(Component):
    """What is sent as the body of a request: exactly one of the forms."""

    reserved: ClassVar[Mapping[str, str]] = {
        "xml": "body 'xml' is not built yet",
        "graphql": "body 'graphql' is not built yet",
    }

    json: Templated = field("A tree, sent as JSON.", default=None, examples=({"showInactive": True},))
    form: Mapping[str, Templated] | None = field("Fields, sent as a form; a list repeats.", default=None)
    text: Template | None = field("Sent as it stands, in UTF-8.", default=None)

    def problems(self) -> list[tuple[Path, str, str]]:
        """Exactly one form."""
        said = [name for name in ("json", "form", "text") if getattr(self, name) is not None]
        if len(said) == 1:
            return []
        return [((), "wrong-combination", "a body is exactly one of json, form, text")]


@component()
class Version(Component):
    """What orders two versions of one record; null or unreadable sorts lowest and is counted."""

    short: ClassVar[str | None] = "value"

    value: Expression = field("Reads the record.", examples=("lastChanged",))
    type: Literal["timestamp", "date", "integer"] = field("What the value is.", default="timestamp")
    format: TimeStyle = field("How a time or date is written.", default=TimeStyle("rfc3339"))


@component()
class Bound(Component):
    """Where one end of a window goes in the request."""

    into: Place = field("The place.", examples=("query.updated_since",))
    format: TimeStyle | None = field("How it is written there; left out: as the cursor.", default=None)


@component()
class Incremental(Component):
    """How only what changed is asked for."""

    cursor: Expression | None = field("Reads the record: when it changed.", default=None)
    type: Literal["timestamp", "date", "integer", "string", "token"] = field(
        "What the cursor is.", default="timestamp"
    )
    format: TimeStyle = field("How a time or date is written.", default=TimeStyle("rfc3339"))
    zone: str | None = field("Of times that are written without one.", default=None)
    start: Template | int | None = field(
        "Where the first run begins: a time, ``${config.start}``, or back from the run: ``-30d``.",
        default=None,
    )
    from_: Bound | None = field(
        "Where the lower end goes; not where ``${window.start}`` says it.", default=None
    )
    until: Bound | None = field("Where the upper end goes.", default=None)
    window: Duration | int | None = field("Cut long ranges into windows of this length.", default=None)
    lookback: Duration | int | None = field("Read this much again before the watermark.", default=None)
    order: Literal["ascending", "descending"] | None = field(
        "How the source sorts by the cursor; left out: unordered.", default=None
    )
    next: Expression | None = field(
        "With type ``token``: what to resume with; reads the scope.", default=None
    )
    retention: Duration | None = field(
        "The source forgets: an older watermark means a full read.", default=None
    )

    def problems(self) -> list[tuple[Path, str, str]]:
        """What goes with which type of cursor."""
        found: list[tuple[Path, str, str]] = []
        needed = "next" if self.type == "token" else "cursor"
        if getattr(self, needed) is None:
            found.append(((), "missing-key", f"incremental of type '{self.type}' needs '{needed}'"))
        if self.next is not None and self.type != "token":
            found.append((("next",), "wrong-combination", "'next' goes with 'type: token' only"))
        for key, bound in (("from", self.from_), ("until", self.until)):
            if bound is not None and (bound.format or self.format) == "parts":
                said = "a request cannot carry parts: say how the time is written there (format: rfc3339)"
                found.append(((key,), "wrong-time-format", said))
        for key in ("window", "lookback"):
            value = getattr(self, key)
            if value is None:
                continue
            if self.type in {"string", "token"}:
                said = f"'{key}' does not go with type '{self.type}'"
                found.append(((key,), "wrong-combination", said))
            elif isinstance(value, int) != (self.type == "integer"):
                wanted = "a whole number" if self.type == "integer" else "a duration such as 30d"
                found.append(((key,), "wrong-type", f"'{key}' of type '{self.type}' is {wanted}"))
        return found


@component()
class ForEach(Component):
    """Ask once for each: of the values, or of the records of a parent stream."""

    reserved: ClassVar[Mapping[str, str]] = {
        "batch": "'batch' in for_each is not built yet",
        "changed": "'changed' in for_each is not built yet",
    }

    stream: Name | None = field("The parent stream; may be this one (a tree).", default=None)
    value: Expression | None = field("Reads a record of the parent.", default=None)
    values: Templated = field("The values themselves: a list, or ``${config.regions}``.", default=None)
    as_: Name = field("What ``partition`` calls it.", examples=("id",))
    when: Expression | None = field("Reads a record of the parent; passes over the others.", default=None)

    def problems(self) -> list[tuple[Path, str, str]]:
        """Either a parent stream with a value, or values."""
        if (self.stream is None) == (self.values is None):
            return [((), "wrong-combination", "for_each needs either 'stream' or 'values'")]
        if self.stream is not None and self.value is None:
            return [((), "missing-key", "for_each over a stream needs 'value': what to take of each record")]
        if self.values is None:
            return []
        return [
            ((key,), "wrong-combination", f"'{key}' goes with 'stream', not with 'values'")
            for key in ("value", "when")
            if getattr(self, key) is not None
        ]


@component()
class StreamKeys(Component):
    """One kind of record: how it is asked for, and what its records are. All but ``path`` and
    ``key`` may come from the connector's ``defaults``; a key said here replaces the default whole.
    """

    path: Template | None = field("Appended to ``base_url``.", default=None, examples=("/employees",))
    for_each: tuple[ForEach, ...] | ForEach | None = field(
        "Ask once for each value or parent record; a list is their product.", default=None
    )
    method: Method | None = field("Left out: GET.", default=None)
    query: Mapping[str, Templated] | None = field(
        "Query parameters. A list repeats the name; ``{raw: …}`` is sent as it stands.", default=None
    )
    body: Body | None = field("What is sent as the body.", default=None)
    records: Expression | None = field(
        "Where the records are in the decoded body; a missing path is an error.", default=None
    )
    when: Expression | None = field("Reads the record; only those that pass are records.", default=None)
    key: tuple[KeyPart, ...] | KeyPart | None = field(
        "What tells records apart, as text; several parts in a list.", default=None
    )
    version: Version | None = field(
        "What orders two versions of one record; left out: request order.", default=None
    )
    pagination: Paginator | None = field("How to walk from page to page; left out: none.", default=None)
    incremental: Incremental | None = field("How only what changed is asked for.", default=None)
    deletes: Deletes | None = field("How deleted records are found; left out: none.", default=None)
    errors: tuple[ErrorRule, ...] | None = field(
        "What to do about answers, before ``http.errors``.", default=None
    )
    decode: Decoder | None = field("How bodies are read; left out: json.", default=None)
    retrieve: Retriever | None = field("How the records are had; left out: pages.", default=None)
    partial: bool | None = field(
        "Records are patches: what is absent in one stays as it was, null clears it. Left out: a record "
        "replaces all that an older version of it said.",
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A stream with the connector's defaults applied: what the engine runs on."""

    name: str
    at: Path
    """Where it stands in the connector's file."""
    path: Template | None
    """Appended to ``base_url``; None: ``base_url`` itself."""
    method: Method
    query: Mapping[str, Any]
    """Trees in which strings are templates."""
    body: Body | None
    records: Expression | None
    when: Expression | None
    key: tuple[KeyPart, ...]
    version: Version | None
    pagination: Paginator
    incremental: Incremental | None
    deletes: Deletes
    errors: tuple[ErrorRule, ...]
    """The stream's own, then the connector's."""
    for_each: tuple[ForEach, ...]
    decode: Decoder
    retrieve: Retriever
    partial: bool


def resolve(
    name: str, keys: StreamKeys, defaults: StreamKeys | None, errors: tuple[ErrorRule, ...]
) -> Stream:
    """Apply the connector's defaults to what a stream says itself."""

    def said(key: str) -> Any:
        own = getattr(keys, key)
        return own if own is not None or defaults is None else getattr(defaults, key)

    key, for_each = said("key"), said("for_each")
    return Stream(
        name=name,
        at=keys.at,
        path=said("path"),
        method=said("method") or "GET",
        query=said("query") or {},
        body=said("body"),
        records=said("records"),
        when=said("when"),
        key=key if isinstance(key, tuple) else () if key is None else (key,),
        version=said("version"),
        pagination=said("pagination") or NoPagination(),
        incremental=said("incremental"),
        deletes=said("deletes") or NoDeletes(),
        errors=(said("errors") or ()) + errors,
        for_each=for_each if isinstance(for_each, tuple) else () if for_each is None else (for_each,),
        decode=said("decode") or Json(),
        retrieve=said("retrieve") or Pages(),
        partial=bool(said("partial")),
    )
