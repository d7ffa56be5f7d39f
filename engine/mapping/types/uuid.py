"""A UUID."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from engine.mapping.misfit import Misfit, shown
from engine.mapping.types import Field
from engine.spec.component import component

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}")


@component("uuid")
class Uuid(Field):
    """A UUID in any case, with or without its hyphens."""

    sql: ClassVar[str] = "uuid"
    keyed: ClassVar[bool] = True

    def read(self, value: Any) -> str:
        """Take text that is one UUID; small letters and hyphens come out."""
        text = value.lower() if type(value) is str else ""
        if _UUID.fullmatch(text) is None:
            raise Misfit("not-a-uuid", f"{shown(value)} is not a UUID")
        bare = text.replace("-", "")
        return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
