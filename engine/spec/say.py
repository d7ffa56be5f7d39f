"""The sentences about nodes that are not what their key needs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from engine.spec.component import Component, Path
from engine.spec.quotes import quoted
from engine.spec.source import Node

_PHRASES = {
    "jmespath": "an expression",
    "template": "text",
    "duration": "a duration such as 30s",
    "size": "a size such as 64MB",
    "share": "a share such as 10%",
    "name": "a name",
    "origin": "an origin such as https://api.example.com",
    "cron": "a cron line",
    "database-url": "the URL of a database",
    "reference": "a reference such as env:NAME",
    "time-format": "a format of times",
    "fingerprint": "the fingerprint of a finding such as a3f8c21b9d04",
    "date": "a day such as 2027-01-31",
}

_EQUALS: Final = 20
"""Words equally near that are told apart."""
_UNITS: Final = {"duration": "smhd", "size": ("kB", "MB", "GB"), "share": "%"}
"""What a bare number lacks, by the format that it was meant in."""


def phrase(format_name: str) -> str:
    """What to call texts of a format."""
    return _PHRASES.get(format_name, f"a {format_name.replace('-', ' ')}")


def closest(word: str, known: Iterable[str]) -> str | None:
    """The one of the known words that was probably meant."""
    lower = {each.lower(): each for each in sorted(known, reverse=True)}
    meant = word.lower()
    found = difflib.get_close_matches(meant, lower, n=_EQUALS, cutoff=0.6)
    if not found:
        return None

    def nearness(each: str) -> tuple[float, bool]:
        # of words equally near the one that begins alike is meant: USD, not UZS, by US
        return difflib.SequenceMatcher(None, each, meant).ratio(), each.startswith(meant)

    best = max(map(nearness, found))
    return lower[min(each for each in found if nearness(each) == best)]


def near(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` where something is spelt nearly so, else the choices where they are few."""
    choices = sorted(set(known))
    found = closest(word, choices)
    if found is not None:
        return f"; did you mean '{found}'?"
    return f"; there is {any_of(choices)}" if 0 < len(choices) <= 16 else ""


def any_of(choices: Sequence[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    if len(choices) < 2:
        return "".join(choices)
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def a_node(node: Node) -> str:
    """What stands there, in words."""
    if node.kind != "scalar":
        return "a list" if node.kind == "list" else "a mapping"
    if node.value is None:
        return "nothing" if not node.text else "null"
    if isinstance(node.value, bool):
        return node.text
    if isinstance(node.value, int | Decimal):
        return f"the number {node.text}"
    shown = node.text if len(node.text) <= 40 else f"{node.text[:37]}…"
    return f"the text {shown!r}"


def quoting(node: Node, formats: frozenset[str], text: str) -> str:
    """What to write, where YAML made something else of what was meant as text."""
    if not formats:
        return ""
    if node.kind == "scalar":
        if node.value is None or isinstance(node.value, str):
            return ""
        if formats == {"jmespath"}:
            return f'; in an expression it stands in backticks: "`{node.text}`"'
        if len(formats) == 1 and not isinstance(node.value, bool) and (units := _UNITS.get(*formats)):
            return f"; with its unit: {any_of([node.text + unit for unit in units])}"
        return (
            f"; quote it: {quoted(node.text)}"
            if formats & {"text", "template", "name", "fingerprint"}
            else ""
        )
    if node.style == "[" and "jmespath" in formats:
        return f"; if it is an expression, quote it: {quoted(_as_written(node, text))}"
    return ""


def _as_written(node: Node, text: str) -> str:
    """A list or mapping in flow style as the text that it may have been meant to be."""
    start, end = node.start, node.end
    if text[start] == "?":  # [?x] is a list of one mapping to YAML
        start, end = text.rfind("[", 0, start), text.find("]", end) + 1
    stop = text.find("\n", end)
    rest = text[end : stop if stop >= 0 else len(text)].rstrip()
    return text[start:end] if rest.lstrip()[:1] in {",", "}", "]"} else text[start:end] + rest


def owner(cls: type[Component], path: Path) -> str:
    """What a message calls a component: its family and type, or the key it stands at."""
    if cls.tag is not None:
        return f"{family_noun(cls)} '{cls.tag}'"
    if cls.noun is not None:
        return cls.noun
    if not path:
        return "this file"
    if isinstance(path[-1], str):
        return f"'{path[-1]}'"
    named = next((each for each in reversed(path) if isinstance(each, str)), None)
    return "an element of this file" if named is None else f"an element of '{named}'"


def family_noun(cls: type[Component]) -> str:
    """What a family is called: the folder that its members stand in."""
    base: type[Component] = next(each for each in cls.__mro__ if Component in each.__bases__)
    return base.noun or base.__module__.rpartition(".")[2]
