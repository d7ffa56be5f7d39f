"""A small language of its own, with everything that the kernel knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from engine.expression import Expression, Template
from engine.spec.component import Component, Path, component, field
from engine.spec.values import Duration, Name, Share, Size, Templated


class Animal(Component):
    """What is kept."""

    noun: ClassVar[str] = "animal"
    reserved: ClassVar[tuple[str, ...]] = ("dragon",)


@component("cat")
class Cat(Animal):
    """Purrs."""

    lives: int = field("How many are left.", default=9, minimum=1, maximum=9)


@component("dog")
class Dog(Animal):
    """Barks."""

    name: Name = field("What it is called.")
    tricks: tuple[str, ...] = field("What it can do.", default=(), maxItems=2, uniqueItems=True)


@component()
class Rule(Component):
    """Reads something."""

    short: ClassVar[str | None] = "value"

    value: Expression | tuple[Expression, ...] = field("What to read.")
    otherwise: Literal["reject", "null"] | None = field("What else.", default=None)


@component()
class Zoo(Component):
    """A document."""

    reserved: ClassVar[Mapping[str, str]] = {"aquarium": "'aquarium' is not built yet"}

    name: Name = field("What it is called.", examples=("berlin",))
    title: str | None = field("For people.", default=None, meta=True)
    star: Animal | None = field("The most visited.", default=None)
    animals: Mapping[Name, Animal] = field("All the others.", default={})
    rules: Mapping[str, Rule] = field("Rules by name.", default={})
    open_for: Duration = field("How long.", default=Duration.parse("8h"))
    size: Size | None = field("How large.", default=None)
    share: Share | None = field("How full.", default=None)
    price: Decimal | None = field("Of a ticket.", default=None, exclusiveMinimum=0)
    seats: int | Literal["none"] = field("How many.", default="none")
    sent: Templated = field("A free tree.", default=None)
    greeting: Template | None = field("Said at the door.", default=None)
    when: Expression | None = field("Reads a visitor.", default=None)
    extra: Any = field("Whatever.", default=None)
    from_: str | None = field("A keyword of Python.", default=None)

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """The star is not in its own cage."""
        if self.star is not None and self.star in self.animals.values():
            yield ("star",), "conflicting-keys", "the star is among the others"
