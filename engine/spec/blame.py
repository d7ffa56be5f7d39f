"""
What to say about text that is not YAML, and what to write instead.

The scanner's own sentence never reaches anybody: it only helps to find ours.
"""

from __future__ import annotations

import re
from typing import Any

from engine.errors import Problem
from engine.spec.quotes import quoted

Blame = tuple[int, int, str, str]
"""Line, column (from 1), code, message."""

_WHY = {
    "@": "which YAML reserves",
    "`": "which YAML reserves",
    "%": "which YAML reserves",
    "!": "which YAML reads as a tag",
    "*": "which YAML reads as an alias",
    "&": "which YAML reads as an anchor",
    "|": "which YAML reads as the start of a block of text",
    ">": "which YAML reads as the start of a block of text",
    "[": "which YAML reads as a list",
    "{": "which YAML reads as a mapping",
    "?": "which YAML reads as a key",
    ",": "which YAML reads as the end of a value",
    "]": "which YAML reads as the end of a list",
    "}": "which YAML reads as the end of a mapping",
    '"': "so YAML ends the value at the next one",
    "'": "so YAML ends the value at the next one",
}


def blame(text: str, error: Any, index: int | None = None) -> Blame:
    """
    Our word on a fault of the YAML parser.

    With ``index``, and no error: on the value that starts there, with a tag or an alias.
    """
    if index is not None:
        return (*_spot(text, index), "yaml-reserved", _reserved(text, index))
    at = min(error.problem_mark.index, len(text))
    start = error.context_mark.index if error.context_mark is not None else at
    return _judge(text, str(error.problem), str(error.context or ""), at, start)


def without(text: str, problem: Problem) -> str | None:
    """The text without a value that needs quotes, all else in its place; None for any other problem."""
    if problem.code != "yaml-reserved":
        return None
    at = 0
    for _ in range(problem.line - 1):
        at = text.index("\n", at) + 1
    at += problem.column - 1
    length = len(_scalar(text, at))
    return f"{text[:at]}{'~'.ljust(length)}{text[at + length :]}" if length else None


def _judge(text: str, problem: str, context: str, at: int, start: int) -> Blame:
    value = _value_before(text, at)
    char = text[at] if at < len(text) else ""
    start_of_line = _line_start(text, at)
    if char == "\t" or ("\t" in text[start_of_line:at] and not text[start_of_line:at].strip()):
        tab = text.find("\t", start_of_line)
        return (*_spot(text, tab), "yaml-tab", "a tab: indent with spaces")
    if (dash := re.match(r" *-(?=[A-Za-z_{\[\"'])", _rest(text, start_of_line))) is not None:
        said = "an element of a list starts with a dash and a space: the space is missing"
        return (*_spot(text, start_of_line + dash.end() - 1), "yaml-syntax", said)
    if "cannot start any token" in problem:
        return (*_spot(text, at), "yaml-reserved", _reserved(text, at))
    if context.startswith(("while scanning an alias", "while scanning an anchor", "while scanning a block")):
        return (*_spot(text, start), "yaml-reserved", _reserved(text, start))
    if "escape" in problem:
        said = "not an escape that double quotes know: use single quotes, or write the backslash twice"
        return (*_spot(text, at), "yaml-escape", said)
    opened = start if "quoted scalar" in context else _run_on(text, at)
    if opened is not None:
        said = f"the quote {text[opened]} that opens here is never closed"
        return (*_spot(text, opened), "yaml-unclosed", said)
    return _structure(text, problem, context, at, start, value)


def _structure(text: str, problem: str, context: str, at: int, start: int, value: int | None) -> Blame:
    """Faults of brackets, keys and indentation."""
    here = text[at] if at < len(text) else ""
    if here in {"]", "}"} and "block" in context:
        return (*_spot(text, at), "yaml-syntax", f"the bracket {here} closes none that is open")
    opens = "\"'[{" if "block" in context else "\"'"
    if value is not None and value < at and text[value] in opens and "\n" not in text[value:at]:
        return (*_spot(text, value), "yaml-reserved", _reserved(text, value))
    if "flow" in context and "expected ',' or" in problem:
        if here in {"", "]", "}"} or "\n" in text[start:at]:
            opened, close = text[start], "]" if text[start] == "[" else "}"
            if _rest(text, start).startswith(("[?", "[*")) or here == "":
                said = (
                    f"the bracket {opened} that opens here is never closed: add {close}, or quote the value"
                )
            else:
                said = (
                    f"the bracket {opened} is not closed before this: add {close}, or quote the values in it"
                )
            return (*_spot(text, start), "yaml-unclosed", said)
        said = (
            "a second ':' in one value: a comma is missing"
            if here == ":"
            else "a comma is missing before this"
        )
        return (*_spot(text, at), "yaml-syntax", f"{said}, or the value needs quotes")
    if "expected node content" in problem or "block sequence entries" in problem:
        return (*_spot(text, at), "yaml-reserved", _reserved(text, at))
    if "mapping values are not allowed" in problem:
        return _colon(text, at)
    if "expected ':'" in problem:
        said = f"{_rest(text, start).strip()!r} is neither a key nor a value: write `key: value`"
        return (*_spot(text, start), "yaml-syntax", said)
    if "block" in context and not text[_line_start(text, at) : at].strip():
        return (*_spot(text, at), "yaml-indentation", _indentation(text, at))
    return (
        *_spot(text, at),
        "yaml-syntax",
        "this cannot stand here: write one `key: value` a line, or quote it",
    )


def _run_on(text: str, at: int) -> int | None:
    """A quote that its own line does not close, and that swallowed keys up to one on the line of ``at``."""
    for opened in re.finditer(
        r"^[ ]*(?:- +)*\w+:[ ]+(?P<quote>[\"'])", text[: _line_start(text, at)], re.MULTILINE
    ):
        index = opened.start("quote")
        closed = text.find(opened["quote"], index + 1)
        if _line_start(text, closed) == _line_start(text, at) and re.search(
            r"\n *(?:- +)*\w+:", text[index:closed]
        ):
            return index
    return None


def _colon(text: str, at: int) -> Blame:
    """A ``: `` where no key can be."""
    value = _value_before(text, at)
    if value is not None:
        rest = _uncommented(_rest(text, value))
        return (
            *_spot(text, at),
            "yaml-syntax",
            f"a second ': ' on the line: quote the value, {quoted(rest)}",
        )
    start = _line_start(text, at)
    above = text[:start].rstrip()
    first = _line_start(text, len(above))
    word, indent = above[first:].strip(), _indent(text, start)
    outer = _indent(text, first)
    if word and ":" not in word and outer <= indent:
        said = f"{word!r} is neither a key nor a value: write `key: value`"
        if outer < indent:
            said = f"the colon of a key is missing: write `{word}:`"
        return (*_spot(text, first + outer), "yaml-syntax", said)
    return (*_spot(text, start + indent), "yaml-indentation", _indentation(text, at))


def _indentation(text: str, at: int) -> str:
    here = _indent(text, at)
    fits: list[int] = []
    for line in reversed(text[: _line_start(text, at)].split("\n")):
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() and not line.lstrip().startswith("#") and (not fits or indent < fits[0]):
            fits.insert(0, indent)
    if here in fits:
        if _rest(text, _line_start(text, at)).strip().startswith("- "):
            return (
                "an element of a list among the keys of a mapping: indent it below its key, or take `- ` away"
            )
        return "a list goes on with `- `, a mapping with `key: value`: this line does neither"
    near = " or ".join(map(str, fits[-4:])) or "0"
    return (
        f"indented by {here} space{'' if here == 1 else 's'}, which fits no line above it (they have {near})"
    )


def _reserved(text: str, at: int) -> str:
    rest = _scalar(text, at)
    char = text[at] if at < len(text) else ""
    if text.startswith("- ", at):
        return "a list starts on the line below its key"
    why = _WHY.get(char)
    if why is None:
        return (
            f"YAML cannot read a value here: quote it, {quoted(rest)}" if rest else "a value is missing here"
        )
    if char in {"]", "}"} and not rest:
        return f"the bracket {char} closes none that is open"
    return f"this value starts with {char!r}, {why}: write {quoted(rest)}"


def _scalar(text: str, at: int) -> str:
    """The value that somebody meant: to the end of the line, or of its place inside brackets."""
    rest = _uncommented(_rest(text, at))
    before = text[_line_start(text, at) : at]
    depth = len(re.findall(r"[\[{]", before)) - len(re.findall(r"[\]}]", before))
    if depth <= 0:
        return rest.strip()
    level = 0
    quote = ""
    for index, char in enumerate(rest):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"`" and index:
            quote = char
        elif char in "([{":
            level += 1
        elif char in ")]}":
            if level == 0:
                return rest[:index].strip()
            level -= 1
        elif char == "," and level == 0:
            return rest[:index].strip()
    return rest.strip()


def _uncommented(rest: str) -> str:
    """The rest of a line without its comment: a ``#`` behind a space, and within no quotes."""
    for found in re.finditer(r"\s+#", rest):
        if all(rest.count(quote, 0, found.start()) % 2 == 0 for quote in "\"'`"):
            return rest[: found.start()]
    return rest.rstrip()


def _value_before(text: str, at: int) -> int | None:
    """Where the value of this line starts, where ``key: `` stands before ``at``."""
    start = _line_start(text, at)
    found = re.match(r"[ ]*(?:- +)*[^\s'\"#][^:\n]*?:[ ]+", text[start:at])
    return start + found.end() if found and start + found.end() <= at else None


def _rest(text: str, at: int) -> str:
    end = text.find("\n", at)
    return text[at : end if end >= 0 else len(text)]


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _indent(text: str, at: int) -> int:
    line = _rest(text, _line_start(text, at))
    return len(line) - len(line.lstrip(" "))


def _spot(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
