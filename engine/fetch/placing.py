"""How does a value get into its place in a request?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from engine.fetch.exchange import Content, Prepared
from engine.fetch.place import Place
from engine.fetch.writing import refused


def put(prepared: Prepared, place: Place, value: Any) -> Prepared:
    """The request with a value in a place; null takes out what stood there."""
    if place.part == "url":
        return replace(prepared, url=str(value), query={})
    if place.part == "query":
        query = {name: each for name, each in prepared.query.items() if name != place.name}
        url = without(prepared.url, place.name)
        return replace(prepared, url=url, query=query if value is None else {**query, place.name: value})
    if place.part == "header":
        low = place.name.lower()
        headers = {name: each for name, each in prepared.headers.items() if name.lower() != low}
        if value is not None:
            headers[place.name] = value
        return replace(prepared, headers=headers)
    content = prepared.content or Content(kind="json", value={})
    if content.kind == "text":
        raise refused(f"{place.text}: a body of text has no places in it")
    if content.kind == "form":
        path: tuple[str | int, ...] = (place.name,)
    else:
        path = place.path
    return replace(prepared, content=replace(content, value=planted(content.value, path, value, place)))


def planted(tree: Any, path: tuple[str | int, ...], value: Any, place: Place) -> Any:
    """The tree with a value at a path; objects on the way are made, lists are not."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if not isinstance(tree, list) or step >= len(tree):
            raise refused(f"{place.text}: there is no element {step} in the body")
        return [planted(each, rest, value, place) if at == step else each for at, each in enumerate(tree)]
    if tree is not None and not isinstance(tree, Mapping):
        raise refused(f"{place.text}: {step!r} is looked for in what is no object")
    made = dict(tree or {})
    if value is None and not rest:
        made.pop(step, None)
        return made
    made[step] = planted(made.get(step), rest, value, place)
    return made


def without(url: str, name: str) -> str:
    """A URL whose own query lacks a name."""
    before, mark, query = url.partition("?")
    if not mark:
        return url
    names = {name, quote(name, safe="")}
    kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] not in names]
    return before + ("?" + "&".join(kept) if kept else "")
