"""How many requests in any span of time? A sliding window, as the server counts it."""

from __future__ import annotations

from collections import deque


class Window:
    """
    At most ``requests`` in any span of ``per`` seconds, wherever the span begins.

    The server counts when requests arrive, which nobody else sees: some time between sending and
    the end of the answer. So a request holds its slot while it is in flight and ``per`` seconds
    from its end. Not safe for threads by itself.
    """

    def __init__(self, *, requests: int, per: float) -> None:
        self._requests = requests
        self._per = per
        self._flying = 0
        self._ended: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Seconds until a slot may be free; 0 where one is."""
        while self._ended and self._ended[0] + self._per <= now:
            self._ended.popleft()
        over = self._flying + len(self._ended) - self._requests + 1
        if over <= 0:
            return 0.0
        if over > len(self._ended):
            return self._per
        return self._ended[over - 1] + self._per - now

    def enter(self) -> None:
        """Take a slot."""
        self._flying += 1

    def leave(self, now: float) -> None:
        """The request is over; its slot is free ``per`` seconds from now."""
        self._flying -= 1
        self._ended.append(now)
