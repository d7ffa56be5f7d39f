"""OAuth 2.0, for programs that ask in their own name (RFC 6749, section 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote_plus

from engine.errors import AuthenticationError
from engine.expression import Template
from engine.fetch.auth import Token, TokenAuthenticator, sent, wrong_places
from engine.fetch.exchange import Content, Prepared
from engine.fetch.render import expand, text
from engine.fetch.writing import basic
from engine.spec.component import Path, component, field
from engine.spec.values import Templated

_BEARER = {"header.Authorization": Template.parse("Bearer ${token.access_token}")}


@component("oauth2_client_credentials")
class OAuth2ClientCredentials(TokenAuthenticator):
    """
    Trades an id and a secret for a token that expires; asks again before it does, and once when it
    is refused. One token request is in flight at a time.
    """

    token_url: Template = field(
        "Where tokens are had. Another origin than that of ``base_url`` is listed in ``origins``.",
        examples=("https://login.example.com/oauth2/token",),
    )
    client_id: Template = field("Who asks.", examples=("${config.client_id}",))
    client_secret: Template = field("How it is proved.", examples=("${secret.client_secret}",))
    scope: tuple[Template, ...] | Template | None = field(
        "What is asked for; a list is joined by spaces.", default=None, examples=(["read", "list"],)
    )
    client: Literal["basic", "body"] = field(
        "Whether id and secret go into an Authorization header or into the form.", default="basic"
    )
    parameters: Mapping[str, Templated] = field(
        "Further fields of the token request.",
        default={},
        examples=({"audience": "https://api.example.com"},),
    )
    send: Mapping[str, Template] = field(
        "Places in each request of the API, and what stands there; left out: an Authorization header.",
        default=_BEARER,
    )

    def problems(self) -> list[tuple[Path, str, str]]:
        """Every key of ``send`` is a place."""
        return wrong_places(self.send)

    def token_request(self, scope: Mapping[str, Any]) -> Prepared:
        """A form with the grant; id and secret where ``client`` says."""
        client_id = text(self.client_id, scope, "auth.client_id")
        secret = text(self.client_secret, scope, "auth.client_secret")
        form: dict[str, Any] = {"grant_type": "client_credentials"}
        if self.scope is not None:
            scopes = self.scope if isinstance(self.scope, tuple) else (self.scope,)
            form["scope"] = " ".join(text(each, scope, "auth.scope") for each in scopes)
        form |= expand(self.parameters, scope, "auth.parameters")
        headers = {"Accept": "application/json"}
        if self.client == "basic":
            headers["Authorization"] = basic(quote_plus(client_id), quote_plus(secret))
        else:
            form |= {"client_id": client_id, "client_secret": secret}
        return Prepared(
            method="POST",
            url=text(self.token_url, scope, "auth.token_url"),
            headers=headers,
            content=Content(kind="form", value=form),
        )

    def keep(self, document: Any) -> Token:
        """All of the answer; it has to hold an ``access_token``."""
        if not isinstance(document, dict) or not isinstance(document.get("access_token"), str):
            raise AuthenticationError("the token answer holds no access_token", code="token-missing")
        hidden = [document.get(name) for name in ("access_token", "refresh_token", "id_token")]
        return Token(
            value=document,
            lifetime=_seconds(document.get("expires_in")),
            hidden=tuple(each for each in hidden if isinstance(each, str)),
        )

    def credentials(self, scope: Mapping[str, Any]) -> Mapping[str, Any]:
        """What ``send`` says, with the token."""
        return sent(self.send, scope)


def _seconds(value: Any) -> float | None:
    """A lifetime that makes sense; some servers write it as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value < 10**11:
        return None
    return float(value)
