"""How is a text written in YAML? Plain where that reads as the same text, else in quotes or as a block."""

from __future__ import annotations

import re

from engine.spec.compose import meaning_of
from engine.spec.quotes import quoted
from engine.spec.source import Node

_STARTS = frozenset("@`'\"[]{}*&!%|>#,")
_ELSEWHERE = re.compile(
    r"y|n|yes|no|on|off|[-+]?[.0-9][-+0-9_.,:eE]*|[-+]?0[box][0-9a-f_]+|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*",
    re.IGNORECASE,
)
"""Texts that YAML 1.1 reads as something else: quotes that an author gave them stay."""


def plain(text: str, *, flow: bool) -> bool:
    """Whether a text may stand without quotes: YAML reads it as the same text."""
    if not text or text != text.strip() or not text.isprintable() or meaning_of(text) is not text:
        return False
    if text[0] in _STARTS or text.startswith(("- ", "? ", ": ", "---", "...")) or text in {"-", "?", ":"}:
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    return not flow or not (text[0] in "?:-" or re.search(r"[,\[\]{}]", text))


def elsewhere(text: str) -> bool:
    """Whether YAML 1.1 reads a text, without quotes, as a number, a time or a boolean."""
    return _ELSEWHERE.fullmatch(text) is not None


def written(node: Node, *, typed: bool, flow: bool) -> str:
    """
    A scalar in one line.

    ``typed``: its key takes nothing but text, so that quotes stand only where YAML needs them; elsewhere
    they stand where the author put them.
    """
    if not isinstance(node.value, str):
        return node.text or "~"
    bare = node.style == ""
    keeps = not bare and (not typed or elsewhere(node.text))
    if not keeps and plain(node.text, flow=flow):
        return node.text
    return quoted(node.text)


def folded(text: str, width: int) -> list[str]:
    """A long scalar, plain or quoted, over several lines that YAML reads as the one."""
    lines: list[str] = []
    for word in re.split(r"(?<=\S) (?=\S)", text):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def block(node: Node, source: str) -> tuple[str, list[str]]:
    """A block of text: the sign that opens it, and its lines without their indentation."""
    raw = source[node.content(source) : node.end]
    header, _, rest = raw.partition("\n")
    sign = header.partition("#")[0].strip()
    if any(each.isdigit() for each in sign):
        keep = "-" if not node.text.endswith("\n") else "+" if node.text.endswith("\n\n") else ""
        indicator = "2" if node.text[:1] in {" ", "\n"} else ""
        return f"|{indicator}{keep}", node.text.removesuffix("\n").split("\n")
    lines = rest.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    indent = next((len(each) - len(each.lstrip(" ")) for each in lines if each.strip()), 0)
    kept = [each[indent:] for each in lines]
    if "+" in sign:
        kept += [""] * (len(node.text) - len(node.text.rstrip("\n")) - 1)
    return sign, kept
