"""A key in a place of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.expression import Template
from engine.fetch.auth import Authenticator, sent, wrong_places
from engine.spec.component import Path, component, field


@component("api_key")
class ApiKey(Authenticator):
    """One key, or several, each in its place."""

    send: Mapping[str, Template] = field(
        "Places in each request of the API, as ``into``, and what stands there.",
        examples=({"header.X-Api-Key": "${secret.key}"},),
        minProperties=1,
    )

    def problems(self) -> list[tuple[Path, str, str]]:
        """Every key of ``send`` is a place."""
        return wrong_places(self.send)

    def credentials(self, scope: Mapping[str, Any]) -> Mapping[str, Any]:
        """What ``send`` says."""
        return sent(self.send, scope)
