"""What is wrong with a connector beyond its form? Names that do not exist, settings that do not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from engine.errors import PermanentFetchError, Problem
from engine.expression import Template
from engine.expression.paths import paths
from engine.fetch.check_deletes import check_deletes
from engine.fetch.connector import Connector
from engine.fetch.dial import OURS
from engine.fetch.egress import Origin
from engine.fetch.incremental import Windows
from engine.fetch.install import misfit
from engine.fetch.reads import reads, texts
from engine.fetch.scope import NAMES, PAGE, RUN, WINDOW
from engine.fetch.stream import StreamKeys, resolve
from engine.spec.component import Component, Path
from engine.spec.document import Document
from engine.spec.say import near
from engine.spec.values import Name

CODES = {
    "unknown-name": "An expression reads a name that its scope does not have.",
    "secret-not-here": "A secret may stand only in what is sent.",
    "missing-key": "A setting that the engine needs is not there.",
    "unknown-stream": "No stream of the connector has this name.",
    "wrong-origin": "A text is no origin: scheme, host and port.",
    "wrong-header": "A text cannot be the name of a header.",
    "wrong-zone": "No time zone has this name.",
    "wrong-config": "A default is not of the type of its config key.",
}

_SENT = frozenset({"base_url", "origins", "headers", "auth", "path", "query", "body"})
"""Keys of ``http`` and of streams under which secrets may stand."""
_OF_RECORDS = frozenset({"key", "version", "when", "records"})
"""Keys of streams that read the record or the body, not the scope."""
_OF_RECORDS_BELOW = frozenset(
    {
        ("incremental", "cursor"),
        ("deletes", "when"),
        ("deletes", "key"),
        ("for_each", "value"),
        ("for_each", "when"),
        ("pagination", "by"),
    }
)
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def of_record(at: Path, path: Path) -> bool:
    """Whether what stands at ``path``, in the part at ``at``, reads records or bodies, not the scope."""
    below = tuple(step for step in path[len(at) :] if isinstance(step, str))
    return at[0] != "http" and (below[0] in _OF_RECORDS or below[:2] in _OF_RECORDS_BELOW)


def check_connector(document: Document[Connector]) -> list[Problem]:
    """Every problem of one connector file that its form does not show."""
    connector = document.draft
    if connector is None:
        return []
    found = (
        *_config(document, connector),
        *_http(document, connector),
        *_streams(document, connector),
        *check_deletes(document, connector),
    )
    return list(dict.fromkeys(found))  # what the defaults get wrong, every stream gets wrong


def _config(document: Document[Connector], connector: Connector) -> Iterator[Problem]:
    for name, key in connector.config.items():
        fault = None if key.default is None or key.type == "enum" else misfit(key, key.default)
        if fault is not None:
            yield document.problem(("config", name, "default"), "wrong-config", f"the default {fault}")


def _http(document: Document[Connector], connector: Connector) -> Iterator[Problem]:
    http = getattr(connector, "http", None)
    if http is None:
        return
    yield from _names(document, connector, ("http",), http, partition=None)
    for name in http.headers:
        wrong = "cannot be the name of a header" if not _HEADER.fullmatch(name) else ""
        if name.lower() in OURS:
            wrong = "is a header that the client sets itself"
        if wrong:
            said = f"{name!r} {wrong}"
            yield document.key_problem(("http", "headers", name), "wrong-header", said)
    origins: list[tuple[Path, Any]] = [(("http", "base_url"), getattr(http, "base_url", None))]
    origins += [(("http", "origins", index), each) for index, each in enumerate(http.origins)]
    for path, template in origins:
        if not isinstance(template, Template) or template.expressions:
            continue
        try:
            Origin.of(template.text)
        except ValueError as error:
            yield document.problem(path, "wrong-origin", f"{template.text!r} is no place to ask: {error}")


def _streams(document: Document[Connector], connector: Connector) -> Iterator[Problem]:
    if connector.defaults is not None:
        bound = {each for keys in connector.streams.values() for each in _bound(keys)}
        yield from _names(document, connector, ("defaults",), connector.defaults, partition=bound)
    for name, keys in connector.streams.items():
        at: Path = ("streams", name)
        given = (keys, connector.defaults)
        for needed in ("path", "records", "key"):
            if all(getattr(each, needed, None) is None for each in given) and needed not in document.names(
                *at
            ):
                yield document.key_problem(at, "missing-key", f"stream '{name}' needs '{needed}'")
        bound = _bound(keys) | (_bound(connector.defaults) if keys.for_each is None else set())
        yield from _names(document, connector, at, keys, partition=bound or None)
        yield from _parents(document, connector, keys)
        yield from _incremental(document, connector, at, keys)
        yield from _paging(document, connector, name)
        yield from _patches(document, connector, name)


def _paging(document: Document[Connector], connector: Connector, name: Name) -> Iterator[Problem]:
    """What a paginator has against the stream that it pages."""
    stream = resolve(name, connector.streams[name], connector.defaults, ())
    sent = {"path": stream.path, "query": stream.query, "body": stream.body}
    for below, code, message in stream.pagination.misfits(sent, stream.incremental):
        yield document.problem((*stream.pagination.at, *below), code, message)


def _patches(document: Document[Connector], connector: Connector, name: Name) -> Iterator[Problem]:
    """What a stream of patches cannot have: its records say only what changed."""
    stream, at = resolve(name, connector.streams[name], connector.defaults, ()), ("streams", name)
    if stream.partial and stream.when is not None:
        said = (
            "'when' does not go with 'partial': a patch may leave out what it reads; write it in the "
            "mapping, where what was said last counts"
        )
        yield document.key_problem((*at, "when"), "wrong-combination", said)
    if stream.partial and any(() in paths(part.value) for part in stream.key if part.of is None):
        said = "a key that reads the whole record is another one with every patch: name what stays the same"
        yield document.key_problem((*at, "key"), "wrong-combination", said)
    for each in stream.for_each:
        parent = None if each.stream is None else connector.streams.get(each.stream)
        if parent is not None and resolve(name, parent, connector.defaults, ()).partial:
            said = f"for_each over the patches of '{each.stream}' is not built: one is not a whole parent"
            yield document.key_problem((*at, "for_each"), "not-built", said)


def _incremental(
    document: Document[Connector], connector: Connector, at: Path, keys: StreamKeys
) -> Iterator[Problem]:
    """The ends of a window have to be sent, or every run would read everything and not say so."""
    incremental = keys.incremental
    if incremental is None:
        return
    at = (*at, "incremental")
    if incremental.zone is not None and not _is_zone(incremental.zone):
        said = f"there is no time zone {incremental.zone!r}"
        yield document.problem((*at, "zone"), "wrong-zone", said)
    elif not (isinstance(incremental.start, Template) and incremental.start.expressions):
        try:
            Windows(incremental).start({}, now=0)
        except PermanentFetchError as error:
            yield document.problem((*at, "start"), error.code, str(error))
    parts = (keys, connector.defaults) if connector.defaults is not None else (keys,)
    sent = {
        second
        for part in parts
        for path, text in texts((), part)
        if isinstance(text, Template) and path[0] in _SENT
        for expression in text.expressions
        for name, second in reads(expression)
        if name == "window"
    }
    if incremental.from_ is None and "start" not in sent:
        said = "nothing tells the source where to start: 'from', or ${window.start} in the request"
        yield document.key_problem(at, "missing-key", said)
    if incremental.window is not None and incremental.until is None and "end" not in sent:
        said = "a window has to end: 'until', or ${window.end} in the request"
        yield document.key_problem(at, "missing-key", said)


def _parents(document: Document[Connector], connector: Connector, keys: StreamKeys) -> Iterator[Problem]:
    for each in _each(keys):
        if each.stream is not None and each.stream not in connector.streams:
            said = f"there is no stream '{each.stream}'{near(each.stream, connector.streams)}"
            yield document.problem((*each.at, "stream"), "unknown-stream", said)


def _names(
    document: Document[Connector],
    connector: Connector,
    at: Path,
    component: Component,
    *,
    partition: set[str] | None,
) -> Iterator[Problem]:
    """Names that no scope has; ``partition``: what ``for_each`` binds, None where there is none."""
    known: dict[str, Any] = {
        "config": set(connector.config),
        "secret": set(connector.secrets),
        "partition": partition,
        "page": PAGE,
        "window": WINDOW,
        "run": RUN,
    }
    for path, text in texts(at, component):
        if of_record(at, path):
            continue
        below = [step for step in path[len(at) :] if isinstance(step, str)]
        expressions = text.expressions if isinstance(text, Template) else (text,)
        for expression in expressions:
            for name, second in sorted(reads(expression), key=str):
                found = _unknown(name, second, known, sent=below[0] in _SENT)
                if found is not None:
                    code, word, message = found
                    yield document.problem(path, code, message, max(text.text.find(word), 0))


def _unknown(
    name: str, second: str | None, known: Mapping[str, Any], *, sent: bool
) -> tuple[str, str, str] | None:
    """Code, the word that is wrong, message; None where nothing is."""
    if name not in NAMES:
        return "unknown-name", name, f"there is no '{name}' in the scope{near(name, NAMES)}"
    if name == "secret" and not sent:
        said = "a secret may stand only in what is sent: auth, base_url, path, query, headers, body"
        return "secret-not-here", name, said
    if name == "partition" and known[name] is None:
        return "unknown-name", name, "there is no 'partition' without 'for_each'"
    if second is None or name not in known or second in known[name]:
        return None
    return "unknown-name", second, f"there is no '{name}.{second}'{near(second, known[name])}"


def _bound(keys: StreamKeys | None) -> set[str]:
    return set() if keys is None else {str(each.as_) for each in _each(keys)}


def _each(keys: StreamKeys) -> tuple[Any, ...]:
    if keys.for_each is None:
        return ()
    return keys.for_each if isinstance(keys.for_each, tuple) else (keys.for_each,)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
