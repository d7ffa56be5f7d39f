"""A token that does not change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.expression import Template
from engine.fetch.auth import Authenticator
from engine.fetch.render import text
from engine.spec.component import component, field


@component("bearer")
class Bearer(Authenticator):
    """``Authorization: Bearer`` with a token that somebody made by hand."""

    token: Template = field("The token.", examples=("${secret.token}",))

    def credentials(self, scope: Mapping[str, Any]) -> Mapping[str, Any]:
        """The Authorization header."""
        return {"header.Authorization": "Bearer " + text(self.token, scope, "auth.token")}
