"""A name and a password with every request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.expression import Template
from engine.fetch.auth import Authenticator
from engine.fetch.render import text
from engine.fetch.writing import basic
from engine.spec.component import component, field


@component("basic")
class Basic(Authenticator):
    """HTTP Basic: ``Authorization: Basic`` with name and password in base64."""

    username: Template = field("The name.", examples=("${secret.api_key}",))
    password: Template = field("The password; some APIs want any text.", examples=("${secret.password}", "x"))

    def credentials(self, scope: Mapping[str, Any]) -> Mapping[str, Any]:
        """The Authorization header."""
        username = text(self.username, scope, "auth.username")
        return {"header.Authorization": basic(username, text(self.password, scope, "auth.password"))}
