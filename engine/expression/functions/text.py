"""Text: every length and position counts code points."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import re2

from engine.expression.errors import EvaluationError
from engine.expression.functions.signature import function
from engine.expression.numbers import text_of
from engine.expression.values import MAXIMUM_TEXT

_PATTERN_MEMORY = 1 << 20
"""Bytes that one compiled pattern may take; RE2 itself needs time linear in the text."""


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """An RE2 pattern; raises EvaluationError where it is none."""
    options = re2.Options()
    options.max_mem = _PATTERN_MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        raise EvaluationError(f"{pattern!r} is no RE2 pattern: {reason}") from None


@function("lower(s: string)", "In lower case.", null=True)
def lower(text: str) -> str:
    """Unicode, no locale."""
    return text.lower()


@function("upper(s: string)", "In upper case.", null=True)
def upper(text: str) -> str:
    """Unicode, no locale."""
    return text.upper()


@function("trim(s: string)", "Without white space at both ends.", null=True)
def trim(text: str) -> str:
    """Unicode white space."""
    return text.strip()


@function("starts_with(s: string, prefix: string)", "Whether a text begins so.")
def starts_with(text: str, prefix: str) -> bool:
    """The empty prefix fits all."""
    return text.startswith(prefix)


@function("ends_with(s: string, suffix: string)", "Whether a text ends so.")
def ends_with(text: str, suffix: str) -> bool:
    """The empty suffix fits all."""
    return text.endswith(suffix)


@function("join(glue: string, list: array[string])", "The texts of a list with glue between; strict.")
def join(glue: str, texts: list[str]) -> str:
    """Every element must be text."""
    _check_size("join", sum(map(len, texts)) + len(glue) * len(texts))
    return glue.join(texts)


@function(
    "concat(glue: string, list: array)",
    "The texts of a list with glue between, nulls and empty texts skipped; null where nothing is left.",
    null=True,
)
def concat(glue: str, parts: list[Any]) -> str | None:
    """Numbers stand as their source wrote them, booleans as true and false."""
    texts = [text for part in parts if part is not None and (text := text_of(part))]
    if not texts:
        return None
    return join(glue, texts)


@function("replace(s: string, old: string, new: string)", "With every old replaced by new.", null=True)
def replace(text: str, old: str, new: str) -> str:
    """An empty ``old`` is an error."""
    if not old:
        raise EvaluationError("replace: the text to replace is empty")
    if len(new) > len(old):
        _check_size("replace", len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


@function("split(s: string, sep: string)", "The parts between separators, empty ones kept.", null=True)
def split(text: str, separator: str) -> list[str]:
    """An empty separator is an error."""
    if not separator:
        raise EvaluationError("split: the separator is empty")
    return text.split(separator)


@function(
    "substring(s: string, start: number, end?: number|null)",
    "The characters from start (0 is the first) up to end; negative positions count from the end.",
    null=True,
)
def substring(text: str, start: int | Decimal, end: int | Decimal | None = None) -> str:
    """Positions beyond the text are its ends."""
    return text[_integer("substring", start) : None if end is None else _integer("substring", end)]


@function("pad(s: string, width: number, char: string)", "Filled up from the left to a width.", null=True)
def pad(text: str, width: int | Decimal, character: str) -> str:
    """A text that is wide enough stays as it is."""
    if len(character) != 1:
        raise EvaluationError("pad: char is one character")
    wanted = _integer("pad", width)
    _check_size("pad", wanted)
    return text.rjust(wanted, character)


@function(
    "regex_extract(s: string, pattern: string)",
    "What the first group of an RE2 pattern finds (the whole match where it has none), else null.",
    null=True,
    literals={1: compiled},
)
def regex_extract(text: str, pattern: str) -> str | None:
    """The leftmost match; time linear in the text."""
    try:
        found = compiled(pattern).search(text)
    except UnicodeError:
        raise EvaluationError("regex_extract: the text holds a lone surrogate") from None
    if found is None:
        return None
    extracted: str | None = found[1 if found.re.groups else 0]
    return extracted


def _integer(name: str, number: int | Decimal) -> int:
    if not isinstance(number, int):
        raise EvaluationError(f"{name}: {number} is no integer")
    return number


def _check_size(name: str, size: int) -> None:
    if size > MAXIMUM_TEXT:
        raise EvaluationError(f"{name}: the text would have more than {MAXIMUM_TEXT} characters")
