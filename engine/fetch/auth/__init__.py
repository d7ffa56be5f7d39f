"""Who is asking? The authenticators: which credentials go where, and how a token is had."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.expression import Template
from engine.fetch.exchange import Answer, Prepared
from engine.spec.component import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What an authenticator keeps of a token answer."""

    value: Mapping[str, Any]
    """Read by expressions as ``token``."""
    lifetime: float | None
    """Seconds, counted from the moment the request was sent; None: until a 401."""


class Authenticator(Component):
    """
    How requests prove who asks. An authenticator does no I/O: it says which request gets a token,
    what of the answer is kept, and what is put where in the requests of the API.
    """

    reserved: ClassVar[tuple[str, ...]] = (
        "oauth2_refresh_token",
        "oauth2_authorization_code",
        "jwt_bearer",
        "private_key_jwt",
        "saml_bearer",
        "oauth1",
        "session",
        "aws_sigv4",
        "hmac",
        "select",
    )

    def credentials(self) -> Mapping[str, Template]:
        """Places (as ``into``) of the API's requests, and what stands there; read with the scope."""
        return {}


class TokenAuthenticator(Authenticator):
    """One that asks for a token first: only then is a 401 worth a second try."""

    @abstractmethod
    def token_request(self, scope: Mapping[str, Any]) -> Prepared:
        """Say which request gets a token."""

    @abstractmethod
    def keep(self, answer: Answer, document: Any) -> Token:
        """Read the token out of an answer and its decoded body; an ``AuthenticationError`` says why not."""
