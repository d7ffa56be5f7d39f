"""Several values of one type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from engine.mapping.misfit import Misfit, kind_of
from engine.mapping.texts import array_text
from engine.mapping.types import Field, Type
from engine.spec.component import Path, component, field


@component("list")
class List(Field):
    """
    A list of text, numbers, dates or other values that are one text each; nulls in it stay.

    The steps of a rule (``map``, ``lookup``, ``format``, ``zone``, ``unit``) are done on each element.
    """

    of: Type = field("Type of its elements.", examples=("string",))

    plain: ClassVar[bool] = False

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Refuse elements that are no single text."""
        if not (isinstance(self.of, Field) and self.of.plain):
            yield ("of",), "wrong-value", f"a list of {self.of.tag} cannot be kept: use type json"

    def columns(self, name: str) -> tuple[tuple[str, str], ...]:
        """Its one column, an array."""
        assert isinstance(self.of, Field)  # noqa: S101 - Type has no other members
        return ((name, f"{self.of.sql}[]"),)

    def read(self, value: Any) -> list[str | None]:
        """Take a list whose elements all fit."""
        if type(value) is not list:
            raise Misfit("not-a-list", f"{kind_of(value)} is not a list")
        return [None if each is None else self._element(index, each) for index, each in enumerate(value)]

    def _element(self, index: int, value: Any) -> str | None:
        assert isinstance(self.of, Field)  # noqa: S101 - Type has no other members
        try:
            read = self.of.read(value)
            self.of.bound(read)
            return self.of.write(read)[0]
        except Misfit as misfit:
            raise Misfit(misfit.code, f"element {index}: {misfit}") from None

    def write(self, value: list[str | None]) -> tuple[str]:
        """Write PostgreSQL's array literal."""
        return (array_text(value),)


def element_of(kind: Field) -> Field:
    """What a rule's steps see of a type: of a list, its elements, one by one."""
    return kind.of if isinstance(kind, List) and isinstance(kind.of, Field) else kind
