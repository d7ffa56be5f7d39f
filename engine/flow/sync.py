"""The verb ``sync``: fetch what is new, keep it as it came, make it canonical."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from engine.errors import SettingsError
from engine.fetch.deletes.enumeration import Enumeration
from engine.flow import aging
from engine.flow.activate import activate
from engine.flow.canonicalize import Route, routes
from engine.flow.deletions import Deletions, delete_absent
from engine.flow.drain import drain
from engine.flow.events import Finished, Listener, Note, Started
from engine.flow.extract import Extract
from engine.flow.forgetting import forget
from engine.flow.keeping import Extracted, Task
from engine.flow.listed import drain_list, listing, read_list, spoken_of
from engine.flow.loader import Loader
from engine.flow.missed import missed
from engine.flow.parents import parents
from engine.flow.pins import lapse
from engine.flow.rebuilding import complete, hold, unfinished
from engine.flow.settling import settle
from engine.flow.streams import ordered
from engine.flow.valve import Valve
from engine.flow.workspace import Workspace
from engine.records.mapped import Accounting
from engine.records.received import StreamName
from engine.spec.say import near
from engine.store import progress, runs
from engine.store.database import Connection
from engine.store.leases import Lease, Leases


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReport:
    """What a sync did for one stream."""

    stream: StreamName
    fetched: Extracted | None
    """None where another worker holds the stream."""
    counts: Mapping[str, Accounting]
    """By mapping: what became of the records."""
    parked: Sequence[str] = ()
    """Mappings that wait, because too many records do not fit them."""
    missed: int | None = None
    """Of a full run: versions that incremental runs should have brought, and had not; None: unknown."""
    deletions: Deletions | None = None
    kind: runs.Kind = "sync"

    @property
    def complete(self) -> bool:
        """Whether everything that was to be read was read, and made canonical."""
        return self.fetched is not None and self.fetched.error is None and not self.parked

    @property
    def dead(self) -> int:
        """Records that became dead letters."""
        return sum(each.dead for each in self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did."""

    streams: Sequence[StreamReport] = field(default_factory=list)
    unsettled: int = 0
    """Dead letters that came up between records, when all of them were there."""

    @property
    def complete(self) -> bool:
        """Whether every stream was read to its end."""
        return all(each.complete for each in self.streams)

    @property
    def dead(self) -> int:
        """Records that became dead letters."""
        return sum(each.dead for each in self.streams) + self.unsettled


def sync(
    workspace: Workspace,
    targets: Sequence[str] = (),
    *,
    full: bool = False,
    stopping: Callable[[], bool],
    listen: Listener,
) -> SyncReport:
    """
    Sync the named sources and streams (``source`` or ``source.stream``), or all that mappings read.

    What an earlier run left pending is made canonical first. A stream whose source fails ends where it
    stands and the others go on. Raises ``Interrupted`` after the batch in hand, ``StoreError``.
    """
    chosen = _chosen(workspace, targets)
    for source in workspace.sources.values():
        source.close()  # the first answer of a run says its time
        source.stopping = stopping
    activations = activate(workspace)
    reports = []
    began = aging.now(workspace)
    with Leases(workspace.database) as leases:
        if unfinished(workspace):
            held = hold(workspace, leases)
            complete(workspace, activations, held, stopping=stopping, listen=listen)
            for each in held.values():
                leases.release(each)
        lapse(workspace)
        for stream in chosen:
            number = workspace.names.stream(stream)
            listen(Started(stream=stream, verb="sync"))
            lease = leases.acquire(number)
            if lease is None:
                listen(Note(stream=stream, text="held by another worker"))
                reports.append(StreamReport(stream=stream, fetched=None, counts={}))
                continue
            try:
                reports += _stream(
                    workspace, stream, leases, lease, activations, full=full, stopping=stopping, listen=listen
                )
            finally:
                leases.release(lease)
                listen(Finished(stream=stream))
    aging.age(workspace, began)
    unsettled = settle(workspace)
    forget(workspace)
    return SyncReport(streams=reports, unsettled=unsettled)


def _chosen(workspace: Workspace, targets: Sequence[str]) -> list[StreamName]:
    """Streams in an order in which parents come first; raises ``SettingsError`` for an unknown name."""
    every = ordered(workspace.project)
    if not targets:
        return every
    known = {each.source for each in every} | {str(each) for each in every}
    for target in targets:
        source, _, name = target.partition(".")
        if target not in known and source in workspace.sources and name:
            asked = StreamName(source=source, stream=name)
            if (other := spoken_of(workspace, asked)) != asked:
                raise SettingsError(
                    f"'{target}' lists the deletes of '{other}': sync that, and it is read too"
                )
        if target not in known:
            raise SettingsError(f"there is no source or stream '{target}' to sync{near(target, known)}")
    return [each for each in every if each.source in targets or str(each) in targets]


def _stream(
    workspace: Workspace,
    stream: StreamName,
    leases: Leases,
    lease: Lease,
    activations: Mapping[str, int],
    *,
    full: bool,
    stopping: Callable[[], bool],
    listen: Listener,
) -> list[StreamReport]:
    """One stream, under its lease, after the one that lists its deletes."""
    ways = routes(workspace, activations, stream)
    source = workspace.source(stream)
    numbers = {way.feed.mapping: workspace.names.mapping(way.feed.mapping) for way in ways}
    lists = listing(workspace, stream)
    beside = () if lists is None else (workspace.names.stream(lists[0]),)
    valve = Valve(lease, numbers, listen)
    with (
        workspace.database.connect(label=f"syncline sync {stream}") as connection,
        Loader(workspace.database, lease, ways, valve=valve, listen=listen) as loader,
    ):
        told = partial(drain_list, listen=listen, stopping=stopping, valve=valve)
        buried = partial(told, workspace, connection, lease, ways, stream)
        buried()
        drain(
            connection,
            lease,
            ways,
            source.reader(stream.stream),
            numbers=tuple(numbers.values()),
            listen=listen,
            stopping=stopping,
            valve=valve,
        )
        now, full = _begin(connection, workspace, stream, lease.stream, full=full)
        run = runs.begin(
            connection,
            lease.stream,
            kind="full" if full else "sync",
            versions={way.feed.mapping: way.activation for way in ways},
            position=_position(connection, lease.stream, *beside),
        )
        task = Task(
            source=source,
            stream=stream,
            number=lease.stream,
            lease=lease,
            run=run.id,
            mappings=tuple(numbers.values()),
            beside=beside,
            full=full,
            now=now,
            parents=lambda name: _parents(workspace, stream, name),
            stopping=stopping,
            listen=listen,
        )
        before = progress.watermarks(connection, lease.stream)
        connection.rollback()
        listed = read_list(workspace, connection, leases, task, ways, position=run.position)
        buried()
        unread = None if listed is None else listed.fault
        if listed is None or unread is None or listed.ordered:
            done = Extract(task, connection, loader.put).run()
            done.error = done.error or unread
        else:  # by the order of requests, a delete that comes later would end whoever came back meanwhile
            done = Extracted(whole=False, error=unread)
        loader.finish()
        late = None
        if full:
            late = missed(connection, source.stream(stream.stream), ways, run=run.id, before=before)
        deletions = None
        if not valve.closed:
            deletions = _deletions(connection, workspace, stream, lease, run, ways, done)
        runs.end(
            connection,
            lease,
            run.id,
            complete=done.error is None,
            proof=done.proof()
            | ({} if deletions is None else {"deletions": deletions.proof()})
            | ({} if late is None else {"missed": late}),
        )
        aging.confirm(connection, lease, ways)
    report = StreamReport(
        stream=stream,
        fetched=done,
        counts=valve.tally.by_mapping,
        parked=tuple(sorted(valve.closed)),
        missed=late,
        deletions=deletions,
        kind=run.kind,
    )
    if listed is None:
        return [report]
    return [StreamReport(stream=listed.stream, fetched=listed.fetched, counts={}, kind=run.kind), report]


def _begin(
    connection: Connection, workspace: Workspace, stream: StreamName, number: int, *, full: bool
) -> tuple[dt.datetime, bool]:
    """
    The database's clock, and whether this run reads everything: asked for, or due for its deletes. The
    first reading of all may be cut off: it is gone on with, and the next run looks for what is gone.
    """
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None  # noqa: S101 # a SELECT without FROM gives one row
    now: dt.datetime = row[0]
    deletes = workspace.source(stream).stream(stream.stream).deletes
    if not full and isinstance(deletes, Enumeration) and deletes.every is not None:
        last = runs.last(connection, number, kind="full", complete=True)
        if last is None:
            full = not progress.cut_off(connection, number)
        else:
            full = now - last.started >= dt.timedelta(seconds=float(deletes.every.seconds))
    connection.rollback()
    return now, full


def _position(connection: Connection, *numbers: int) -> int:
    position = progress.positions(connection, *numbers).draw()
    connection.rollback()
    return position


def _parents(workspace: Workspace, stream: StreamName, name: str) -> list[object]:
    parent = StreamName(source=stream.source, stream=name)
    with workspace.database.connect(label=f"syncline parents of {stream}") as connection:
        reader = workspace.source(parent).reader(name)
        found = listing(workspace, parent)
        lists = None if found is None else (workspace.names.stream(found[0]), found[1])
        return list(parents(connection, workspace.names.stream(parent), reader, lists))


def _deletions(
    connection: Connection,
    workspace: Workspace,
    stream: StreamName,
    lease: Lease,
    run: runs.Run,
    ways: Sequence[Route],
    done: Extracted,
) -> Deletions | None:
    deletes = workspace.source(stream).stream(stream.stream).deletes
    if not isinstance(deletes, Enumeration) or not done.whole:
        return None
    return delete_absent(connection, lease, deletes, run, ways, complete=done.error is None)
