"""How is a source spoken to? The ``http`` block of a connector: one for all its streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from engine.expression import Expression, Template
from engine.fetch.auth import Authenticator
from engine.fetch.auth.none import NoAuth
from engine.spec.component import Component, component, field
from engine.spec.values import Duration, Share, Size

Action = Literal["retry", "skip", "end", "accept", "restart", "split", "resync", "reauthenticate", "fail"]


@component()
class ErrorRule(Component):
    """What to do about an answer; of several rules the first that matches wins."""

    when: Expression = field("Reads the scope; true where the rule is meant.", examples=("status == `404`",))
    then: Action = field(
        "``retry`` the request; ``skip``: this partition has nothing; ``end``: no more pages; ``accept`` "
        "as if 200; ``restart`` this window, three times at most; ``split`` the window in halves; "
        "``resync``: the watermark is void; ``reauthenticate`` once; ``fail``."
    )
    after: Expression | None = field("With ``retry``: seconds to wait before.", default=None)
    message: Template | None = field("With ``fail``: what to say.", default=None, meta=True)

    def problems(self) -> list[tuple[tuple[str | int, ...], str, str]]:
        """``after`` goes with ``retry`` only, ``message`` with ``fail``."""
        found: list[tuple[tuple[str | int, ...], str, str]] = []
        if self.after is not None and self.then != "retry":
            found.append((("after",), "wrong-combination", "'after' goes with 'then: retry' only"))
        if self.message is not None and self.then != "fail":
            found.append((("message",), "wrong-combination", "'message' goes with 'then: fail' only"))
        return found


@component()
class RateLimit(Component):
    """So many requests in any span of that length; kept across all workers."""

    requests: int = field("Requests allowed in any span of ``per``.", minimum=1, examples=(90,))
    per: Duration = field("The length of the span.", examples=("1m",))


@component()
class Backoff(Component):
    """How long to wait between tries: at random up to a span that doubles (full jitter)."""

    initial: Duration = field("The longest wait before the second try.", default=Duration.parse("1s"))
    max: Duration = field("The longest wait at all.", default=Duration.parse("1m"))


@component()
class Retry(Component):
    """What is tried again, and how often. ``Retry-After`` wins over the backoff."""

    attempts: int = field("Tries in all, the first one counted.", default=5, minimum=1, maximum=20)
    backoff: Backoff = field("How long to wait between tries.", default=Backoff())
    statuses: tuple[int, ...] = field(
        "Statuses that are worth another try.", default=(429, 500, 502, 503, 504), uniqueItems=True
    )


@component()
class Breaker(Component):
    """When to stop asking a source that fails, per origin and credential, across all workers."""

    failures: Share = field("Opens when this share of the requests failed.", default=Share.parse("50%"))
    minimum: int = field("Of at least so many requests.", default=10, minimum=1)
    window: Duration = field("Within this span.", default=Duration.parse("1m"))
    open_for: Duration = field(
        "Stays open so long, then lets one probe through.", default=Duration.parse("30s")
    )


@component()
class Http(Component):
    """How the remote system is spoken to; what every stream shares."""

    reserved: ClassVar[Mapping[str, str]] = {"tls": "client certificates ('tls') are not built yet"}

    base_url: Template = field(
        "Where the API lives; every path is appended to it.", examples=("https://api.example.com/v1",)
    )
    origins: tuple[Template, ...] = field("Further hosts this connector needs: logins, tokens.", default=())
    headers: Mapping[str, Template] = field("Sent with every request.", default={})
    auth: Authenticator = field("How requests prove who asks.", default=NoAuth())
    rate_limit: tuple[RateLimit, ...] | RateLimit = field(
        "What the source allows, per origin and credential; a list holds them all at once.", default=()
    )
    concurrency: int = field("Requests in flight at once.", default=4, minimum=1, maximum=64)
    timeout: Duration = field(
        "For one whole exchange, from connect to last byte.", default=Duration.parse("30s")
    )
    max_response: Size = field(
        "The largest body that is taken, also while inflating.", default=Size.parse("64MB")
    )
    retry: Retry = field("What is tried again, and how often.", default=Retry())
    breaker: Breaker = field("When to stop asking.", default=Breaker())
    errors: tuple[ErrorRule, ...] = field(
        "What to do about answers, after the stream's own rules.", default=()
    )

    @property
    def rate_limits(self) -> tuple[RateLimit, ...]:
        """All limits, however they were written."""
        return (self.rate_limit,) if isinstance(self.rate_limit, RateLimit) else self.rate_limit
