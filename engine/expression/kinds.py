"""Of which kinds can the value of an expression be? What is known of functions and of what they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Kinds = frozenset[str] | None
"""``null boolean number string array object``; None: it may be anything."""

Names = tuple[str, ...]
"""Names from the top of what is read down to one value."""

NULL = frozenset({"null"})

_RETURNS: Mapping[str, str] = {
    **dict.fromkeys(("abs", "ceil", "floor", "length", "sum"), "number"),
    **dict.fromkeys(("add", "divide", "multiply", "parse_number", "round", "subtract"), "number"),
    **dict.fromkeys(("avg", "to_number"), "number"),
    **dict.fromkeys(("join", "lower", "pad", "replace", "substring", "to_string", "trim", "type"), "string"),
    **dict.fromkeys(("base64", "concat", "hash", "regex_extract", "upper", "url_encode"), "string"),
    **dict.fromkeys(("contains", "ends_with", "starts_with"), "boolean"),
    **dict.fromkeys(("entries", "keys", "map", "sort", "sort_by", "split", "table"), "array"),
    **dict.fromkeys(("to_array", "unique", "values"), "array"),
    "merge": "object",
}
_SURE = frozenset(
    {"abs", "ceil", "floor", "length", "sum", "join", "to_string", "type", "contains", "ends_with"}
    | {"starts_with", "keys", "map", "sort", "sort_by", "to_array", "values", "merge"}
)
"""Functions that give a value or fail, never null."""


def returned(name: str) -> Kinds:
    """The kinds of what a function gives; None where that is not known."""
    kind = _RETURNS.get(name)
    if kind is None:
        return None
    return frozenset({kind}) if name in _SURE else frozenset({kind, "null"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What is known of the document that an expression reads."""

    kinds: Callable[[Names], Kinds]
    """Of the value with these names."""
    absent: Callable[[Names], bool]
    """Whether that value may be missing."""
    name: str
    """What messages call it."""


def anything(_names: Names) -> Kinds:
    """Nothing is known of it."""
    return None


def always(_names: Names) -> bool:
    """Any of it may be missing."""
    return True


def never(_names: Names) -> bool:
    """None of it is missing."""
    return False


RECORD = Reads(kinds=anything, absent=always, name="the record")
"""A record of a source: each of its keys may be missing."""
GIVEN = Reads(kinds=anything, absent=never, name="what is given")
"""What the engine itself hands over: a partition."""
