"""
What stands in a recording in place of a value? Another of the same shape, the same one every time.

Letters become letters, digits digits, hexadecimal digits of a UUID such; everything else stays, and so do
length and case. Two values that differ, differ masked as well, so that keys, references and joins hold:
within its shape a mask is a permutation under a key that never leaves the machine. No value of two or more
possible ones is its own mask. Case and surrounding space make no difference to the letters chosen, as they
make none to most joins.
"""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from engine.expression.numbers import Exponent, decode_number

_ROUNDS: Final = 8
_CHUNK: Final = 40
"""Characters that are permuted together; of longer texts one stretch after another."""
_HEX: Final = "0123456789abcdef"
_ALPHABETS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþ",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
)
_RANGES: Final = ((0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x3041, 0x3096), (0x30A1, 0x30FA))
"""Scripts without case: Han, Hangul, Hiragana, Katakana."""
_LETTERS: Final = {letter: alphabet for alphabet in _ALPHABETS for letter in alphabet}
_EXPONENT: Final = re.compile(r"[eE]")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DAY: Final = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d\d)(?P=s)(?P<d>\d\d)"
    r"|(?P<a>\d\d)(?P<t>[-/.])(?P<b>\d\d)(?P=t)(?P<z>\d{4}))(?!\d)"
)
TIME: Final = re.compile(
    r"(?:\d{4}([-/.])\d\d\1\d\d|\d\d([-/.])\d\d\2\d{4})"
    r"(?:[T ]+\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|[+-]\d\d:?\d\d)?)?"
)
"""A text that is a day, or a time of one, and nothing else."""

_Symbol = tuple[int, int, str]
"""``(place among the choices, how many there are, the choices)``; a range stands as its first and last."""


class Mask:
    """Masks under one key: pure."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def text(self, text: str) -> str:
        """A text as it is masked; without a letter or digit it stands."""
        if _UUID.fullmatch(text):
            return self._uuid(text)
        return "".join(self._chunk(piece, at) for at, piece in _chunks(text))

    def number(self, value: int | Decimal) -> int | Decimal:
        """A number with as many digits before and after its point; zeros in front stand."""
        written = value.source if isinstance(value, Exponent) else str(value)
        digits, exponent = _EXPONENT.split(written, maxsplit=1), _EXPONENT.search(written)
        masked = self.text(digits[0]) + (written[exponent.start() :] if exponent else "")
        return int(masked) if isinstance(value, int) else decode_number(masked)

    def time(self, text: str) -> str:
        """Text with other days in it, each a day that there is; one that there is not stays so."""
        return _DAY.sub(self._day, text)

    def _uuid(self, text: str) -> str:
        """Version and variant stand, so that it is a UUID of its kind."""
        fixed = {14, 19}
        lower = text.lower()
        symbols = {
            at: (_HEX.index(each), 16, _HEX)
            for at, each in enumerate(lower)
            if each != "-" and at not in fixed
        }
        made = self._permuted(symbols, "uuid")
        return _cased("".join(made.get(at, each) for at, each in enumerate(lower)), text)

    def _chunk(self, written: str, at: int) -> str:
        """One stretch of a text, which begins at ``at``."""
        symbols: dict[int, _Symbol] = {}
        other: dict[int, str] = {}
        zeros = True
        for place, each in enumerate(written):
            small = each.lower()
            if each in "0123456789":
                if zeros and each == "0":
                    continue
                symbols[place] = (int(each) - 1, 9, "123456789") if zeros else (int(each), 10, "0123456789")
                zeros = False
                continue
            zeros = True
            if small in _LETTERS and len(small) == 1:
                alphabet = _LETTERS[small]
                symbols[place] = (alphabet.index(small), len(alphabet), alphabet)
            elif span := next((span for span in _RANGES if span[0] <= ord(each) <= span[1]), None):
                symbols[place] = (ord(each) - span[0], span[1] - span[0] + 1, f"{chr(span[0])}{chr(span[1])}")
            elif each.isalnum():
                other[place] = "x"
        shape = "".join(
            f"<{symbols[place][1]}>" if place in symbols else other.get(place, each)
            for place, each in enumerate(written)
        )
        made = other | self._permuted(symbols, f"{at}:{shape}")
        return _cased("".join(made.get(place, each) for place, each in enumerate(written)), written)

    def _permuted(self, symbols: dict[int, _Symbol], shape: str) -> dict[int, str]:
        """Other choices in every place: the value after this one in a secret order of all of its shape."""
        size, value = 1, 0
        for index, count, _ in symbols.values():
            size, value = size * count, value * count + index
        if size < 2:
            return {}
        value = self._walk((self._walk(value, size, shape, forth=True) + 1) % size, size, shape, forth=False)
        made = {}
        for place, (_, count, choices) in reversed(symbols.items()):
            value, index = divmod(value, count)
            made[place] = choices[index] if len(choices) == count else chr(ord(choices[0]) + index)
        return made

    def _walk(self, value: int, size: int, shape: str, *, forth: bool) -> int:
        """A Feistel network over the next even number of bits, walked until it falls below ``size``."""
        half = max(1, ((size - 1).bit_length() + 1) // 2)
        rounds: Sequence[int] = range(_ROUNDS) if forth else range(_ROUNDS - 1, -1, -1)
        while True:
            left, right = value >> half, value & ((1 << half) - 1)
            for each in rounds:
                if forth:
                    left, right = right, left ^ self._noise(right, each, half, shape)
                else:
                    left, right = right ^ self._noise(left, each, half, shape), left
            value = (left << half) | right
            if value < size:
                return value

    def _noise(self, value: int, number: int, bits: int, shape: str) -> int:
        size = (bits + 7) // 8
        said = self._key + f"{number}:{shape}:".encode() + value.to_bytes(size, "big")
        return int.from_bytes(hashlib.shake_256(said).digest(size), "big") & ((1 << bits) - 1)

    def _day(self, found: re.Match[str]) -> str:
        noise = int.from_bytes(hashlib.shake_256(self._key + found[0].encode()).digest(8), "big")
        noise, years = divmod(noise, 9)
        noise, first = divmod(noise, 12)
        parts = found.groupdict()
        year = int(parts["y"] or parts["z"])
        if year == 0:
            return found[0]
        written = f"{max(year - 1 - years, 1):04d}"
        one, two = int(parts["m"] or parts["a"]), int(parts["d"] or parts["b"])
        if parts["y"]:
            if 1 <= one <= 12 and 1 <= two <= _longest(year, one):
                one, two = first + 1, noise % 28 + 1
            return f"{written}{parts['s']}{one:02d}{parts['s']}{two:02d}"
        small, large = sorted((one, two))
        if 1 <= small <= 12 and large <= (12 if large <= 12 else _longest(year, small)):
            # In either order a month stays a month, so that it is a day in the order that is meant.
            one = first + 1 if one <= 12 else 13 + noise % 16
            two = (noise // 16) % 12 + 1 if two <= 12 else 13 + noise % 16
        return f"{one:02d}{parts['t']}{two:02d}{parts['t']}{written}"


def _longest(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Stretches of a text, by where they begin without the space around it."""
    core = text.strip()
    start = text.index(core) if core else len(text)
    if start:
        yield -2, text[:start]
    for at in range(0, len(core), _CHUNK):
        yield at, core[at : at + _CHUNK]
    if text[start + len(core) :]:
        yield -1, text[start + len(core) :]


def _cased(made: str, like: str) -> str:
    """Capitals where there were some."""
    return "".join(
        each.upper() if one != one.lower() and len(each.upper()) == 1 else each
        for each, one in zip(made, like, strict=True)
    )
