"""``status``: how far everything is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from engine.cli.command import FINE, Call, command

if TYPE_CHECKING:
    from engine.cli.terminal import Terminal
    from engine.flow.status import Status


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "status")(status)


_COLOURS = {
    "complete": "green",
    "failed": "red",
    "cut off": "yellow",
    "running": "cyan",
    "never synced": "dim",
}


def status(call: Call) -> int:
    """Each stream: how far it is, what waits, what could not become canonical; references to nobody yet."""
    from engine.flow.status import status as verb

    with call.workspace() as workspace:
        found = verb(workspace)
    tell(call.terminal, found)
    call.terminal.give(
        {
            "streams": [_json(each) for each in found.streams],
            "open_references": [_open(each) for each in found.references],
        }
    )
    return FINE


def tell(terminal: Terminal, found: Status) -> None:
    """How every stream stands, and whom references wait for."""
    from engine.cli.texts import alarming, inline, minute, number, plural, safe, span, table

    made = table(
        "STREAM", "LAST RUN", "WATERMARK", "COMPLETE THROUGH", ">LAG", ">FRESH", ">ROWS", ">DEAD", "BREAKER"
    )
    for each in found.streams:
        colour = _COLOURS[each.state]
        made.add_row(
            safe(str(each.stream)),
            f"[{colour}]{each.state}[/{colour}]",
            minute(each.watermark),
            minute(each.complete_through),
            f"[yellow]{each.pending:,}[/yellow]" if each.pending else number(0),
            span(each.fresh),
            number(each.rows),
            alarming(each.dead),
            each.breaker if each.breaker == "closed" else f"[red]{each.breaker}[/red]",
        )
    terminal.print(made)
    if found.references:
        waiting = table("REFERENCE", "WAITS FOR", ">RECORDS", "SUCH AS")
        for open_ in found.references:
            keys = ", ".join(inline(key) for key in open_.examples)
            waiting.add_row(
                safe(f"{open_.entity}.{open_.field}") + (" [red]required[/red]" if open_.awaited else ""),
                safe(open_.waits_for),
                f"[yellow]{open_.records:,}[/yellow]",
                keys,
            )
        terminal.print()
        terminal.print(waiting)
    for each in found.streams:
        if each.error is not None:
            terminal.warn(f"{each.stream}: {each.error}")
        if each.state == "cut off":
            terminal.warn(f"{each.stream}: the last run was cut off; the next sync goes on from there")
        for name in each.parked:
            terminal.warn(
                f"{each.stream}: {name} is parked, too few records fit it: change it, or retry its letters"
            )
        if each.pending:
            waits = f"for {span(each.lag)}"
            terminal.warn(
                f"{each.stream}: {plural(each.pending, 'response')} wait {waits} to be made canonical"
            )


def _open(each: Any) -> dict[str, Any]:
    return {
        "entity": each.entity,
        "field": each.field,
        "waits_for": each.waits_for,
        "records": each.records,
        "examples": list(each.examples),
        "required": each.awaited,
    }


def _json(each: Any) -> dict[str, Any]:
    last = each.last
    return {
        "stream": str(each.stream),
        "state": each.state,
        "watermark": each.watermark,
        "partitions": {
            name or "all": {"value": mark.value, "type": mark.type} for name, mark in each.watermarks.items()
        },
        "complete_through": each.complete_through,
        "pending": each.pending,
        "lag_seconds": round(each.lag, 3),
        "fresh_seconds": None if each.fresh is None else round(each.fresh, 3),
        "responses": each.responses,
        "rows": each.rows,
        "dead_letters": each.dead,
        "parked": list(each.parked),
        "breaker": each.breaker,
        "error": each.error,
        "last_run": None
        if last is None
        else {
            "id": last.id,
            "kind": last.kind,
            "started": last.started.isoformat(),
            "ended": None if last.ended is None else last.ended.isoformat(),
            "complete": last.complete,
        },
    }
