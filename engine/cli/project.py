"""``init``, ``validate`` and ``test``: what only needs files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.command import FINDINGS, FINE, WRONG, Call, command

SHOWN = 20
"""Differences of one recording that are printed."""


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "init")(init)
    command(app, "validate")(validate)
    command(app, "test")(cases)


def init(call: Call, directory: Annotated[Path, typer.Argument(metavar="DIR")]) -> int:
    """Make a working project in DIR: one connector, one mapping, one test."""
    from engine.flow.init import init as verb

    written = verb(directory)
    call.terminal.print(*(f"  {each}" for each in written))
    call.terminal.print(
        "",
        "Next: start the system that it reads, in another terminal, and sync:",
        "  syncline demo --serve",
        f"  cd {directory} && syncline validate && syncline test && syncline sync",
    )
    call.terminal.give({"directory": str(directory), "files": [str(each) for each in written]})
    return FINE


def validate(
    call: Call,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", show_default=False)] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where there are warnings.")] = False,
) -> int:
    """
    Every problem in every file, with its place.

    A warning is valid and cannot be meant: `status == '404'` compares a number with text. It stops nothing.
    """
    from engine.cli.terminal import problem_lines, problem_list
    from engine.cli.texts import plural
    from engine.errors import SettingsError
    from engine.flow.check import check

    began = time.monotonic()
    start = call.folder or Path.cwd()
    for each in [start, *(paths or ())]:
        if not each.exists():
            raise SettingsError(f"{each} does not exist")
    checked = check(start if call.folder or not paths else paths[0])
    problems, warnings = checked.problems, checked.warnings
    if paths:
        within = [each.resolve() for each in paths]
        problems, warnings = (
            tuple(
                each for each in found if any(_inside(checked.directory / each.file, path) for path in within)
            )
            for found in (problems, warnings)
        )
    call.terminal.print(*problem_lines(call.terminal, sorted((*problems, *warnings))))
    seconds = time.monotonic() - began
    said = f"{plural(checked.files, 'file')}, {plural(len(problems), 'problem')}"
    said += f", {plural(len(warnings), 'warning')}" if warnings else ""
    colour = "red" if problems else "yellow" if warnings else "green"
    call.terminal.print(f"[{colour}]{said}[/{colour}] [dim]({seconds:.1f} s)[/dim]")
    call.terminal.give(
        {
            "files": checked.files,
            "problems": problem_list(problems),
            "warnings": problem_list(warnings),
        }
    )
    if problems:
        return WRONG
    return FINDINGS if warnings and strict else FINE


def _inside(file: Path, path: Path) -> bool:
    return file == path or path in file.parents


def cases(
    call: Call,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", show_default=False)] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Accept what comes of the recordings now.")
    ] = False,
) -> int:
    """Run the cases beside mappings and entities and play the recordings, offline."""
    from engine.cli.texts import plural, safe
    from engine.flow.trial import trial

    began = time.monotonic()
    call.terminal.progress("testing mappings")
    report = trial(call.folder or (paths[0] if paths else Path.cwd()), paths or (), update=update)
    for file in report.files:
        bad = [each for each in file.cases if not each.passed]
        mark = "[red]✗[/red]" if bad else "[green]✓[/green]"
        call.terminal.print(f"{mark} {safe(file.file)} [dim]{plural(len(file.cases), 'case')}[/dim]")
        for case in bad:
            call.terminal.print(f"  [red]{safe(case.name)}[/red] [dim]{safe(case.place)}[/dim]")
            call.terminal.print(*(f"    {safe(each)}" for each in case.differences))
    for recording in report.recordings:
        mark = "[green]✓[/green]" if recording.passed else "[red]✗[/red]"
        held = f"{plural(recording.pages, 'response')}, {plural(recording.records, 'record')}"
        note = f"  [yellow]{plural(len(recording.differences), 'difference')} accepted[/yellow]"
        note = note if recording.updated else ""
        call.terminal.print(f"{mark} {safe(recording.folder)} [dim]{held}[/dim]{note}")
        shown = () if recording.updated else recording.differences[:SHOWN]
        call.terminal.print(*(f"    {safe(each)}" for each in shown))
        if len(recording.differences) > len(shown) and not recording.updated:
            call.terminal.print(f"    [dim]and {len(recording.differences) - len(shown):,} more[/dim]")
    said = f"{report.passed} passed, {report.failed} failed"
    colour = "red" if report.failed else "green"
    call.terminal.print(f"[{colour}]{said}[/{colour}] [dim]({time.monotonic() - began:.1f} s)[/dim]")
    call.terminal.give(
        {
            "passed": report.passed,
            "failed": report.failed,
            "cases": [
                {
                    "file": file.file,
                    "mapping": file.mapping,
                    "name": case.name,
                    "place": case.place,
                    "differences": list(case.differences),
                }
                for file in report.files
                for case in file.cases
            ],
            "recordings": [
                {
                    "folder": each.folder,
                    "responses": each.pages,
                    "records": each.records,
                    "differences": list(each.differences),
                    "updated": each.updated,
                }
                for each in report.recordings
            ],
        }
    )
    return FINDINGS if report.failed else FINE
