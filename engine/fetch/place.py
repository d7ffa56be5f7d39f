"""Where in a request does a value go? ``query.NAME | header.NAME | body.PATH | url``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal, cast

Part = Literal["query", "header", "body", "url"]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,4})\]")


class PlaceError(ValueError):
    """A text that names no place."""

    def __init__(self, message: str, *, offset: int = 0) -> None:
        super().__init__(message)
        self.code = "place"
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    A place in a request: ``query.NAME``, ``header.NAME``, ``body.PATH`` or ``url``.

    NAME is all after the first dot (``query.created[gte]``), PATH is keys and indices (``body.params[1]``).
    """

    format: ClassVar[str] = "place"

    text: str
    part: Part
    name: str = ""
    """Of a query parameter or a header: all after the first dot."""
    path: tuple[str | int, ...] = ()
    """Keys and indices into the body."""

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read a place; a ``PlaceError`` says what it should look like."""
        part, dot, name = text.partition(".")
        if text == "url":
            return cls(text=text, part="url")
        if part not in {"query", "header", "body"} or not dot:
            raise PlaceError(f"{text!r} is no place: write query.NAME, header.NAME, body.PATH or url")
        if not name:
            raise PlaceError(f"{text!r} lacks what comes after the dot", offset=len(text))
        if part == "header" and not _TOKEN.fullmatch(name):
            raise PlaceError(f"{name!r} cannot be the name of a header", offset=len(part) + 1)
        path = _path(name, offset=len(part) + 1) if part == "body" else ()
        return cls(text=text, part=cast("Part", part), name=name, path=path)

    def meaning(self) -> str:
        """Stand for this place in a fingerprint: a header's name has no case."""
        return self.text.lower() if self.part == "header" else self.text


def _path(text: str, *, offset: int) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        if steps and text[at] == ".":
            at += 1
        elif steps and text[at] != "[":
            raise PlaceError("the path into a body is keys and indices: params[1].since", offset=offset + at)
        step = _STEP.match(text, at)
        if step is None:
            raise PlaceError("the path into a body is keys and indices: params[1].since", offset=offset + at)
        steps.append(step[1] if step[1] is not None else int(step[2]))
        at = step.end()
    return tuple(steps)
