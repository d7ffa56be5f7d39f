"""What can a canonical field hold? The types of an entity's fields, one file each."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.spec.component import Component, component, field


class Type(Component):
    """What a canonical field holds, and how values become it."""

    noun: ClassVar[str | None] = "field type"


@component()
class Field(Type):
    """What every type shares. A value goes through ``read``, ``bound`` and ``write``."""

    required: bool = field(
        "Refuse a record that leaves this null; of a ref, withhold the row too while it leads nowhere.",
        default=False,
    )
    pii: bool = field("Personal data: masked in what commands print.", default=False)
    description: str = field("What it means, for people.", default="", meta=True)

    sql: ClassVar[str] = "text"
    """Type of its column in PostgreSQL."""
    plain: ClassVar[bool] = True
    """One text is the whole value: it can be an element of a list."""
    keyed: ClassVar[bool] = False
    """Equal values have equal texts: it can stand in an identity key."""
    ordered: ClassVar[bool] = False
    """Some values are greater than others, and everyone agrees which."""
    timed: ClassVar[bool] = False
    """``format`` may stand in a rule for it."""

    def columns(self, name: str) -> tuple[tuple[str, str], ...]:
        """Its columns for a field of this name: (column, SQL type)."""
        return ((name, self.sql),)

    def unordered(self) -> str | None:
        """Why a policy cannot choose the greatest of its values; None where it can."""
        return None if self.ordered else f"{self.tag} has no order that all sources share"

    def read(self, value: Any) -> Any:
        """Take a value that is not null as this type; raise ``Misfit`` where it does not fit."""
        raise TypeError(f"type '{self.tag}' cannot read {value!r}")

    @property
    def bounded(self) -> bool:
        """Whether ``bound`` may refuse a value."""
        return False

    def bound(self, value: Any) -> None:
        """Raise ``Misfit`` where a value that was read is one that the contract does not want."""

    def write(self, value: Any) -> tuple[str | None, ...]:
        """PostgreSQL's text of a value that was read, one a column."""
        return (str(value),)
