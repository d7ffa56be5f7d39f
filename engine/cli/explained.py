"""How does the origin of a value look to a person?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from engine.cli.texts import HIDDEN, excerpts, moment, safe

if TYPE_CHECKING:
    from engine.cli.terminal import Terminal
    from engine.flow.explain import Explained, Part
    from engine.flow.older import Age
    from engine.flow.pinned import Held, Rival


def print_field(
    terminal: Terminal, each: Explained, paint: Mapping[str, str], *, reveal: bool, brief: bool = False
) -> None:
    """Print where one value came from; ``brief`` leaves the bytes themselves out."""
    hide = each.field.pii and not reveal
    mark = "[green]✓[/green]" if each.agrees else "[red]✗[/red]"
    value = HIDDEN if hide else " ".join(text for text in each.values if text is not None)
    terminal.print(f"{mark} [bold]{each.field.name}[/bold]  {safe(value)}")
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True, min_width=10)
    rows.add_column(overflow="fold")
    for part in (each, *each.beside):
        _part(rows, part, paint, hide=hide, brief=brief)
    for rival in each.over:
        _rival(rows, "over", rival, paint, hide=hide)
    if each.because:
        rows.add_row("because", safe(each.because))
    for why in dict.fromkeys(part.why for part in (each, *each.beside) if part.why):
        rows.add_row("but", f"[yellow]{safe(why)}[/yellow]")
    terminal.print(rows)
    for part in (each, *each.beside):
        if not brief and not hide and part.trace is not None:
            _bytes(terminal, part)


def print_held(terminal: Terminal, each: Held, paint: Mapping[str, str], *, reveal: bool) -> None:
    """Print a field that is pinned: by whom and why, and what records say under it."""
    hide = each.field.pii and not reveal
    mark = "[green]✓[/green]" if each.agrees else "[red]✗[/red]"
    value = HIDDEN if hide else " ".join(text for text in each.values if text is not None) or "nothing"
    terminal.print(f"{mark} [bold]{each.field.name}[/bold]  {safe(value)}")
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True, min_width=10)
    rows.add_column(overflow="fold")
    end = "" if each.pin.until is None else f", until {moment(each.pin.until)}"
    rows.add_row("pinned", f"by {safe(each.pin.who or 'somebody')}, {moment(each.pin.at)}{end}")
    rows.add_row("why", safe(each.pin.why))
    for odd in each.odds:
        rows.add_row("but", f"[yellow]{safe(odd)}[/yellow]")
    for rival in each.over:
        _rival(rows, "over", rival, paint, hide=hide)
    terminal.print(rows)


def _rival(rows: Table, label: str, rival: Rival, paint: Mapping[str, str], *, hide: bool) -> None:
    """What a record says that does not count."""
    said = HIDDEN if hide else " ".join(text for text in rival.values if text is not None)
    colour = paint.get(rival.stream.source, "white")
    rows.add_row(label, f"[{colour}]{safe(str(rival.stream))}[/{colour}] {safe(rival.key)}  {safe(said)}")
    _age(rows, rival.age)


def _age(rows: Table, age: Age | None) -> None:
    """When a record was confirmed, of a field that says for how long that counts."""
    if age is None or age.confirmed is None:
        return
    said = moment(age.confirmed)
    if age.recorded is not None:
        side = f"[yellow]older than {age.limit}[/yellow]" if age.over else f"within {age.limit}"
        said += f", held against {moment(age.recorded)}: {side}"
    rows.add_row("confirmed", said)


def _part(rows: Table, each: Part, paint: Mapping[str, str], *, hide: bool, brief: bool) -> None:
    """What one record that won has to do with the value."""
    response, made = each.response, each.trace
    colour = paint.get(each.stream.source, "white")
    rows.add_row("from", f"[{colour}]{safe(str(each.stream))}[/{colour}] {safe(each.key)}")
    rows.add_row(
        "response",
        f"{response.id}, record {each.place}, fetched {moment(response.fetched_at)},"
        f" sha256 {response.sha256.hex()[:12]}…",
    )
    _age(rows, each.age)
    if not brief and response.request.get("url"):
        rows.add_row("request", safe(f"{response.request.get('method', '')} {response.request['url']}"))
    if made is not None:
        rows.add_row("rule", f"{safe(made.rule)}  [dim]version {each.version} of {safe(each.mapping)}[/dim]")
        for origin in made.origins:
            where = (
                f"bytes {origin.start:,} to {origin.end:,}" if origin.start is not None else "not in the body"
            )
            text = HIDDEN if hide else safe(origin.text)
            rows.add_row(origin.key, f"[bold]{text}[/bold]  {safe(origin.pointer)}  [dim]{where}[/dim]")
        for step in made.steps:
            says = "" if hide or not step.says else f"  [dim]{safe(step.says)}[/dim]"
            rows.add_row(f"→ {step.key}", f"{HIDDEN if hide else safe(step.result)}{says}")
        if made.fault is not None:
            rows.add_row("fault", f"[red]{safe(made.fault.message)}[/red] {made.fault.code}")


def _bytes(terminal: Terminal, each: Part) -> None:
    """The stored bytes that the rule read."""
    spans = [
        (origin.start, origin.end)
        for origin in (each.trace.origins if each.trace else ())
        if origin.start is not None and origin.end is not None
    ]
    if spans:
        terminal.print(surroundings(each.response.body, spans))


def surroundings(body: bytes, spans: Sequence[tuple[int, int]]) -> Table:
    """Spans of a body in what stands around them, a line each, cut where it is wider than there is room."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True, min_width=10)
    rows.add_column()  # excerpts do not wrap; a column that may not either is cut without a sign of it
    for start, text in excerpts(body, spans):
        rows.add_row(f"@ {start:,}", text)
    return rows
