"""Who is asking? The authenticators: which credentials go where, and how a token is had."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from engine.expression import Template
from engine.fetch.exchange import Prepared
from engine.fetch.place import Place, PlaceError
from engine.fetch.render import expand
from engine.spec.component import Component, Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What an authenticator keeps of a token answer."""

    value: Mapping[str, Any] = field(repr=False)
    """Read by expressions as ``token``."""
    lifetime: float | None
    """Seconds from the moment the request was sent; None: until a 401."""
    hidden: tuple[str, ...] = field(repr=False)
    """The texts in it that nobody may see."""


class Authenticator(Component):
    """
    How requests prove who asks. An authenticator does no I/O: it says which request gets a token,
    what of the answer is kept, and what is put where in the requests of the API. The client binds
    all of it to the origin of ``base_url``.
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

    def credentials(self, scope: Mapping[str, Any]) -> Mapping[str, Any]:
        """Places (as ``into``) of a request of the API, and what stands there."""
        del scope
        return {}


class TokenAuthenticator(Authenticator):
    """One that asks for a token first: only then is a 401 worth a second try."""

    @abstractmethod
    def token_request(self, scope: Mapping[str, Any]) -> Prepared:
        """Say which request gets a token."""

    @abstractmethod
    def keep(self, document: Any) -> Token:
        """Read the token out of the decoded answer; an ``AuthenticationError`` says why not."""


def sent(send: Mapping[str, Template], scope: Mapping[str, Any]) -> dict[str, Any]:
    """What a ``send`` block puts where; null is left out."""
    return {
        place: value
        for place, template in send.items()
        if (value := expand(template, scope, f"auth.send.{place}")) is not None
    }


def wrong_places(send: Mapping[str, Template]) -> list[tuple[Path, str, str]]:
    """The keys of a ``send`` block that are no places for credentials."""
    found: list[tuple[Path, str, str]] = []
    for name in send:
        try:
            part = Place.parse(name).part
        except PlaceError as error:
            found.append((("send", name), error.code, str(error)))
        else:
            if part == "url":
                found.append((("send", name), "place", "credentials do not go into the URL"))
    return found
