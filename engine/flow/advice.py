"""A source did not give what it should: what is one to do? Sentences for who writes its connector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from engine.errors import FetchError
from engine.expression import Expression
from engine.fetch.decode.elements import plain_path
from engine.flow.asking import Sample
from engine.flow.check import Project
from engine.flow.sources import Source
from engine.spec.say import closest

_DEEP: Final = 4
_MANY: Final = 8
_HEAD: Final = 160
"""Characters of a body that is no JSON."""

_SIMPLE: Final = {
    "tls": "Its certificate is not signed by an authority that this machine trusts.",
    "protocol": "Something else than a web server listens there: check scheme and port of base_url.",
    "rate-limited": "Wait as long as it says, or ask less often: http.rate_limit.",
    "circuit-open": "Wait for the probe; what failed before says why.",
    "link-origin": "Where the other host is only another name of this one: pagination origin: ours.",
    "page-repeated": "The place that paging goes into is perhaps not read: check `into`.",
    "token-repeated": "The place that the token goes into is perhaps not read: check `into`.",
    "response-too-large": "Ask for smaller pages, or raise http.max_response.",
}


def advice(project: Project, source: Source, asked: Sample, error: FetchError) -> list[str]:
    """What to do about a fault, most likely first; nothing where nobody can say."""
    failed = asked.parents[-1] if asked.parents and asked.parents[-1].error is error else asked
    name = failed.stream.stream
    spec = project.connectors[project.settings.sources[source.name].connector]
    file = spec.file
    status = failed.pages[-1].step.answer.status if failed.pages else None
    if error.code in {"authentication", "token-refused", "token-missing"} or status in {401, 403}:
        return list(_credentials(project, source, status))
    if error.code == "egress":
        return ["Where this host is meant, list its origin in syncline.yaml: egress.allow."]
    if error.code in {"connect-failed", "resolve-failed"}:
        config = ", ".join(f"{key}: {value}" for key, value in source.client.config.items() if key == "url")
        at = f" ({config})" if config else ""
        return [f"Does it run, and is it there? base_url stands at {_place(spec, 'http', 'base_url')}{at}."]
    if error.code == "timeout":
        return [
            f"The connector waits {source.connector.http.timeout.text}: {file} http.timeout.",
            "Or ask for less at a time: a smaller page size, a shorter window.",
        ]
    if error.code in {"records-missing", "records-type"}:
        return list(_records(spec, source, failed, name))
    if error.code in {"not-json", "json-syntax", "body-empty"} and failed.pages:
        head = failed.pages[-1].step.answer.body[:_HEAD].decode("utf-8", "replace")
        said = [f"The body begins: {' '.join(head.split())}"] if head.strip() else []
        return [*said, "Is this the path of the API itself? Some need a header Accept: application/json."]
    if status == 404:
        at = _place(spec, "streams", name, "path")
        return [
            f"The path stands at {at}; it is appended to base_url.",
            'Where 404 means that there is nothing: errors: [{when: "status == `404`", then: skip}].',
        ]
    if status is not None and 400 <= status < 500:
        return ["What the source says about it stands in the body above."]
    if status is not None and status >= 500:
        return ["The source itself fails: try again later."]
    return [_SIMPLE[error.code]] if error.code in _SIMPLE else []


def _place(spec: Any, *path: str) -> str:
    return f"{spec.file}:{spec.line(path)}"


def _credentials(project: Project, source: Source, status: int | None) -> Iterator[str]:
    said = project.settings.sources[source.name].secrets
    names = ", ".join(f"{name} ({each.kind}:{each.name})" for name, each in sorted(said.items()))
    if names:
        yield f"Are the secrets of '{source.name}' still good? {names}."
    if status == 403:
        yield "403 often means that the credentials are good and lack a right or a scope."
    elif not names:
        yield f"Source '{source.name}' has no secrets: does its connector say auth?"


def _records(spec: Any, source: Source, asked: Sample, name: str) -> Iterator[str]:
    """Where lists and objects are in the body, the nearest name first."""
    stream = source.stream(name)
    wanted = "@" if stream.records is None else stream.records.text
    step = asked.pages[-1].step
    there = list(_paths(step.reading.document))
    here = _place(spec, "streams", name, "records")
    lists = [path for path, what in there if what.startswith("list")]
    meant = closest(_last(stream.records), {each.rpartition(".")[2]: each for each in lists})
    guess = next((each for each in lists if meant and each.rpartition(".")[2] == meant), None)
    guess = guess or (lists[0] if len(lists) == 1 else None)
    yield f"records: {wanted} stands at {here}" + (f"; did you mean {guess}?" if guess else ".")
    if there:
        yield "The body has " + ", ".join(f"{path} ({what})" for path, what in there[:_MANY]) + "."
    if guess is None:
        yield f'Where the source leaves an empty list out: records: "{wanted} || `[]`".'


def _last(expression: Expression | None) -> str:
    path = None if expression is None else plain_path(expression)
    return path[-1] if path else ""


def _paths(document: Any) -> Iterator[tuple[str, str]]:
    """Paths of a body, with what stands there; lists first at each level, those of objects named so."""
    if isinstance(document, list):
        yield "@", _what(document)
        return
    waiting: list[tuple[Sequence[str], Any]] = [((), document)]
    while waiting:
        path, here = waiting.pop(0)
        if not isinstance(here, dict):
            continue
        for key, value in sorted(here.items(), key=lambda item: not isinstance(item[1], list)):
            name = key if key.isidentifier() else f'"{key}"'
            yield ".".join((*path, name)), _what(value)
            if len(path) + 1 < _DEEP:
                waiting.append(((*path, name), value))


def _what(value: Any) -> str:
    if isinstance(value, list):
        return f"list of {len(value):,}"
    if isinstance(value, dict):
        return "object"
    if value is None:
        return "null"
    return "text" if isinstance(value, str) else "true or false" if isinstance(value, bool) else "number"
