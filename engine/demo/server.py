"""Both demo systems together, for a test, the demo, or until somebody stops them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from engine.demo.hr import HrSystem
from engine.demo.payroll import PayrollSystem
from engine.demo.workers import COUNT, SEED, workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the systems listen; 0 takes any free port."""

    hr: int = 0
    payroll: int = 0


FIXED = Ports(hr=18421, payroll=18422)
"""The ports that the shipped connectors have as their default and the shipped projects allow."""


class DemoSystems:
    """
    Both systems with the same people, serving while the ``with`` block runs.

    ``hr_manners`` go to ``HrSystem``: ``token_seconds``, ``throttle_every``, ``retry_after``.
    """

    def __init__(
        self,
        *,
        ports: Ports = Ports(),
        count: int = COUNT,
        seed: int = SEED,
        clock: Callable[[], float] = time.time,
        **hr_manners: Any,
    ) -> None:
        people = workers(count, seed=seed)
        self.hr = HrSystem(people, port=ports.hr, clock=clock, **hr_manners)
        try:
            self.payroll = PayrollSystem(people, port=ports.payroll, clock=clock)
        except OSError:
            self.hr.stop()
            raise

    @property
    def ports(self) -> Ports:
        """The ports they listen on."""
        return Ports(hr=self.hr.port, payroll=self.payroll.port)

    def start(self) -> Self:
        """Begin to answer."""
        self.hr.start()
        self.payroll.start()
        return self

    def stop(self) -> None:
        """Answer no more and give the ports back."""
        self.hr.stop()
        self.payroll.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()


def serve(ports: Ports = FIXED) -> DemoSystems:
    """Start both on these ports; the caller stops them. Raises ``OSError`` where a port is taken."""
    return DemoSystems(ports=ports).start()
