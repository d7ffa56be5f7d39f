"""
What a text may mean beyond being text: a duration, a size, a share, a name.

A *format* is any class with ``format`` (its JSON Schema name) and ``parse``, which raises an
exception that carries ``code`` and ``offset``. Expressions and templates are formats too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Protocol, Self


class ValueProblem(ValueError):
    """A text that is not what its key needs; ``offset`` counts characters from 0."""

    def __init__(self, message: str, *, code: str = "wrong-value", offset: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.offset = offset


class Format(Protocol):
    """What the kernel asks of a class that gives texts a meaning."""

    format: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it, or raise with ``code`` and ``offset``."""


class _Strings:
    """Marks a tree in which every string is a template."""


Templated = Annotated[Any, _Strings()]
"""A free YAML tree: mappings, lists and scalars as they stand, every string a ``Template``."""


def is_format(hint: Any) -> bool:
    """Whether an annotation is a class that gives texts a meaning."""
    return (
        isinstance(hint, type) and hasattr(hint, "parse") and isinstance(getattr(hint, "format", None), str)
    )


def is_templated(hint: Any) -> bool:
    """Whether an annotation is ``Templated``."""
    return any(isinstance(each, _Strings) for each in getattr(hint, "__metadata__", ()))


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(-?)([0-9]+(?:\.[0-9]+)?)([smhd])")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: ``30s``, ``5m``, ``1h``, ``7d``; signed where it counts back."""

    format: ClassVar[str] = "duration"

    text: str = field(compare=False)
    seconds: Decimal

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one number and one unit."""
        found = _DURATION.fullmatch(text)
        if found is None:
            raise ValueProblem(f"{text!r} is not a duration: write 30s, 5m, 1h or 7d", code="wrong-duration")
        sign, number, unit = found.groups()
        return cls(text, Decimal(sign + number) * _SECONDS[unit])

    def meaning(self) -> Any:
        """Its seconds: ``60s`` and ``1m`` are one duration."""
        return f"{self.seconds.normalize():f}s"


_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True, slots=True)
class Size:
    """A number of bytes: ``64MB`` (decimal: 1 MB is 1,000,000 bytes)."""

    format: ClassVar[str] = "size"

    text: str = field(compare=False)
    bytes: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one whole number and one unit."""
        found = re.fullmatch(r"([0-9]+)(B|kB|MB|GB)", text)
        if found is None:
            raise ValueProblem(f"{text!r} is not a size: write 512kB, 64MB or 1GB", code="wrong-size")
        return cls(text, int(found[1]) * _BYTES[found[2]])

    def meaning(self) -> Any:
        """Its bytes."""
        return f"{self.bytes}B"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: ``10%``."""

    format: ClassVar[str] = "share"

    text: str = field(compare=False)
    fraction: Decimal

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a percentage from 0 to 100."""
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)%", text)
        if found is None or Decimal(found[1]) > 100:
            raise ValueProblem(f"{text!r} is not a share: write a percentage, as 10%", code="wrong-share")
        return cls(text, Decimal(found[1]) / 100)

    def meaning(self) -> Any:
        """Its percentage."""
        return f"{(self.fraction * 100).normalize():f}%"


class Name(str):
    """A name of ours: small letters, digits and ``_``, a letter first."""

    __slots__ = ()
    format: ClassVar[str] = "name"  # type: ignore[assignment] # a str has a method of that name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a whole name."""
        stray = re.match(r"(?:[a-z][a-z0-9_]*)?", text)
        if not text or stray is None or stray.end() != len(text):
            raise ValueProblem(
                f"{text!r} is not a name: small letters, digits and _, a letter first",
                code="wrong-name",
                offset=stray.end() if stray and text else 0,
            )
        return cls(text)
