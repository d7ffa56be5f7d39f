"""Another entity."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.expression import key_text
from engine.mapping.misfit import Misfit, kind_of
from engine.mapping.texts import storable_key
from engine.mapping.types import Field
from engine.spec.component import component, field
from engine.spec.values import Name


@component("ref")
class Ref(Field):
    """Another entity; its column holds its canonical id. A rule gives its key, or a value it is known by."""

    entity: Name = field("The entity that it points at.", examples=("worker",))

    sql: ClassVar[str] = "uuid"
    plain: ClassVar[bool] = False

    def read(self, value: Any) -> str:
        """Take the key of a record: text, or a number as its shortest decimal."""
        if isinstance(value, list | dict | bool):
            raise Misfit("wrong-type", f"{kind_of(value)} is no key")
        return storable_key(key_text(value) or "")
