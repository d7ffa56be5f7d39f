"""What of a record is a key, its own or that of a record of another stream?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from engine.expression import Expression
from engine.spec.component import Component, Path, component, field

Root = Literal["record", "parent", "partition", "body"]


@component()
class KeyPart(Component):
    """One part of a key."""

    value: Expression = field("What to read.", examples=("code",))
    of: Root | None = field(
        "What `value` reads; left out: the record, after `each` the element.", default=None
    )

    short: ClassVar[str | None] = "value"


@component()
class Link(Component):
    """
    The key of a record of another stream that is one with this record.

    Null and the empty text link to nobody, and so does a key of which a part is null or empty.
    """

    to: str = field("The stream, connector.name; it feeds the same entity.", examples=("payroll.employees",))
    value: Expression | tuple[KeyPart, ...] = field(
        "What to read; of a key of several parts, the parts in their order.",
        examples=("payrollId", ["company", "payrollId"]),
    )
    of: Root | None = field(
        "What `value` reads; left out: the record, after `each` the element.", default=None
    )

    def problems(self) -> Iterable[tuple[Path, str, str]]:
        """Several parts say themselves what they read."""
        if self.value == ():
            yield ("value",), "wrong-value", "a key has at least one part"
        if isinstance(self.value, tuple) and self.of is not None:
            said = "each part says what it reads: {value: region, of: partition}"
            yield ("of",), "conflicting-keys", said

    @property
    def key_parts(self) -> tuple[KeyPart, ...]:
        """``value`` as the parts of a key."""
        return self.value if isinstance(self.value, tuple) else (KeyPart(value=self.value, of=self.of),)
