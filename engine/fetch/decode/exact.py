"""
JSON, exactly: every byte is looked at, and what is wrong with one value stays with that value.

Slower than the fast decoder by two orders of magnitude, so only odd bodies come here. It does not
recurse. Broken syntax raises ``Unreadable``; a bad value is replaced (null, or U+FFFD in a text) and
noted as ``Damage`` with the containers around it, so that the reader can tell whose record it is in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.expression.numbers import NumberError, decode_integer, decode_number

MAX_DEPTH = 128
"""Objects and lists inside one another, counted from the top of the body."""
MAX_DAMAGES = 100_000
"""A body with more bad values is refused as a whole."""
_AROUND = 16
"""Containers that are noted around a bad value: records stand close to the top."""

_SPACE = re.compile(rb"[ \t\n\r]*")
_STRING = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x1f]")
_CUT_OFF = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+\\?|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-|\.|[eE][+-]?|',
    re.DOTALL,
)
"""What may be left of a body that ends too early."""
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)((?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
_WORD = re.compile(rb"true|false|null|NaN|-?Infinity")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LETTERS = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {b"true": True, b"false": False, b"null": None}


class Unreadable(ValueError):
    """A body that is not JSON; ``code`` is stable, ``offset`` counts bytes."""

    def __init__(self, code: str, message: str, offset: int) -> None:
        super().__init__(f"{message} at byte {offset}")
        self.code = code
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One bad value, and where it stands."""

    code: str
    message: str
    around: tuple[tuple[Any, str | int | None], ...]
    """``(container, key or index in it)`` of the outermost 16, outermost first; compare by ``is``."""


class Scan:
    """One reading of one body: ``document`` and ``damages`` are what it gave."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._containers: list[dict[str, Any] | list[Any]] = []
        self._keys: list[str | None] = []
        self.damages: list[Damage] = []
        self.document = self._run()

    def _run(self) -> Any:
        at = self._space(0)
        while True:
            value, at, opened = self._value(at)
            if opened:
                at = self._inside(at)
                if at >= 0:
                    continue
                at = ~at
                value = self._close()
            while self._containers:
                self._put(value)
                at, more = self._after(at)
                if more:
                    break
                value = self._close()
            else:
                if self._space(at) != len(self._body):
                    raise self._wrong(self._space(at), "more follows the document")
                return value

    def _value(self, at: int) -> tuple[Any, int, bool]:
        """The value that starts here, where it ends, and whether it is a container just opened."""
        body, first = self._body, self._body[at : at + 1]
        if first == b'"':
            text, end = self._string(at)
            return text, end, False
        if first in (b"{", b"["):
            self._containers.append({} if first == b"{" else [])
            self._keys.append(None)
            if len(self._containers) == MAX_DEPTH + 1:
                self._note("too-deep", f"more than {MAX_DEPTH} levels")
            return None, at + 1, True
        word = _WORD.match(body, at)
        if word is not None:
            if word[0] not in _WORDS:
                self._note("number-not-finite", f"{word[0].decode()} is no number")
            return _WORDS.get(word[0]), word.end(), False
        number = _NUMBER.match(body, at)
        if number is None:
            raise self._wrong(at, "no JSON value")
        read: Callable[[str], Any] = decode_number if number[1] else decode_integer
        try:
            return read(number[0].decode()), number.end(), False
        except (NumberError, ArithmeticError):
            self._note("number-too-large", f"the number {number[0][:40].decode()}… cannot be kept")
            return None, number.end(), False

    def _inside(self, at: int) -> int:
        """Where the first value of the container just opened starts; ``~end`` where it is empty."""
        at = self._space(at)
        is_object = isinstance(self._containers[-1], dict)
        if self._body[at : at + 1] == (b"}" if is_object else b"]"):
            return ~(at + 1)
        return self._key(at) if is_object else at

    def _after(self, at: int) -> tuple[int, bool]:
        """Past a member: where the next value starts, or (not more) where its container ends."""
        at = self._space(at)
        is_object = isinstance(self._containers[-1], dict)
        sign = self._body[at : at + 1]
        if sign == (b"}" if is_object else b"]"):
            return at + 1, False
        if sign != b",":
            raise self._wrong(at, "a comma or an end is missing")
        at = self._space(at + 1)
        return (self._key(at) if is_object else at), True

    def _key(self, at: int) -> int:
        if self._body[at : at + 1] != b'"':
            raise self._wrong(at, "a key is missing")
        self._keys[-1] = None
        key, at = self._string(at)
        at = self._space(at)
        if self._body[at : at + 1] != b":":
            raise self._wrong(at, "a colon is missing")
        self._keys[-1] = key
        if key in self._containers[-1]:
            self._note("duplicate-key", f"an object has the key {key[:100]!r} twice")
        return self._space(at + 1)

    def _put(self, value: Any) -> None:
        container = self._containers[-1]
        if isinstance(container, dict):
            container[self._keys[-1] or ""] = value
        else:
            container.append(value)

    def _close(self) -> Any:
        self._keys.pop()
        container = self._containers.pop()
        return None if len(self._containers) >= MAX_DEPTH else container

    def _string(self, at: int) -> tuple[str, int]:
        found = _STRING.match(self._body, at)
        if found is None:
            raise self._wrong(at, "a text does not end")
        raw = found[1]
        if _CONTROL.search(raw) is not None:
            self._note("control-character", "a text holds a control character that is not escaped")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            self._note("not-utf8", "a text is not UTF-8")
            text = raw.decode(errors="replace")
        if b"\\" in raw:
            text = self._unescape(text, at)
        return text, found.end()

    def _unescape(self, text: str, at: int) -> str:
        def letter(found: re.Match[str]) -> str:
            if found[1] is not None:
                return chr(int(found[1], 16))
            if found[2] not in _LETTERS:
                raise self._wrong(at, "a text holds an escape that JSON has not")
            return _LETTERS[found[2]]

        text = _ESCAPE.sub(letter, text)
        if _SURROGATE.search(text) is None:
            return text
        text = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
        if _SURROGATE.search(text) is None:
            return text
        self._note("lone-surrogate", "a text holds half a surrogate pair")
        return _SURROGATE.sub("\ufffd", text)

    def _space(self, at: int) -> int:
        found = _SPACE.match(self._body, at)
        return at if found is None else found.end()

    def _note(self, code: str, message: str) -> None:
        around = tuple(
            (container, len(container) if isinstance(container, list) else key)
            for container, key in zip(self._containers[:_AROUND], self._keys, strict=False)
        )
        if len(self.damages) == MAX_DAMAGES:
            raise Unreadable("json-damaged", f"more than {MAX_DAMAGES} bad values", 0)
        self.damages.append(Damage(code=code, message=message, around=around))

    def _wrong(self, at: int, message: str) -> Unreadable:
        if _CUT_OFF.fullmatch(self._body, self._space(at)) is not None:
            return Unreadable("json-truncated", "the body ends too early", at)
        return Unreadable("json-syntax", message, at)
