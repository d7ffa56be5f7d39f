"""A vendor's change must not drain a company's data into the queue: the projection of a mapping parks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.flow.canonicalize import Route
from engine.flow.events import Listener, Note, Tally
from engine.records.mapped import Accounting
from engine.store import parking
from engine.store.database import Connection
from engine.store.leases import Lease
from engine.store.parking import Parked

SHARE = Decimal("0.05")
"""Of a run's records that may become dead letters before the rest waits."""

FIRST = 200
"""Records that a run loads before its share says anything."""


class Valve:
    """Counts what one run of one stream loads, and closes for a mapping that too few records fit."""

    def __init__(self, lease: Lease, numbers: Mapping[str, int], listen: Listener) -> None:
        """``numbers``: of the mappings, by name."""
        self._lease, self._numbers, self._listen = lease, numbers, listen
        self.tally = Tally()
        self.closed: set[str] = set()
        """Mappings that are parked."""

    def open(self, connection: Connection, route: Route) -> bool:
        """Whether the next batch may be loaded; what may not stays pending."""
        name = route.feed.mapping
        if name in self.closed:
            return False
        number = self._numbers[name]
        loaded = self.tally.by_mapping.get(name)
        if loaded is None:
            where = {"stream": self._lease.stream, "mapping": number, "activation": route.activation}
            standing = parking.standing(connection, **where)
            connection.rollback()
            return standing is None or self._close(name, standing)
        if loaded.records < FIRST or loaded.dead <= SHARE * loaded.records:
            return True
        why = Parked(records=loaded.records, dead=loaded.dead)
        parking.park(connection, self._lease, mapping=number, activation=route.activation, why=why)
        return self._close(name, why)

    def loaded(self, route: Route, counts: Accounting) -> None:
        """Count a batch."""
        self.tally.add(route.feed.mapping, counts)

    def _close(self, name: str, why: Parked) -> bool:
        self.closed.add(name)
        text = (
            f"{name} is parked: {why.dead} of {why.records} records did not fit. What comes is kept and "
            "waits for another version of the mapping, or for `syncline dead-letters retry`"
        )
        self._listen(Note(stream=None, text=text))
        return False
