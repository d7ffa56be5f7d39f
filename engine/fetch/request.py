"""What exactly is sent? A stream's templates and a scope make a request, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from engine.expression import EvaluationError, Template, text_of
from engine.fetch.exchange import Content, Prepared, Raw
from engine.fetch.http import Http
from engine.fetch.render import expand, text
from engine.fetch.stream import Body, Stream
from engine.fetch.writing import refused


def prepare(http: Http, stream: Stream, scope: Mapping[str, Any]) -> Prepared:
    """The request of a stream, in a scope that holds secrets; an error ``request`` says why not."""
    url = base_of(http, scope) + path_of(stream.path, scope)
    return Prepared(
        method=stream.method,
        url=url,
        query=query_of(stream.query, scope),
        headers=headers_of(http.headers, scope),
        content=None if stream.body is None else content_of(stream.body, scope),
    )


def base_of(http: Http, scope: Mapping[str, Any]) -> str:
    """``base_url`` without a slash at its end."""
    base = text(http.base_url, scope, "base_url")
    if "?" in base or "#" in base:
        raise refused("base_url may not hold '?' or '#'")
    return base.rstrip("/")


def path_of(template: Template | None, scope: Mapping[str, Any]) -> str:
    """A path as it is appended: whatever is spliced in is percent-encoded whole."""
    if template is None:
        return ""
    try:
        value = template.render_with(scope, segment)
        path = segment(text_of(value)) if template.whole else str(value)
    except EvaluationError as error:
        raise refused(f"path: {error}") from None
    return path if path.startswith("/") else "/" + path


def segment(value: str) -> str:
    """A value as part of a path; what would change the path's shape is refused."""
    if value in {"", ".", ".."}:
        raise EvaluationError(f"{value!r} cannot stand in a path")
    return quote(value, safe="")


def query_of(trees: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """Query values; those that are null leave their name out."""
    made = {}
    for name, tree in trees.items():
        if isinstance(tree, Mapping):
            if set(tree) != {"raw"}:
                raise refused(f"query.{name}: an object can only be {{raw: …}}")
            value: Any = tree["raw"]
            value = Raw(
                text=text(value, scope, f"query.{name}") if isinstance(value, Template) else str(value)
            )
        else:
            value = expand(tree, scope, f"query.{name}")
        if value is not None:
            made[name] = value
    return made


def headers_of(templates: Mapping[str, Template], scope: Mapping[str, Any]) -> dict[str, Any]:
    """Headers; those that are null are left out."""
    made = {}
    for name, template in templates.items():
        value = expand(template, scope, f"header.{name}")
        if value is not None:
            made[name] = value
    return made


def content_of(body: Body, scope: Mapping[str, Any]) -> Content:
    """A body before it is written."""
    if body.text is not None:
        return Content(kind="text", value=text(body.text, scope, "body.text"))
    if body.form is not None:
        return Content(kind="form", value=expand(body.form, scope, "body.form") or {})
    return Content(kind="json", value=expand(body.json, scope, "body.json"))
