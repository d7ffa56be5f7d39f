"""One of a few words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from engine.expression import text_of
from engine.mapping.misfit import Misfit, shown
from engine.mapping.types import Field
from engine.spec.component import Path, component, field


@component("enum")
class Enum(Field):
    """One of the contract's words; ``map`` brings the source's there."""

    values: tuple[str, ...] = field("The words.", minItems=1, examples=(["active", "terminated"],))

    keyed: ClassVar[bool] = True
    ordered: ClassVar[bool] = True

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Refuse a word that stands twice."""
        for index, word in enumerate(self.values):
            if word in self.values[:index]:
                yield ("values", index), "duplicate-value", f"{word!r} stands here twice"

    def read(self, value: Any) -> str:
        """Take one of the words."""
        text = text_of(value) if not isinstance(value, list | dict) else ""
        if text not in self.values:
            raise Misfit("not-in-enum", f"{shown(value)} is not one of {', '.join(self.values)}")
        return text
