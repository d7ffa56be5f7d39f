"""A YAML file in; a document with its component, or every problem in it, out."""

from __future__ import annotations

from typing import TypeVar

from engine.spec.component import Component
from engine.spec.compose import read
from engine.spec.document import Document
from engine.spec.leaf import BROKEN, Walk
from engine.spec.reader import reader_of

T = TypeVar("T", bound=Component)


def load(document_class: type[T], file: str, text: str | bytes) -> Document[T]:
    """
    Read, check and build one document.

    Never raises for what is in the file: every problem is inside, in the order of the lines.
    """
    source = read(file, text)
    walk = Walk(source)
    draft: T | None = None
    if source.root is not None:
        built = reader_of(document_class).read(walk, source.root, ())
        draft = None if built is BROKEN else built
    # what YAML misread is wrong in other ways too, which nobody needs to hear
    misread = {each.line for each in source.problems}
    found = {each for each in (*walk.problems, *walk.strays) if each.line not in misread}
    problems = tuple(sorted({*source.problems, *found}))
    return Document(source=source, draft=draft, problems=problems, doubted=frozenset(walk.doubted))
