"""Who fetches the token? One thread; the others wait for what it brings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import AuthenticationError, FetchError
from engine.fetch.auth import Token

_MARGIN = 30.0
"""Seconds before its end at which a token counts as expired; of short ones a tenth."""
_REST = 60.0
"""Seconds for which nobody hands in credentials again that were refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A token, and which one it is: a 401 renews only the one that was refused."""

    token: Token
    number: int
    until: float


class Tokens:
    """
    The token of one source; safe to share between threads.

    One request for it is in flight at a time, and its failure is everybody's who waited. A source
    that refuses credentials is left alone for a minute: trying on locks accounts.
    """

    def __init__(self, fetch: Callable[[], Token], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Held | None = None
        self._number = 0
        self._failures = 0
        self._failure: FetchError | None = None
        self._rests_until = float("-inf")

    def current(self) -> Held:
        """A token that is good for now; raises what the request for it raised."""
        held = self._held
        if held is not None and self._clock() < held.until:
            return held
        return self._renewed(held)

    def renew(self, refused: Held) -> Held:
        """Another token than the one that was refused."""
        held = self._held
        if held is not None and held.number != refused.number:
            return held
        return self._renewed(refused)

    def _renewed(self, stale: Held | None) -> Held:
        seen = self._failures
        with self._lock:
            held = self._held
            if held is not None and (stale is None or held.number != stale.number):
                return held
            sent = self._clock()
            failure = self._failure
            if failure is not None and (self._failures != seen or sent < self._rests_until):
                raise type(failure)(str(failure), code=failure.code, after=failure.after)
            try:
                token = self._fetch()
            except FetchError as error:
                self._failures += 1
                self._failure = error
                if isinstance(error, AuthenticationError):
                    self._rests_until = self._clock() + _REST
                raise
            self._failure = None
            lifetime = float("inf") if token.lifetime is None else token.lifetime
            self._number += 1
            until = sent + lifetime - min(_MARGIN, lifetime / 10 if token.lifetime else 0.0)
            self._held = Held(token=token, number=self._number, until=until)
            return self._held
