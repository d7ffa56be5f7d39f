"""How does it look why a record belongs to an entity, or speaks no more?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from engine.cli.texts import HIDDEN, moment, safe
from engine.flow.belonging import why_ended

if TYPE_CHECKING:
    from engine.cli.terminal import Terminal
    from engine.flow.belonging import Ended, Linked

_MEETS = {
    "here": "",
    "apart": "  [yellow]which is another one: `syncline identity list`[/yellow]",
    "nobody": "  [dim]which has not come[/dim]",
}


def _rows() -> Table:
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True, min_width=10)
    rows.add_column(overflow="fold")
    return rows


def print_link(terminal: Terminal, each: Linked, paint: Mapping[str, str]) -> None:
    """Print with whom a record says that it is one, and where it says so."""
    mark = "[green]✓[/green]" if each.agrees else "[red]✗[/red]"
    one, other = (
        f"[{paint.get(stream.source, 'white')}]{safe(str(stream))}[/] {safe(key)}"
        for stream, key in ((each.stream, each.key), (each.to, each.to_key))
    )
    terminal.print(f"{mark} [bold]link[/bold]  {one} is {other}{_MEETS[each.meets]}")
    rows = _rows()
    rows.add_row("response", str(each.response))
    if each.rule:
        rows.add_row("rule", safe(each.rule))
    for origin in each.origins:
        where = f"bytes {origin.start:,} to {origin.end:,}" if origin.start is not None else "not in the body"
        rows.add_row(
            origin.key, f"[bold]{safe(origin.text)}[/bold]  {safe(origin.pointer)}  [dim]{where}[/dim]"
        )
    if each.why:
        rows.add_row("but", f"[yellow]{safe(each.why)}[/yellow]")
    terminal.print(rows)


def print_ended(terminal: Terminal, each: Ended, paint: Mapping[str, str], *, hide: bool) -> None:
    """Print what ended a record; ``hide``: a list may name people."""
    ending = each.ending
    colour = paint.get(ending.stream.source, "white")
    terminal.print(
        f"[yellow]·[/yellow] [bold]ended[/bold]  [{colour}]{safe(str(ending.stream))}[/] {safe(ending.key)}"
    )
    rows = _rows()
    rows.add_row("because", safe(why_ended(each)))
    if each.response is not None:
        sha256 = each.response.sha256.hex()[:12]
        rows.add_row(
            "response", f"{each.response.id}, fetched {moment(each.response.fetched_at)}, sha256 {sha256}…"
        )
    if each.origin is not None:
        text = HIDDEN if hide else safe(each.origin.text)
        where = f"bytes {each.origin.start:,} to {each.origin.end:,}"
        rows.add_row("listed", f"[bold]{text}[/bold]  {safe(each.origin.pointer)}  [dim]{where}[/dim]")
    terminal.print(rows)


def link_json(each: Linked) -> dict[str, Any]:
    """A link, for a program."""
    return {
        "stream": str(each.stream),
        "key": each.key,
        "to": str(each.to),
        "to_key": each.to_key,
        "meets": each.meets,
        "agrees": each.agrees,
        "why": each.why,
        "response": each.response,
        "rule": each.rule or None,
        "origins": [
            {"pointer": one.pointer, "start": one.start, "end": one.end, "text": one.text}
            for one in each.origins
        ],
    }


def ended_json(each: Ended) -> dict[str, Any]:
    """What ended a record, for a program."""
    ending, origin = each.ending, each.origin
    return {
        "stream": str(ending.stream),
        "key": ending.key,
        "how": ending.how,
        "why": why_ended(each),
        "run": ending.number if ending.how == "absent" else None,
        "response": None if ending.how == "absent" else ending.number,
        "list": None if each.list is None else str(each.list),
        "origin": None
        if origin is None
        else {"pointer": origin.pointer, "start": origin.start, "end": origin.end},
    }
