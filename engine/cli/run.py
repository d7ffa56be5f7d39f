"""``sync`` and ``replay``: what makes canonical rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.command import FINDINGS, FINE, INCOMPLETE, Call, command
from engine.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table

    from engine.cli.terminal import Terminal
    from engine.flow.sync import StreamReport, SyncReport
    from engine.records.mapped import Accounting


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "sync")(sync)
    command(app, "replay")(replay)


def sync(
    call: Call,
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE[.STREAM]]...", show_default=False)
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read everything from the start, and end what is gone.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where dead letters came up.")] = False,
) -> int:
    """Fetch what is new, keep it as it came, make it canonical."""
    from engine.cli.progress import watching
    from engine.flow.sync import sync as verb

    began = time.monotonic()
    with call.workspace() as workspace, call.stopping() as stopping, watching(call.terminal) as listen:
        report = verb(workspace, targets or (), full=full, stopping=stopping, listen=listen)
    tell(call.terminal, report, time.monotonic() - began)
    if not report.complete:
        return INCOMPLETE
    return FINDINGS if strict and report.dead else FINE


def tell(terminal: Terminal, report: SyncReport, seconds: float, *, news: bool = False) -> None:
    """What a sync did; ``news`` leaves the streams out to which nothing happened."""
    from engine.cli.texts import plural, safe

    told = [each for each in report.streams if not news or _is_news(each)]
    if told:
        terminal.print(_table(told))
    for each in report.streams:
        for text in _remarks(each):
            terminal.warn(f"{each.stream}: {text}")
    requests = sum(each.fetched.requests for each in report.streams if each.fetched)
    changed = sum(counts.changed for each in report.streams for counts in each.counts.values())
    said = f"{changed:,} changed, {plural(report.dead, 'dead letter')}, {plural(requests, 'request')}"
    gap = "\n" if told else ""
    terminal.print(f"{gap}{said} [dim]in {seconds:.1f} s[/dim]")
    if not report.complete:
        names = ", ".join(safe(str(each.stream)) for each in report.streams if not each.complete)
        terminal.print(
            f"[red]not complete[/red]: {names}. What came is kept; the next sync goes on from there"
        )
    if report.unsettled:
        terminal.warn(
            f"{plural(report.unsettled, 'record')} wait for others, or clash with them:"
            " `syncline dead-letters list`"
        )
    terminal.give(
        {
            "complete": report.complete,
            "unsettled": report.unsettled,
            "streams": [_json(each) for each in report.streams],
        }
    )


def _is_news(report: StreamReport) -> bool:
    """Whether a stream failed, or something came of it."""
    ended = report.deletions.deleted if report.deletions else 0
    return not report.complete or bool(ended) or any(each.changed for each in report.counts.values())


def _table(streams: Sequence[StreamReport]) -> Table:
    from engine.cli.texts import alarming, number, safe, table

    made = table("STREAM", "MAPPING", ">IN", ">CHANGED", ">SAME", ">STALE", ">FILTERED", ">DEAD", ">ENDED")
    for each in streams:
        name = safe(str(each.stream)) if each.complete else f"[red]{safe(str(each.stream))}[/red]"
        ended = each.deletions.deleted if each.deletions else 0
        if not each.counts:
            read = each.fetched.records if each.fetched else 0
            made.add_row(
                name,
                "[dim]no mapping[/dim]" if read else "",
                number(read),
                *["[dim]·[/dim]"] * 5,
                number(ended),
            )
        for mapping, counts in sorted(each.counts.items()):
            made.add_row(
                name,
                safe(mapping),
                number(counts.records),
                f"[green]{counts.changed:,}[/green]" if counts.changed else number(0),
                number(counts.same),
                number(counts.stale),
                number(counts.filtered),
                alarming(counts.dead),
                number(ended),
            )
            name, ended = "", 0
    return made


def _remarks(report: StreamReport) -> list[str]:
    """What somebody should know about a stream."""
    from engine.fetch.codes import NOTES

    if report.fetched is None:
        return ["held by another worker: not synced"]
    said = []
    if report.fetched.error is not None:
        said.append(f"{report.fetched.error} [{report.fetched.error.code}]")
    said += [
        f"{name} is parked: too few records fit it. What comes is kept, and waits for a better mapping or for"
        " `syncline dead-letters retry`"
        for name in report.parked
    ]
    found = report.deletions
    if found is not None and found.verdict.code and found.absent:
        said.append(
            f"{found.absent:,} of {found.known:,} records did not come and are kept [{found.verdict.code}]"
        )
    if report.missed:
        said.append(f"{report.missed:,} versions from before the watermark: incremental runs had missed them")
    said += [f"{NOTES.get(note, note)} [{note}]" for note in sorted(report.fetched.notes)]
    if report.fetched.unreadable_versions:
        said.append(f"{report.fetched.unreadable_versions:,} records with a version that cannot be read")
    return said


def _json(report: StreamReport) -> dict[str, Any]:
    error = report.fetched.error if report.fetched else None
    return {
        "stream": str(report.stream),
        "kind": report.kind,
        "complete": report.complete,
        "held": report.fetched is None,
        "requests": report.fetched.requests if report.fetched else 0,
        "responses": report.fetched.responses if report.fetched else 0,
        "records": report.fetched.records if report.fetched else 0,
        "bytes": report.fetched.wire_bytes if report.fetched else 0,
        "parked": list(report.parked),
        "missed": report.missed,
        "notes": sorted(report.fetched.notes) if report.fetched else [],
        "error": None if error is None else {"code": error.code, "message": str(error)},
        "deletions": None if report.deletions is None else report.deletions.proof(),
        "mappings": counts_json(report.counts),
    }


def counts_json(counts: Mapping[str, Accounting]) -> dict[str, dict[str, int]]:
    """What became of records, by mapping, for programs; and the fields that `on_error: omit` left out."""
    keys = ("records", "changed", "same", "stale", "filtered", "dead", "omitted")
    return {name: {key: getattr(each, key) for key in keys} for name, each in sorted(counts.items())}


def replay(
    call: Call,
    scope: Annotated[str | None, typer.Argument(metavar="[SCOPE]", hidden=True, show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every entity.")] = False,
) -> int:
    """Make canonical rows anew from stored responses; asks no source."""
    if scope is not None:
        raise SettingsError("replay SCOPE is not built yet: `syncline replay --all` makes every entity anew")
    if not everything:
        raise SettingsError("say --all: every canonical row is made anew from stored responses")
    from engine.cli.progress import watching
    from engine.cli.texts import alarming, number, plural, safe, table
    from engine.flow.replay import replay_all

    began = time.monotonic()
    with call.workspace() as workspace, call.stopping() as stopping, watching(call.terminal) as listen:
        tally = replay_all(workspace, stopping=stopping, listen=listen)
    made = table("MAPPING", ">IN", ">CHANGED", ">SAME", ">STALE", ">FILTERED", ">DEAD")
    for name, each in sorted(tally.by_mapping.items()):
        made.add_row(
            safe(name),
            number(each.records),
            number(each.changed),
            number(each.same),
            number(each.stale),
            number(each.filtered),
            alarming(each.dead),
        )
    records = sum(each.records for each in tally.by_mapping.values())
    call.terminal.print(made, f"\n{plural(records, 'record')} [dim]in {time.monotonic() - began:.1f} s[/dim]")
    call.terminal.give({"mappings": counts_json(tally.by_mapping)})
    return FINE
