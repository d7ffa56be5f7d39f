"""How does each scene of the demo look?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from engine.cli.dead_letters import why
from engine.cli.texts import SOURCES, field_text, plural, safe, table
from engine.flow.story import CHANGED, FIELDS, Line, causes

if TYPE_CHECKING:
    from engine.cli.terminal import Terminal
    from engine.demo.server import Ports
    from engine.flow.view import View
    from engine.store.dead_letters import DeadLetter

_MANNERS = {
    "directory": "SCIM, a bearer token, knows HR's ids and e-mail addresses",
    "hr": "OAuth2, cursors, 429s, feet and inches",
    "payroll": "Basic, offsets, DD/MM/YYYY, pounds, invoices and books",
}
_CAUSES = 8
"""Kinds of dead letters that are shown."""


def title(terminal: Terminal, said: str, about: str = "") -> None:
    """Begin a scene."""
    more = f"  [dim]{safe(about)}[/dim]" if about else ""
    terminal.print("", f"[bold reverse] {safe(said)} [/bold reverse]{more}", "")


def systems(ports: Ports) -> Table:
    """Where they are, and what is peculiar about them."""
    made = Table.grid(padding=(0, 2, 0, 0))
    for colour, (name, manners) in zip(SOURCES, _MANNERS.items(), strict=False):
        address = f"http://127.0.0.1:{getattr(ports, name)}"
        made.add_row("", f"[{colour}]■ {name}[/{colour}]", address, f"[dim]{manners}[/dim]")
    return made


def people(terminal: Terminal, found: Sequence[View], paint: Mapping[str, str]) -> None:
    """A row a worker, each value in the colour of the source that it came from."""
    made = table("NUMBER", "GIVEN", "FAMILY", "TITLE", "HIRED", ">HEIGHT m", ">WEIGHT kg", ">SALARY a year")
    for each in found:
        fields = {field.name: field for field in each.shape.fields}
        values = each.values or {}
        cells = []
        for name in FIELDS:
            text, won = safe(field_text(fields[name], values, reveal=False)), each.winners.get(name)
            cells.append(f"[{paint[won[0].source]}]{text}[/]" if won else text)
        made.add_row(values.get("employee_number"), *cells)
    legend = "   ".join(f"[{colour}]■[/{colour}] {safe(name)}" for name, colour in paint.items())
    terminal.print(made, f"\n{legend}   [dim]each value from the source that the policy prefers[/dim]")


def lines(terminal: Terminal, found: Sequence[Line]) -> None:
    """The lines of an invoice, and their sum."""
    made = table(">LINE", "WHAT", ">QUANTITY", ">AMOUNT", "", ">TAX", ">", "COST CENTRE")
    for each in found:
        made.add_row(
            str(each.number),
            safe(each.description),
            f"{each.quantity.normalize():f}",
            f"[red]{each.amount:,.2f}[/red]" if each.amount < 0 else f"{each.amount:,.2f}",
            safe(each.currency),
            f"{each.tax:,.2f}",
            f"[dim]{each.tax_rate:.0%}[/dim]",
            safe(each.cost_center or ""),
        )
    net = sum((each.amount for each in found), Decimal(0))
    tax = sum((each.tax for each in found), Decimal(0))
    made.add_row("", "", "", f"[bold]{net:,.2f}[/bold]", "", f"[bold]{tax:,.2f}[/bold]")
    terminal.print(made)


def letters(terminal: Terminal, every: Sequence[DeadLetter], hidden: Mapping[str, Collection[str]]) -> None:
    """Dead letters by their cause, with an example each."""
    found = causes(every)
    made = table(">", "=CODE", "=FOR EXAMPLE", "=", "WHY")
    for each in found[:_CAUSES]:
        example = each.example
        made.add_row(
            str(each.count),
            f"[red]{safe(each.code)}[/red]",
            f"{example.source} {safe(example.subject)}",
            "[bold]" + safe(each.problem["field"] or "") + "[/bold]",
            Text(why(example, each.problem, hidden, reveal=False), no_wrap=True, overflow="ellipsis"),
        )
    rest = f" of {plural(len(found), 'kind')}" if len(found) > _CAUSES else ""
    terminal.print(
        made, f"\n{plural(len(every), 'dead letter')}{rest}, waiting for a better record or mapping"
    )


def changes(terminal: Terminal, found: Sequence[tuple[str, str, str]], paint: Mapping[str, str]) -> None:
    """What happened in the systems meanwhile."""
    made = Table.grid(padding=(0, 2, 0, 0))
    for source, number, said in found:
        made.add_row(f"[{paint[source]}]■ {safe(source)}[/]", safe(number), safe(said))
    terminal.print(made, "")


def requests(terminal: Terminal, said: str, found: Sequence[tuple[str, Sequence[str]]]) -> None:
    """What a system was asked, in its own words."""
    made = Table.grid(padding=(0, 2, 0, 0))
    for index, (path, places) in enumerate(found):
        made.add_row(f"[dim]{safe(said)}[/dim]" if index == 0 else "", safe(path) + " ".join(places))
    terminal.print(made)


def further(terminal: Terminal) -> None:
    """What one can do next."""
    terminal.print(
        "",
        "[bold]Go on[/bold]  the database and all files stay in [bold]syncline-demo[/bold]:",
        "  cd syncline-demo",
        f"  syncline show worker {CHANGED[0]}      syncline status",
        "  syncline dead-letters list        syncline raw list",
        "  syncline demo --serve    [dim]in another terminal, to sync again[/dim]",
    )
