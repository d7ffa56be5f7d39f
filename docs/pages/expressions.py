"""The page of functions that expressions may call."""

from __future__ import annotations

from engine.expression import FUNCTIONS
from engine.spec.reference import cells, code, markdown

_INTRO = """\
# Functions of expressions

Expressions are [JMESPath](https://jmespath.org) with exact numbers: int and decimal everywhere, in bodies,
literals and results. JMESPath's own functions are here too. Where the column *of null* says so, null in the
first argument gives null; a value of another kind than the signature says is the fault `expression-error`.
No function reads a clock. What an expression reads: [expressions](../explanation/expressions.md).

`name?` may be left out, `name...` may be repeated. The version is part of the fingerprint of whatever uses
the function: it grows when a result changes.
"""

_THEMES = {
    "text": "Text",
    "arithmetic": "Numbers",
    "times": "Times",
    "lists": "Lists",
    "objects": "Objects",
    "choice": "Choices",
    "encoding": "Encodings",
}


def page() -> str:
    """The whole page, by theme."""
    themes = sorted({each.theme for each in FUNCTIONS.values()}, key=[*_THEMES].index)
    return "\n".join([_INTRO, *(f"## {_THEMES[theme]}\n\n{_table(theme)}" for theme in themes)])


def _table(theme: str) -> str:
    rows = [
        cells(code(each.signature), markdown(each.summary), "null" if each.null else "", str(each.version))
        for each in FUNCTIONS.values()
        if each.theme == theme
    ]
    return "\n".join(["| function | gives | of null | version |", "|---|---|---|---|", *rows]) + "\n"
