"""An address on the web, or of anything else that has a host."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from engine.mapping.misfit import Misfit, shown
from engine.mapping.texts import storable
from engine.mapping.types.string import Patterned
from engine.spec.component import component

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#\x00-\x1f\x7f]+[^\s\x00-\x1f\x7f]*")


@component("url")
class Url(Patterned):
    """An absolute address: scheme, ``://``, host and whatever follows, without spaces. Kept as written."""

    keyed: ClassVar[bool] = True

    def read(self, value: Any) -> str:
        """Take text that is a whole address."""
        if type(value) is not str or _URL.fullmatch(value) is None:
            raise Misfit("not-a-url", f"{shown(value)} is not an absolute address, as https://example.com/a")
        return storable(value)
