"""``demo``: the whole story, as one would tell it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.command import FINE, INCOMPLETE, INTERRUPTED, Call, command

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from engine.demo.server import Ports
    from engine.flow.explain import Explanation
    from engine.flow.sync import SyncReport
    from engine.flow.view import View
    from engine.flow.workspace import Workspace
    from engine.store.dead_letters import DeadLetter


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "demo")(demo)


def demo(
    call: Call,
    serve: Annotated[
        bool, typer.Option("--serve", help="Only keep the two systems running, on fixed ports.")
    ] = False,
) -> int:
    """The whole story, in ./syncline-demo: two live systems, one table, every value explained."""
    return _serve(call) if serve else _story(call)


def _serve(call: Call) -> int:
    """Keep both systems running until somebody stops them."""
    from engine.flow.story import served

    with call.stopping() as stopping, served() as systems:
        call.terminal.print(
            *_systems(systems.ports),
            "[dim]2,000 workers in both, until Ctrl-C. In another terminal:[/dim]",
            "  syncline init my-project && cd my-project && syncline sync",
        )
        call.terminal.out.file.flush()
        while not stopping():
            time.sleep(0.2)  # until a signal comes; the systems answer on threads of their own
    return INTERRUPTED if call.terminal.as_json else FINE


def _story(call: Call) -> int:
    from pathlib import Path

    from engine.cli.dead_letters import personal
    from engine.cli.run import tell
    from engine.cli.texts import colours
    from engine.flow import story
    from engine.flow.explain import explain
    from engine.flow.letters import chosen
    from engine.flow.workspace import Workspace

    folder = (call.folder or Path.cwd()) / story.FOLDER
    terminal = call.terminal
    with call.stopping() as stopping, story.systems() as systems:
        story.write(folder, systems.ports)
        _scene(call, "Two live systems, and a project that reads them")
        terminal.print(
            *_systems(systems.ports),
            f"  [dim]{story.FOLDER}/[/dim]   syncline.yaml, a policy; its database is an embedded PostgreSQL",
        )
        terminal.progress("starting the database")
        with Workspace.open(folder, say=terminal.progress) as workspace:
            story.start_over(workspace)
        with Workspace.open(folder, say=terminal.progress) as workspace:
            _scene(call, "syncline sync", "fetch, keep as it came, make canonical")
            first, seconds = _synced(call, workspace, stopping)
            tell(terminal, first, seconds)
            paint = colours(workspace.sources)
            _scene(call, "One table of workers, put together from two sources")
            people = _people(workspace)
            _table(call, people, paint)
            _scene(
                call,
                "syncline dead-letters list",
                "what does not fit is refused with its cause, never guessed",
            )
            letters = chosen(workspace.database)
            _causes(call, letters, personal(workspace))
            _scene(
                call, f"syncline explain worker {story.EXPLAINED} salary", "down to the bytes of the response"
            )
            explained = explain(workspace, "worker", story.EXPLAINED, "salary")
            _explained(call, explained, paint)
            _scene(call, "syncline sync", "again: nothing changed there, nothing changes here")
            second, seconds = _synced(call, workspace, stopping)
            tell(terminal, second, seconds)
    terminal.print(
        "",
        "[bold]Go on[/bold]  the database and all files stay in [bold]syncline-demo[/bold]:",
        "  cd syncline-demo",
        f"  syncline show worker {story.EXPLAINED}      syncline status",
        "  syncline dead-letters list        syncline raw list",
        "  syncline demo --serve    [dim]in another terminal, to sync again[/dim]",
    )
    return FINE if first.complete and second.complete and explained.agrees else INCOMPLETE


def _systems(ports: Ports) -> tuple[str, str]:
    """Where they are, and what is peculiar about them."""
    at = "http://127.0.0.1"
    return (
        f"  [cyan]hr[/cyan]       {at}:{ports.hr}   [dim]OAuth2, cursors, 429s, feet and inches[/dim]",
        f"  [magenta]payroll[/magenta]  {at}:{ports.payroll}   [dim]Basic, offsets, DD/MM/YYYY, pounds[/dim]",
    )


def _scene(call: Call, title: str, about: str = "") -> None:
    from engine.cli.texts import safe

    said = f"  [dim]{safe(about)}[/dim]" if about else ""
    call.terminal.print("", f"[bold reverse] {safe(title)} [/bold reverse]{said}", "")


def _synced(call: Call, workspace: Workspace, stopping: Callable[[], bool]) -> tuple[SyncReport, float]:
    from engine.cli.progress import watching
    from engine.flow.sync import sync

    began = time.monotonic()
    with watching(call.terminal) as listen:
        report = sync(workspace, stopping=stopping, listen=listen)
    return report, time.monotonic() - began


def _people(workspace: Workspace) -> list[View]:
    """The workers that the demo looks at."""
    from engine.flow.story import NUMBERS
    from engine.flow.view import view

    return [view(workspace, "worker", number) for number in NUMBERS]


def _table(call: Call, people: Sequence[View], paint: Mapping[str, str]) -> None:
    """A row a worker, each value in the colour of the source that it came from."""
    from engine.cli.texts import field_text, safe, table
    from engine.flow.story import FIELDS

    made = table("NUMBER", "GIVEN", "FAMILY", "HIRED", ">HEIGHT m", ">WEIGHT kg", ">SALARY a year", ">BONUS")
    for each in people:
        fields = {field.name: field for field in each.shape.fields}

        def cell(name: str, each: View = each, fields: Mapping[str, Any] = fields) -> str:
            text = field_text(fields[name], each.values or {}, reveal=False)
            winner = each.winners.get(name)
            return safe(text) if winner is None else f"[{paint[winner.source]}]{safe(text)}[/]"

        made.add_row((each.values or {}).get("employee_number"), *map(cell, FIELDS))
    legend = "   ".join(f"[{colour}]■[/{colour}] {safe(name)}" for name, colour in paint.items())
    call.terminal.print(made, f"\n{legend}   [dim]each value from the source that the policy prefers[/dim]")


def _causes(call: Call, letters: Sequence[DeadLetter], hidden: Mapping[str, Collection[str]]) -> None:
    """Dead letters by their cause, with an example each."""
    from engine.cli.dead_letters import why
    from engine.cli.texts import plural, safe, table
    from engine.flow.story import causes

    made = table(">", "CODE", "FOR EXAMPLE", "", "-WHY")
    for each in causes(letters):
        example = each.example
        made.add_row(
            str(each.count),
            f"[red]{safe(each.code)}[/red]",
            f"{example.source} {safe(example.subject)}",
            "[bold]" + safe(each.problem["field"] or "") + "[/bold]",
            safe(why(example, each.problem, hidden, reveal=False)),
        )
    call.terminal.print(
        made, f"\n{plural(len(letters), 'dead letter')}, waiting for a better record or mapping"
    )


def _explained(call: Call, found: Explanation, paint: Mapping[str, str]) -> None:
    from engine.cli.explained import print_field

    for each in found.fields:
        print_field(call.terminal, each, paint, reveal=False)
