"""The verb ``replay --all``: the projection made anew from stored responses, without asking any source."""

from __future__ import annotations

from collections.abc import Callable

from engine.flow.activate import activate
from engine.flow.events import Listener, Tally
from engine.flow.pins import lapse
from engine.flow.rebuilding import Shuffle, complete, hold
from engine.flow.settling import settle
from engine.flow.workspace import Workspace
from engine.store import rebuild
from engine.store.leases import Leases


def replay_all(
    workspace: Workspace,
    *,
    stopping: Callable[[], bool],
    listen: Listener,
    shuffle: Shuffle | None = None,
) -> Tally:
    """
    Clear the projection of every entity and load all stored responses again; what became of them.

    Ids, joins, tombstones, decisions and history stay. Raises ``StoreError`` where another worker holds
    a stream: a rebuild needs all of them. Stopped or killed, the next ``replay --all`` begins anew and
    the next ``sync`` goes on.
    """
    activations = activate(workspace)
    with Leases(workspace.database) as leases:
        held = hold(workspace, leases)
        with workspace.database.connect(label="syncline replay") as connection:
            for shape in workspace.shapes.values():
                rebuild.clear(connection, shape)
        tally = complete(workspace, activations, held, stopping=stopping, listen=listen, shuffle=shuffle)
        lapse(workspace)
        settle(workspace)
        return tally
