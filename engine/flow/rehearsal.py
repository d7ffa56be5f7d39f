"""
What would ``apply`` do to rows and dead letters? It is done, on a copy that is gone afterwards.

The copy is read in one snapshot and nothing is written to the database that is asked. What the head would
do is measured against what the base makes of the same responses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from engine.flow.activate import activate
from engine.flow.drain import drain_streams
from engine.flow.events import Listener, Tally
from engine.flow.settling import settle
from engine.flow.streams import ordered
from engine.flow.trees import Tree, unpacked
from engine.flow.workspace import Workspace
from engine.store.contrast import (
    EntityContrast,
    LetterContrast,
    entity_contrast,
    letter_contrasts,
    remember,
)
from engine.store.copying import copy
from engine.store.database import Connection, Database
from engine.store.scratch import scratch
from engine.store.shapes import stored_shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What came of it."""

    entities: Sequence[EntityContrast]
    """Of every entity that something feeds, before or after."""
    letters: Sequence[LetterContrast]
    tally: Tally
    """What became of the records that were mapped again, by mapping."""


@contextmanager
def stage(
    source: Database,
    reading: Connection,
    *,
    streams: Sequence[int],
    say: Callable[[str], None],
    watch: Callable[[str, int], None] = lambda _name, _bytes: None,
) -> Iterator[Database]:
    """A copy of a database, as ``reading`` sees it in its ``snapshot``."""
    with scratch(say) as target:
        copy(reading, source, target, streams=streams, watch=watch)
        yield target


def rehearse(
    copied: Database,
    head: Tree,
    *,
    base: Tree | None = None,
    stopping: Callable[[], bool] = lambda: False,
    listen: Listener,
    environment: Mapping[str, str] = os.environ,
) -> Rehearsed:
    """
    Apply ``head`` to a copy; after ``base``, where the copy was made by other files.

    Raises ``SpecError``, ``StoreError`` and ``Interrupted`` as ``apply`` does.
    """
    if base is not None:
        _apply(copied, base, stopping=stopping, listen=listen, environment=environment)
    with copied.connect(label="syncline plan") as connection:
        before = stored_shapes(connection)
        remember(connection, before)
    tally = _apply(copied, head, stopping=stopping, listen=listen, environment=environment)
    with copied.connect(label="syncline plan") as connection:
        after = stored_shapes(connection)
        return Rehearsed(
            entities=[
                entity_contrast(connection, name, before.get(name), after.get(name))
                for name in sorted({*before, *after})
            ],
            letters=letter_contrasts(connection),
            tally=tally,
        )


def _apply(
    copied: Database,
    tree: Tree,
    *,
    stopping: Callable[[], bool],
    listen: Listener,
    environment: Mapping[str, str],
) -> Tally:
    with (
        unpacked(tree) as (folder, shipped),
        Workspace.open(
            folder,
            say=lambda _: None,
            environment=environment,
            shipped_in=shipped,
            database=Database(copied.url),
        ) as workspace,
    ):
        activations = activate(workspace)
        streams = [each for each in ordered(workspace.project) if workspace.feeds(each)]
        tally = drain_streams(workspace, activations, streams, verb="plan", stopping=stopping, listen=listen)
        settle(workspace)
        return tally
