"""How is a value written for PostgreSQL? Text that it can store, canonical JSON, arrays, COPY lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Final

from engine.mapping.misfit import Misfit, kind_of
from engine.mapping.numbers import number_text

LONGEST_KEY: Final = 1_000
"""Bytes of a key: longer ones do not fit an index of PostgreSQL."""
DEEPEST: Final = 512
"""Levels of lists and objects in a json value: far below what PostgreSQL's stack takes."""


def storable(text: str) -> str:
    """Give the text back; raise ``Misfit`` for what PostgreSQL cannot hold: NUL and lone surrogates."""
    if "\x00" in text:
        raise Misfit("text-nul", "the text holds U+0000, which PostgreSQL cannot store")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            unit = f"U+{ord(text[error.start]):04X}"
            raise Misfit("text-surrogate", f"the text holds {unit}, half a character") from None
    return text


def storable_key(text: str) -> str:
    """Give the text back; raise ``Misfit`` for what cannot be a key either: more than 1,000 bytes."""
    if len(text) > LONGEST_KEY // 4 and len(storable(text).encode()) > LONGEST_KEY:
        raise Misfit("key-too-long", f"a key of more than {LONGEST_KEY} bytes")
    return storable(text)


def escaped(part: str) -> str:
    """One part of a key of several parts, as it stands between the slashes."""
    return part.replace("~", "~0").replace("/", "~1")


def json_text(value: Any) -> str:
    """Canonical JSON: keys sorted, no spaces, numbers with their digits, text as UTF-8."""
    pieces: list[str] = []
    _write_json(value, pieces.append, 1)
    return "".join(pieces)


def _write_json(value: Any, put: Any, depth: int) -> None:
    if value is None:
        put("null")
    elif value is True:
        put("true")
    elif value is False:
        put("false")
    elif isinstance(value, str):
        put(encode_basestring(storable(value)))
    elif isinstance(value, int | Decimal):
        put(number_text(value))
    elif depth > DEEPEST:
        raise Misfit("json-too-deep", f"more than {DEEPEST} levels of lists and objects")
    elif isinstance(value, dict):
        mark = "{"
        for key in sorted(value):
            put(mark + encode_basestring(storable(key)) + ":")
            _write_json(value[key], put, depth + 1)
            mark = ","
        put("}" if value else "{}")
    elif isinstance(value, list):
        mark = "["
        for each in value:
            put(mark)
            _write_json(each, put, depth + 1)
            mark = ","
        put("]" if value else "[]")
    else:
        raise Misfit("wrong-type", f"{kind_of(value)} is no JSON")


_BARE = re.compile(r"[A-Za-z0-9_.+:-]+")


def array_text(values: Iterable[str | None]) -> str:
    """PostgreSQL's literal of an array of texts; None is its NULL."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: str | None) -> str:
    if value is None:
        return "NULL"
    if _BARE.fullmatch(value) and value.upper() != "NULL":
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def array_elements(text: str) -> list[str | None]:
    """Read PostgreSQL's literal of an array of texts."""
    parts: list[str | None] = []
    at = 1
    while at < len(text) - 1:
        if text[at] == '"':
            end = at + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            parts.append(_ESCAPED.sub(r"\1", text[at + 1 : end]))
            at = end + 2
        else:
            end = text.find(",", at)
            end = len(text) - 1 if end < 0 else end
            parts.append(None if text[at:end] == "NULL" else text[at:end])
            at = end + 1
    return parts


_COPY = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_SPECIAL = re.compile(r"[\\\t\n\r]")


def copy_text(value: str | None) -> str:
    r"""One column in COPY's text format; ``\N`` is null, and no text ever equals it."""
    if value is None:
        return r"\N"
    return value.translate(_COPY) if _SPECIAL.search(value) else value


_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"t": "\t", "n": "\n", "r": "\r"}


def columns_of(line: str) -> list[str | None]:
    """The columns that ``copy_line`` wrote."""
    return [
        None if each == r"\N" else _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), each)
        for each in line.split("\t")
    ]


def copy_line(values: Iterable[str | None]) -> str:
    """One row in COPY's text format, without its newline."""
    return "\t".join(map(copy_text, values))
