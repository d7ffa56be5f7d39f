"""The demo's systems together, for a test, the demo, or until somebody stops them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from engine.demo.directory import DirectorySystem
from engine.demo.hr import HrSystem
from engine.demo.payroll import PayrollSystem
from engine.demo.workers import COUNT, SEED, workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the systems listen; 0 takes any free port."""

    hr: int = 0
    payroll: int = 0
    directory: int = 0


FIXED = Ports(hr=18421, payroll=18422, directory=18423)
"""The ports that the shipped connectors have as their default and the shipped projects allow."""


class DemoSystems:
    """
    All systems with the same people, serving while the ``with`` block runs.

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
            try:
                self.directory = DirectorySystem(people, port=ports.directory, clock=clock)
            except OSError:
                self.payroll.stop()
                raise
        except OSError:
            self.hr.stop()
            raise

    @property
    def ports(self) -> Ports:
        """The ports they listen on."""
        return Ports(hr=self.hr.port, payroll=self.payroll.port, directory=self.directory.port)

    def start(self) -> Self:
        """Begin to answer."""
        for each in (self.hr, self.payroll, self.directory):
            each.start()
        return self

    def stop(self) -> None:
        """Answer no more and give the ports back."""
        for each in (self.hr, self.payroll, self.directory):
            each.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()


def serve(ports: Ports = FIXED) -> DemoSystems:
    """Start all on these ports; the caller stops them. Raises ``OSError`` where a port is taken."""
    return DemoSystems(ports=ports).start()
