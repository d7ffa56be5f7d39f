"""Who fetches the token? One thread; the others wait for what it brings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import FetchError
from engine.fetch.auth import Token

_MARGIN = 30.0
"""Seconds before its end at which a token counts as expired; of short ones a tenth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A token, and which one it is: a 401 renews only the one that was refused."""

    token: Token
    number: int
    until: float


class Tokens:
    """
    The token of one source; safe to share between threads.

    One request for it is in flight at a time, and its failure is everybody's who waited: a source
    that refuses credentials is asked once, not once per thread.
    """

    def __init__(self, fetch: Callable[[], Token], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Held | None = None
        self._number = 0
        self._failures: tuple[int, FetchError | None] = (0, None)

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
        seen = self._failures[0]
        with self._lock:
            held = self._held
            if held is not None and (stale is None or held.number != stale.number):
                return held
            failures, error = self._failures
            if failures != seen and error is not None:
                raise type(error)(str(error), code=error.code, after=error.after)
            sent = self._clock()
            try:
                token = self._fetch()
            except FetchError as failure:
                self._failures = (failures + 1, failure)
                raise
            lifetime = float("inf") if token.lifetime is None else token.lifetime
            self._number += 1
            until = sent + lifetime - min(_MARGIN, lifetime / 10 if token.lifetime else 0.0)
            self._held = Held(token=token, number=self._number, until=until)
            return self._held
