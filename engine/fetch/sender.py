"""What does a walk need of the client?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from engine.fetch.exchange import Answer, Judged, Judgement, Prepared
from engine.fetch.secrets import Masker
from engine.fetch.stream import Stream


class Sender(Protocol):
    """What a walk needs of the client."""

    @property
    def config(self) -> Mapping[str, Any]:
        """As expressions read it."""

    @property
    def masker(self) -> Masker:
        """What knows the secrets."""

    @property
    def first_date(self) -> dt.datetime | None:
        """The ``Date`` of the run's first answer."""

    @property
    def renews(self) -> bool:
        """Whether a 401 is worth another token."""

    def prepare(self, stream: Stream, scope: Mapping[str, Any]) -> Prepared:
        """The stream's request in a scope."""

    def send(self, prepared: Prepared, *, judge: Callable[[Answer], Judgement]) -> Judged:
        """The last answer to a request, and what is to be done about it."""
