"""An e-mail address."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from engine.mapping.misfit import Misfit, shown
from engine.mapping.texts import storable
from engine.mapping.types.string import Patterned
from engine.spec.component import component

_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,255}")


@component("email")
class Email(Patterned):
    """An address: something, ``@``, something, without spaces. Kept as written."""

    keyed: ClassVar[bool] = True

    def read(self, value: Any) -> str:
        """Take text that looks like an address."""
        if type(value) is not str or _ADDRESS.fullmatch(value) is None:
            raise Misfit("not-an-email", f"{shown(value)} is not an e-mail address")
        return storable(value)
