"""One way to write each thing: a document in, its text as everybody's looks out; it means the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

from engine.errors import Problem
from engine.spec.comments import Collection, Entry, collected, comments_of
from engine.spec.component import Component, Path, alternatives, components_in, order_of, settings_of
from engine.spec.document import Document
from engine.spec.layout import printed
from engine.spec.load import load
from engine.spec.meaning import fingerprint, meaning
from engine.spec.reader import reader_of
from engine.spec.second_reading import reads_alike

CODES = {"not-formatted": "A file that cannot be formatted without changing what it says: it was left."}

T = TypeVar("T", bound=Component)


def formatted(document: Document[T]) -> str | Problem:
    """
    The text of a document without problems, formatted: another text with the same meaning and comments.

    A ``Problem`` where that cannot be had: what was written is read again and compared before it is given.
    """
    draft = document.need()
    root = document.source.root
    if root is None:
        raise ValueError("a document without a problem has a root")
    parts: dict[Path, Component] = {}
    for part in components_in(draft):  # what is left out of the file holds its defaults, which stand nowhere
        parts.setdefault(part.at, part)
    top = collected(root, document.source.text)
    hints: dict[int, Any] = {}
    _Canonical(parts, hints).collection(top, (), type(draft))
    top = _unwrapped(top, draft.short)
    text = printed(top, document.source.text, lambda entry: _only_text(hints.get(id(entry))))
    again = load(type(draft), document.file, text)
    same = (
        again.value == draft
        and fingerprint(meaning(draft)) == fingerprint(meaning(again.need()))
        and comments_of(root, document.source.text) == _comments(again)
        and again.source.root is not None
        and reads_alike(text, again.source.root)
    )
    return (
        text if same else document.problem((), "not-formatted", "this file cannot be formatted: it was left")
    )


def _unwrapped(top: Collection, short: str | None) -> Collection:
    """A whole file that says only its short form's key is what stands there."""
    only = top.entries[0] if len(top.entries) == 1 else None
    if only is None or only.key is None or only.key.text != short or only.inner is None:
        return top
    inner = only.inner
    inner.head = [*top.head, *only.leading, *(said for _, said in only.trailing)]
    inner.tail += top.tail
    return inner


def _comments(document: Document[Any]) -> list[str]:
    source = document.source
    return [] if source.root is None else comments_of(source.root, source.text)


def _only_text(hint: Any) -> bool:
    """Whether a key takes nothing but text; where it is not known, it may take anything."""
    if hint is None:
        return False
    reader = reader_of(hint)
    return not reader.free and not reader.kinds & {"boolean", "integer", "decimal"}


def _below(hint: Any, kind: str) -> Any:
    """What the elements of a list, or the values of a mapping of names, take."""
    for each in alternatives(hint):
        if kind == "list" and get_origin(each) is tuple:
            return get_args(each)[0]
        if kind == "map" and get_origin(each) is Mapping:
            return get_args(each)[1]
    return None


class _Canonical:
    """Puts keys in order and takes the short form where there is one."""

    def __init__(self, parts: Mapping[Path, Component], hints: dict[int, Any]) -> None:
        self.parts, self.hints = parts, hints

    def collection(self, collection: Collection, path: Path, hint: Any) -> None:
        """Everything in a list or a mapping, and then itself."""
        part = self.parts.get(path) if collection.node.kind == "map" else None
        for index, entry in enumerate(collection.entries):
            key: str | int = index if entry.key is None else entry.key.text
            below = self._hint(part, hint, collection.node.kind, key)
            self.hints[id(entry)] = below
            self._entry(entry, (*path, key), below)
        if part is not None:
            places = {key: place for place, key in enumerate(order_of(type(part)))}
            collection.entries.sort(key=lambda entry: places[entry.key.text] if entry.key else 0)

    def _hint(self, part: Component | None, hint: Any, kind: str, key: str | int) -> Any:
        if part is None:
            if hint is not None and isinstance(hint, type) and issubclass(hint, Component) and hint.short:
                hint = settings_of(hint)[hint.short].hint
            return _below(hint, kind)
        setting = settings_of(type(part)).get(str(key))
        return str if setting is None else setting.hint

    def _entry(self, entry: Entry, path: Path, hint: Any) -> None:
        if entry.inner is None or entry.alias:
            return
        self.collection(entry.inner, path, hint)
        part = self.parts.get(path)
        if part is None or entry.inner.node.kind != "map" or len(entry.inner.entries) != 1:
            return
        only = entry.inner.entries[0]
        key = only.key.text if only.key else ""
        if key not in {"type" if part.tag else "", part.short} or only.alias or entry.value.anchor:
            return
        if only.value.kind not in _bare(hint, part, key):
            return
        entry.leading += [each for each in (*only.leading, *entry.inner.tail) if each]
        entry.trailing += only.trailing
        entry.value, entry.inner = only.value, only.inner
        self.hints[id(entry)] = self.hints[id(only)] if key != "type" else str
        if entry.inner is not None:
            entry.inner.above = entry


def _bare(hint: Any, part: Component, key: str) -> set[str]:
    """The kinds of node, ``scalar`` and ``list``, that stand for a component with only this key."""
    if key == "type":
        return {"scalar"}
    taken = reader_of(settings_of(type(part))[key].hint).kinds
    mine = {kind for kind in taken if len(reader_of(hint).by_kind.get(kind, ())) == 1}
    return {"list" if kind == "list" else "scalar" for kind in mine - {"map", "null"}}
