"""No credentials."""

from engine.fetch.auth import Authenticator
from engine.spec.component import component


@component("none")
class NoAuth(Authenticator):
    """Requests carry no credentials."""
