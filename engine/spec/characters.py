"""Which characters of a file can no parser be given, or not all with the same meaning?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.errors import Problem
from engine.spec.quotes import quoted

_ODD = re.compile(
    "(?P<separator>[\x85\u2028\u2029])|(?P<surrogate>[\ud800-\udfff])"
    "|[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""
What YAML 1.2 (5.1, character set) allows nowhere, and what ends a line in YAML 1.1, as our parser reads it,
but neither in YAML 1.2 nor in editors: behind it keys would hide.
"""


def odd_characters(file: str, text: str) -> Iterator[Problem]:
    """The first of each line."""
    line = 0
    for found in _ODD.finditer(text):
        before, line = line, text.count("\n", 0, found.start()) + 1
        if line != before:
            column = found.start() - text.rfind("\n", 0, found.start())
            yield Problem(file, line, column, "yaml-character", _said(found))


def without_odd(text: str) -> str:
    """A space for each of them, so that the rest can be read in its place."""
    return _ODD.sub(" ", text)


def _said(found: re.Match[str]) -> str:
    if found["surrogate"]:
        return "half a surrogate pair is no character"
    what = f"the invisible character U+{ord(found[0]):04X}"
    if found["separator"]:
        what += ", which some take for the end of a line"
    return f"{what}: delete it, or write it as an escape, {quoted(found[0])}"
