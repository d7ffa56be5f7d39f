"""
Which comment belongs to what? The entries of a file, each with the comments that are about it.

A comment behind something is about what ends there; one on a line of its own is about what comes next, or,
where it is indented deeper than that, about the collection that ends there.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.spec.source import Node

BLANK = ""
"""Stands among comments for an empty line."""

_TOKEN = re.compile(r"[&*][^\s,\[\]{}]+|^%[^\n]*|#[^\n]*", re.MULTILINE)
_HEADER = re.compile(r"[|>][0-9+-]*[ \t]*(#[^\n]*)?")


@dataclass(slots=True, eq=False)
class Entry:
    """A key with its value, or an element of a list."""

    key: Node | None
    value: Node
    start: int
    end: int
    column: int
    owner: Collection
    inner: Collection | None = None
    """Its own entries, where the value is a list or a mapping."""
    alias: bool = False
    """The value stands elsewhere in the file, under an anchor."""
    leading: list[str] = field(default_factory=list)
    """Comments, and ``BLANK``, on the lines before it."""
    trailing: list[tuple[int, str]] = field(default_factory=list)
    """Comments behind it, each with its column."""

    @property
    def inline(self) -> bool:
        """Whether it is written within lines: a scalar, or a collection in flow style."""
        return self.inner is None or self.inner.flow


@dataclass(slots=True, eq=False)
class Collection:
    """A list or a mapping."""

    node: Node
    flow: bool
    column: int
    above: Entry | None
    entries: list[Entry] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    """Of the whole file: comments before anything else."""
    tail: list[str] = field(default_factory=list)
    """Comments after its last entry."""

    @property
    def end(self) -> int:
        """Where its last character stands; of a block, that of its last entry."""
        return self.node.end if self.flow or not self.entries else self.entries[-1].end

    @property
    def commented(self) -> bool:
        """Whether a comment stands anywhere in it."""
        return bool(self.tail) or any(
            [*filter(None, each.leading), *each.trailing] or (each.inner is not None and each.inner.commented)
            for each in self.entries
        )


def collected(root: Node, text: str) -> Collection:
    """The entries of a parsed file, with its comments."""
    grown = _Growth(text)
    top = grown.collection(root, None)
    _Attachment(text, top, grown.spans).attach()
    return top


def comments_of(root: Node, text: str) -> list[str]:
    """Every comment of a parsed file, sorted."""
    grown = _Growth(text)
    grown.collection(root, None)
    return sorted(said for _, said in _scan(text, grown.spans))


class _Growth:
    """From nodes to entries; what an alias repeats is entered once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: list[tuple[int, int]] = []
        """Where scalars stand, in order."""
        self.seen: set[int] = set()

    def collection(self, node: Node, above: Entry | None) -> Collection:
        start = node.content(self.text) if node.anchor else node.start
        column = start - (self.text.rfind("\n", 0, start) + 1)
        made = Collection(node, node.style == "[", column, above)
        at = node.start
        if node.kind == "map":
            for key, value in node.value.values():
                self.spans.append((key.start, key.end))
                at = self._entry(made, key, value, key.start, key.column - 1)
        else:
            for value in node.value:
                at = self._entry(made, None, value, max(at, self._start(value, at)), None)
        return made

    def _start(self, value: Node, after: int) -> int:
        if id(value) not in self.seen or not value.anchor:
            return value.start
        return self._alias(value, after)

    def _alias(self, value: Node, after: int) -> int:
        """Where the next alias of a value stands; what a comment says is none, nor is a longer name."""
        found = _TOKEN.finditer(self.text, after)
        return next(each.start() for each in found if each[0] == f"*{value.anchor}")

    def _entry(self, owner: Collection, key: Node | None, value: Node, start: int, column: int | None) -> int:
        if column is None:
            line = self.text.rfind("\n", 0, start) + 1
            before = self.text[line:start]
            dash = before.rfind("-") if not owner.flow and not before.strip(" -") else -1
            column = dash if dash >= 0 else owner.column
        made = Entry(key, value, start, start, column, owner)
        owner.entries.append(made)
        if value.anchor and id(value) in self.seen:
            made.alias = True
            made.end = self._alias(value, key.end if key else start) + len(value.anchor) + 1
            return made.end
        self.seen.add(id(value))
        if value.kind == "scalar":
            begin, end = value.content(self.text), value.end
            if value.style in {"|", ">"} and not self._keeps(begin):
                end = begin + len(self.text[begin:end].rstrip())
            self.spans.append((begin, end))
            made.end = max(end, key.end if key else end)
        else:
            made.inner = self.collection(value, made)
            made.end = max(made.inner.end, key.end if key else 0)
        return made.end

    def _keeps(self, start: int) -> bool:
        """Whether the empty lines after the block of text that starts there belong to it."""
        found = _HEADER.match(self.text, start)
        return found is not None and "+" in found[0].partition("#")[0]


def _scan(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """(index, text) of every comment: outside of scalars, and behind the sign that opens a block of text."""
    at = 0
    for start, end in [*sorted(spans), (len(text), len(text))]:
        for found in _TOKEN.finditer(text, at, max(at, start)):
            if found[0].startswith("#"):
                yield found.start(), found[0].rstrip()
        header = _HEADER.match(text, start, end)
        if header is not None and header[1]:
            yield header.start(1), header[1].rstrip()
        at = max(at, end)


class _Attachment:
    """Gives each comment to its entry."""

    def __init__(self, text: str, top: Collection, spans: list[tuple[int, int]]) -> None:
        self.text, self.top, self.spans = text, top, spans
        self.flat = list(_entries(top))
        self.starts = [each.start for each in self.flat]

    def attach(self) -> None:
        for at, said in list(_scan(self.text, self.spans)):
            line = self.text.rfind("\n", 0, at) + 1
            before = self.text[line:at]
            if before.strip(" \t-"):
                self._behind(line, at, said)
            else:
                self._above(at, at - line, said, dashed=bool(before.strip()))
        for each in self.flat:
            line = self.text.rfind("\n", 0, each.start) + 1
            if not self.text[line : each.start].strip(" \t-") and self._blank_above(line):
                first = each
                while first.owner.above is not None and first.owner.above.start == first.start:
                    first = first.owner.above
                if first is each:
                    each.leading.append(BLANK)
        head, opening = self.top.head, self.top.entries[0].leading if self.top.entries else [BLANK]
        if BLANK in head and opening[-1:] != [BLANK]:
            # of several paragraphs the last, if nothing parts it from the first key, is about that key
            last = len(head) - 1 - head[::-1].index(BLANK)
            opening[:0], head[last:] = head[last:], []

    def _blank_above(self, line: int) -> bool:
        """Whether the line before is empty, and no part of a text."""
        end = line - 1
        start = self.text.rfind("\n", 0, max(end, 0)) + 1
        if end < 0 or self.text[start:end].strip():
            return False
        last = bisect.bisect_right(self.spans, (start, len(self.text))) - 1
        return last < 0 or self.spans[last][1] <= start

    def _behind(self, line: int, at: int, said: str) -> None:
        column = at - line
        first = bisect.bisect_left(self.starts, line)
        last = bisect.bisect_left(self.starts, at)
        if first < last:
            found = self.flat[last - 1]
        else:
            ended = [each for each in self.flat[:last] if each.end <= at]
            if not ended:
                self.top.head.append(said)
                return
            found = max(ended, key=lambda each: each.end)
            line = 0
        while found.end <= at:
            above = found.owner.above
            if above is None or above.end > at or not above.inline or above.start < line:
                break
            found = above
        found.trailing.append((column, said))

    def _above(self, at: int, column: int, said: str, *, dashed: bool) -> None:
        line = self.text.rfind("\n", 0, at) + 1
        lines = [BLANK, said] if self._blank_above(line) else [said]
        index = bisect.bisect_left(self.starts, at)
        after = self.flat[index] if index < len(self.flat) else None
        before = self.flat[index - 1] if index else None
        if before is None:
            self.top.head += lines
            return
        chain = list(_chain(before))
        box = next((each for each in chain if each.flow and each.node.start < at < each.node.end), None)
        if box is not None:
            if after is not None and after.owner is box:
                after.leading += lines
            else:
                box.tail += lines
            return
        if after is not None and (dashed or column <= after.column or after.owner in chain[:1]):
            after.leading += lines
            return
        for each in chain:
            if after is not None and (after.owner is each or each in _chain(after)):
                break
            if not each.flow and each.column <= column:
                each.tail += lines
                return
        if after is not None:
            after.leading += lines
        else:
            self.top.tail += lines


def _entries(collection: Collection) -> Iterator[Entry]:
    for each in collection.entries:
        yield each
        if each.inner is not None:
            yield from _entries(each.inner)


def _chain(entry: Entry) -> Iterator[Collection]:
    """The collections that an entry is in, the innermost first; its own before them."""
    if entry.inner is not None:
        yield entry.inner
    at: Collection | None = entry.owner
    while at is not None:
        yield at
        at = None if at.above is None else at.above.owner
