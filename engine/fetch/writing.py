"""How is a prepared request written, down to the bytes?"""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from engine.errors import PermanentFetchError
from engine.expression import EvaluationError, text_of
from engine.fetch.exchange import Content, Prepared, Raw

_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
}
_AS_IT_STANDS = "".join(map(chr, range(0x21, 0x7F)))
_HEADER = re.compile(r"[\x20-\x7e\t\x80-\xff]*")


def url_of(prepared: Prepared) -> str:
    """The whole URL: what stood in it, then the query; spaces and letters beyond ASCII are encoded."""
    pairs: list[str] = []
    for name, value in prepared.query.items():
        pairs += _pairs(name, value, "query")
    url = prepared.url.partition("#")[0]
    if not urlsplit(url).path:
        url = url.replace("?", "/?", 1) if "?" in url else url + "/"
    if pairs:
        url += ("&" if "?" in url else "?") + "&".join(pairs)
    return quote(url, safe=_AS_IT_STANDS)


def body_of(content: Content | None) -> tuple[bytes | None, str | None]:
    """The body as it is sent, and its Content-Type."""
    if content is None:
        return None, None
    if content.kind == "json":
        return _json(content.value), _TYPES["json"]
    if content.kind == "text":
        return str(content.value).encode(), _TYPES["text"]
    pairs: list[str] = []
    for name, value in content.value.items():
        pairs += _pairs(name, value, "body")
    return "&".join(pairs).encode(), _TYPES["form"]


def _plain_decimal(value: Any) -> Decimal:
    """A number that remembers how it was written is written as any other."""
    if isinstance(value, Decimal):
        return Decimal(value)
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")


_JSON = msgspec.json.Encoder(decimal_format="number", enc_hook=_plain_decimal)


def _json(value: Any) -> bytes:
    try:
        return _JSON.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise refused(f"body.json: {error}") from None


def basic(username: str, password: str) -> str:
    """The value of an Authorization header of type Basic."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _pairs(name: str, value: Any, where: str) -> list[str]:
    """``name=value`` for each value, percent-encoded; a space is ``%20``."""
    encoded = quote(name, safe="")
    if isinstance(value, Raw):
        return [f"{encoded}={value.text}"]
    try:
        return [
            f"{encoded}={quote(text_of(each), safe='')}"
            for each in (value if isinstance(value, list) else [value])
            if each is not None
        ]
    except EvaluationError as error:
        raise refused(f"{where}.{name}: {error}") from None


def header_text(name: str, value: Any) -> str:
    """A value as it can stand in a header."""
    try:
        written = text_of(value)
    except EvaluationError as error:
        raise refused(f"header {name}: {error}") from None
    if not _HEADER.fullmatch(written):
        raise refused(f"header {name}: the value holds a line break or a character that headers cannot carry")
    return written.strip()


def refused(message: str) -> PermanentFetchError:
    """What is raised where a request cannot be made."""
    return PermanentFetchError(f"the request cannot be made: {message}", code="request")
