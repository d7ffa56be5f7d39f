"""What must nobody see? Secrets, and the mask that finds them in whatever form they come back."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import quote, quote_plus

MASK: Final = "***"
SHORTEST = 6
"""Texts below this length are not looked for: they would mask every ``x`` or ``test`` of a body."""
_SHORTEST_FRAGMENT = 8
"""Characters of base64 that are taken for a secret's: fewer come up by chance in large bodies."""


class Secret:
    """A text that is only shown to who asks for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, to be sent."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class Masker:
    """
    Finds secrets by value: plain, percent-encoded, in base64 at any offset (so also inside a Basic
    pair), and escaped as in JSON or a Python literal, also twice over. Safe to share between threads.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._needles: tuple[bytes, ...] = ()
        self._pattern: re.Pattern[bytes] | None = None
        self.add(*secrets)

    def __repr__(self) -> str:
        return f"Masker({len(self._known)} secrets)"

    def add(self, *secrets: str) -> None:
        """Look for these too, from now on."""
        fresh = {each for each in secrets if len(each) >= SHORTEST} - self._known
        if not fresh:
            return
        with self._lock:
            self._known = self._known | fresh
            needles = {form for each in self._known for form in forms(each)}
            longest_first = sorted(needles, key=lambda form: (-len(form), form))
            self._pattern = re.compile(b"|".join(map(re.escape, longest_first)))
            # Who holds a longer form holds the shorter one inside it: every body is searched for these.
            self._needles = tuple(
                form for form in needles if not any(other in form for other in needles if other != form)
            )

    def bytes(self, body: bytes) -> tuple[bytes, bool]:
        """The bytes with every secret masked, and whether there was one."""
        pattern = self._pattern
        if pattern is None or not any(needle in body for needle in self._needles):
            return body, False
        return pattern.sub(MASK.encode(), body), True

    def text(self, text: str) -> str:
        """A text with every secret masked."""
        masked, found = self.bytes(text.encode("utf-8", "surrogatepass"))
        return masked.decode("utf-8", "replace") if found else text

    def tree(self, value: Any) -> Any:
        """A tree of mappings, lists and scalars with every secret masked, in keys too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            return self.bytes(value)[0]
        if isinstance(value, Mapping):
            return {self.tree(key): self.tree(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.tree(each) for each in value]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Secret):
            return MASK
        masked = self.text(str(value))
        return value if masked == str(value) else masked


def forms(secret: str) -> set[bytes]:
    """Every form that a secret is looked for in."""
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    escaped |= {json.dumps(each)[1:-1] for each in escaped}  # a body of JSON, quoted in an answer of JSON
    escaped |= {each.replace("/", "\\/") for each in escaped}
    percent = {quote(secret, safe=safe) for safe in ("", "/", "/:@!$&'()*+,;=~")} | {quote_plus(secret)}
    percent |= {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), each) for each in percent}
    plain = {each.encode() for each in {secret} | escaped | percent}
    return plain | _base64(secret.encode())


def _base64(raw: bytes) -> set[bytes]:
    """The characters that the secret alone decides, wherever it begins in what was encoded."""
    found = {base64.b64encode(raw), base64.urlsafe_b64encode(raw)}
    for offset in range(3):
        first = -(-offset * 8 // 6)
        last = (offset + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            inner = encode(bytes(offset) + raw)[first:last]
            if len(inner) >= _SHORTEST_FRAGMENT:
                found.add(inner)
    return found
