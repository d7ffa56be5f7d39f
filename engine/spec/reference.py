"""Component classes in, pages of the reference out, as Markdown."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType, NoneType
from typing import Any, Literal, get_args, get_origin

from engine.spec.component import Component, Setting, alternatives, family, is_family, settings_of
from engine.spec.reader import reader_of
from engine.spec.schema import as_written
from engine.spec.values import is_format

Pages = Mapping[type, str]

_LIMITS: Mapping[str, str] = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "above {}",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "minProperties": "at least {} of them",
    "pattern": "as `{}`",
}
_HEAD = ["| key | takes | default | |", "|---|---|---|---|"]


def reference(cls: type[Component], title: str, pages: Pages = MappingProxyType({})) -> str:
    """
    The page of a document or a family: its keys, then those of every part and member, each once.

    ``pages``: where families and formats are described that have a page (or a heading) of their own.
    """
    page = _Page(cls, title, pages)
    lines = page.section(cls, title, 1)
    for part, name in page.parts():
        lines += page.section(part, name, 2)
    return "\n".join(lines).rstrip() + "\n"


def markdown(text: str | None) -> str:
    """A docstring as Markdown: its code in single backticks."""
    return re.sub(r"``(?=\S)(.+?)(?<=\S)``(?!`)", r"`\1`", inspect.cleandoc(text or ""))


def code(text: str) -> str:
    """A text as code, whatever backticks it has itself."""
    if "`" not in text:
        return f"`{text}`"
    fence = "`" * (max(map(len, re.findall("`+", text))) + 1)
    return f"{fence} {text} {fence}"


def cells(*texts: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(' '.join(each.split()).replace('|', chr(92) + '|') for each in texts)} |"


def formats_of(*documents: type[Component]) -> list[type]:
    """Every class that gives texts a meaning in these documents, sorted by the name of its format."""
    hints = (setting.hint for cls in reachable(*documents) for setting in settings_of(cls).values())
    found: dict[type, str] = {
        leaf: leaf.format for hint in hints for leaf in _leaves(hint) if is_format(leaf)
    }
    return sorted(found, key=lambda each: (found[each], each.__module__))


def reachable(
    *documents: type[Component], passed_over: Callable[[type[Component]], bool] = lambda _: False
) -> Iterator[type[Component]]:
    """Every class that such documents are made of, a family's members for the family, breadth first.

    ``passed_over``: which are left out, with all that only they lead to.
    """
    seen: set[type[Component]] = set()
    waiting = list(documents)
    while waiting:
        cls = waiting.pop(0)
        if cls in seen:
            continue
        seen.add(cls)
        if is_family(cls):
            waiting += family(cls).values()
        elif not passed_over(cls):
            yield cls
            for setting in settings_of(cls).values():
                waiting += _components(setting.hint)


class _Page:
    """The parts of one page under their headings, found before anything is written."""

    def __init__(self, top: type[Component], title: str, pages: Pages) -> None:
        self._top, self._pages = top, pages
        self._keys: dict[type[Component], list[str]] = {}
        self._order: list[type[Component]] = []
        self._shared: dict[type[Component], frozenset[str]] = {}
        self._titles: dict[type[Component], str] = {top: title}
        waiting = [top]
        while waiting:
            waiting = [*self._below(waiting.pop(0)), *waiting]
        for cls, keys in self._keys.items():
            self._titles.setdefault(cls, ", ".join(f"`{key}`" for key in keys))
        for cls in [top, *self._order]:
            if is_family(cls):
                called = "" if cls is top else f"`{self._keys[cls][0]}` "
                for name, each in family(cls).items():
                    self._titles[each] = f"{called}`{name}`"

    def parts(self) -> list[tuple[type[Component], str]]:
        """Everything below the top, with its heading."""
        return [(each, self._titles[each]) for each in self._order]

    def _below(self, cls: type[Component]) -> list[type[Component]]:
        """What a class is made of and was not met before."""
        fresh = []
        if is_family(cls):
            members = family(cls)
            self._shared |= dict.fromkeys(members.values(), _common(members))
            fresh = list(members.values())
            self._order += fresh
            return fresh
        for setting in settings_of(cls).values():
            for part in _components(setting.hint):
                if part in self._pages or part is self._top:
                    continue
                keys = self._keys.setdefault(part, [])
                if setting.key not in keys:
                    keys.append(setting.key)
                if part not in self._order:
                    self._order.append(part)
                    fresh.append(part)
        return fresh

    def section(self, cls: type[Component], title: str, level: int) -> list[str]:
        """One class under its heading."""
        lines = [f"{'#' * level} {title}", "", markdown(cls.__doc__), ""]
        if is_family(cls):
            return lines + self._family(cls)
        settings = {key: each for key, each in settings_of(cls).items() if key not in self._hidden(cls)}
        if cls.short is not None:
            lines += [f"Short form: a bare value is its `{cls.short}`.", ""]
        if settings:
            lines += [*_HEAD, *(self._row(each) for each in settings.values()), ""]
        elif not self._hidden(cls):
            lines += ["It has no settings: the bare type says it.", ""]
        return lines + _not_built(cls)

    def _hidden(self, cls: type[Component]) -> frozenset[str]:
        return self._shared.get(cls, frozenset())

    def _family(self, base: type[Component]) -> list[str]:
        members = family(base)
        named = ", ".join(f"[`{name}`](#{slug(self._titles[each])})" for name, each in members.items())
        lines = [f"Types: {named}.", "", *_not_built(base)]
        shared = _common(members)
        if shared:
            settings = settings_of(next(iter(members.values())))
            rows = [self._row(each) for key, each in settings.items() if key in shared]
            lines += ["Every type takes:", "", *_HEAD, *rows, ""]
        return lines

    def _row(self, setting: Setting) -> str:
        said = markdown(setting.doc)
        limits = [
            _LIMITS[key].format(value) for key, value in setting.schema.items() if not isinstance(value, bool)
        ]
        if limits:
            said += f" ({', '.join(limits)})"
        if setting.examples:
            said += f" Example: {', '.join(_written(each) for each in setting.examples)}."
        if setting.required:
            default = "required"
        else:
            default = "" if setting.default in (None, (), {}, "") else _written(setting.default)
        return cells(
            f"`{setting.key}`", self._takes(setting.hint), "" if default == "`{}`" else default, said
        )

    def _takes(self, hint: Any) -> str:
        """What may stand there, in words, with links to what they mean."""
        choices = [str(value) for each in alternatives(hint) for value in _literals(each)]
        words = [code(each) for each in choices]
        words += [self._words(each) for each in alternatives(hint) if each is not NoneType]
        return " · ".join(dict.fromkeys(filter(None, words)))

    def _words(self, hint: Any) -> str:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Literal:
            return ""
        if origin is tuple or origin is Mapping:
            inner = self._takes(arguments[-1] if origin is Mapping else arguments[0])
            kind = "a mapping to" if origin is Mapping else "a list:"
            return f"{kind} ({inner})" if "·" in inner else f"{kind} {inner}"
        if isinstance(hint, type) and issubclass(hint, Component):
            return self._component(hint)
        said = reader_of(hint).words
        return f"[{said}]({self._pages[hint]})" if hint in self._pages else said

    def _component(self, cls: type[Component]) -> str:
        at = self._pages.get(cls) or f"#{slug(self._titles[cls])}"
        if is_family(cls):
            return f"[a type]({at})"
        short = "" if cls.short is None else f" · {self._takes(settings_of(cls)[cls.short].hint)}"
        return f"[a mapping]({at}){short}"


def slug(heading: str) -> str:
    """The anchor that a heading has where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _common(members: Mapping[str, type[Component]]) -> frozenset[str]:
    """Keys that every member of a family takes alike."""
    every = [{(key, each.doc) for key, each in settings_of(cls).items()} for cls in members.values()]
    return frozenset(key for key, _ in set.intersection(*every)) if len(every) > 1 else frozenset()


def _not_built(cls: type[Component]) -> list[str]:
    """Keys, or types of a family, that the language has; those of its family are not a member's."""
    families = (
        each
        for each in cls.__mro__
        if issubclass(each, Component) and each is not Component and is_family(each)
    )
    if any(cls is not each and cls.reserved is each.reserved for each in families):
        return []
    said = ", ".join(f"`{each}`" for each in sorted(cls.reserved))
    return [f"Not built yet: {said}.", ""] if said else []


def _written(value: Any) -> str:
    """A value as a file would say it, as code."""
    written = as_written(value)
    return code(written if isinstance(written, str) else json.dumps(written, ensure_ascii=False))


def _components(hint: Any) -> Iterator[type[Component]]:
    """The component classes in an annotation."""
    return (each for each in _leaves(hint) if isinstance(each, type) and issubclass(each, Component))


def _leaves(hint: Any) -> Iterator[Any]:
    arguments = get_args(hint)
    if not arguments or get_origin(hint) is Literal:
        yield hint
        return
    for each in arguments:
        yield from _leaves(each)


def _literals(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) is Literal else ()
