"""Component classes in, pages of the reference out, as Markdown."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any, get_args

from engine.spec.component import Component, Setting, family, is_family, settings_of
from engine.spec.reader import reader_of
from engine.spec.schema import as_written


def reference(cls: type[Component], title: str) -> str:
    """The page of a document or a family: its keys, then those of every part and member, each once."""
    page = _Page()
    page.add(cls, title, 1)
    while page.waiting:
        part, name = page.waiting.pop(0)
        page.add(part, name, 2)
    return "\n".join(page.lines).rstrip() + "\n"


class _Page:
    """Lines so far, the parts that were described, and those that wait."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.waiting: list[tuple[type[Component], str]] = []
        self.seen: set[type[Component]] = set()

    def add(self, cls: type[Component], title: str, level: int) -> None:
        """Describe one class."""
        self.seen.add(cls)
        self.lines += [f"{'#' * level} {title}", "", inspect.cleandoc(cls.__doc__ or ""), ""]
        if is_family(cls):
            self._family(cls, title)
            return
        settings = settings_of(cls)
        if cls.short is not None:
            self.lines += [f"Short form: a bare value is its `{cls.short}`.", ""]
        if settings:
            self.lines += ["| key | takes | default | |", "|---|---|---|---|"]
            self.lines += [self._row(each) for each in settings.values()]
            self.lines.append("")
        else:
            self.lines += ["It has no settings: the bare type says it.", ""]
        reserved = _reserved(cls)
        if reserved:
            self.lines += [f"Not built yet: {reserved}.", ""]

    def _family(self, base: type[Component], title: str) -> None:
        members = family(base)
        self.lines += [f"Types: {', '.join(f'`{name}`' for name in members)}.", ""]
        reserved = _reserved(base)
        if reserved:
            self.lines += [f"Not built yet: {reserved}.", ""]
        self.waiting = [(each, f"{title} `{name}`") for name, each in members.items()] + self.waiting
        self.seen.update(members.values())

    def _row(self, setting: Setting) -> str:
        for part in _parts(setting.hint):
            if part not in self.seen:
                self.seen.add(part)
                self.waiting.append((part, f"`{setting.key}`"))
        reader = reader_of(setting.hint)
        said = " ".join(setting.doc.split())
        limits = ", ".join(f"{key} {value}" for key, value in setting.schema.items() if value is not True)
        if limits:
            said += f" ({limits})"
        if setting.examples:
            said += f" Example: {', '.join(_code(each) for each in setting.examples)}."
        if setting.required:
            default = "required"
        else:
            default = "" if setting.default in (None, (), {}, "") else _code(setting.default)
        cells = (f"`{setting.key}`", reader.words, default, said)
        return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |"


def _code(value: Any) -> str:
    """A value as a file would say it."""
    written = as_written(value)
    return f"`{written if isinstance(written, str) else json.dumps(written, ensure_ascii=False)}`"


def _parts(hint: Any) -> Iterator[type[Component]]:
    """The component classes in an annotation."""
    if isinstance(hint, type) and issubclass(hint, Component):
        yield hint
    for each in get_args(hint):
        yield from _parts(each)


def _reserved(cls: type[Component]) -> str:
    return ", ".join(f"`{each}`" for each in sorted(cls.reserved))
