"""``fmt`` and ``schema``: what those who write files have beside their editor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.command import FINDINGS, FINE, WRONG, Call, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.flow.format import Formatted


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "fmt")(fmt)
    command(app, "schema")(schema)


def fmt(
    call: Call,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", show_default=False)] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; show what would change, and exit with 1.")
    ] = False,
    filename: Annotated[
        Path | None,
        typer.Option(
            "--stdin-filename",
            metavar="PATH",
            help="Format what comes in on stdin, as the file of this name, and print it: for editors.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Format files: one way to write each thing. Comments stay, and so does what the file means."""
    from engine.cli.terminal import problem_list
    from engine.cli.texts import plural
    from engine.flow.format import files_in, format_files

    if filename is not None:
        return _stdin(call, filename)
    found = files_in(paths or [call.directory() if call.folder else _here()])
    made = list(format_files(found, shown=Path.cwd(), write=not check))
    changed = [each for each in made if each.changed]
    problems = [problem for each in made for problem in each.problems]
    _tell(call, made, check=check)
    kept = len(made) - len(changed)
    said = [f"{plural(len(changed), 'file')} {'would be ' if check else ''}reformatted"] if changed else []
    said += [f"{plural(kept, 'file')} left as {'it is' if kept == 1 else 'they are'}"] if kept else []
    colour = "red" if problems else "yellow" if check and changed else "green"
    call.terminal.print(f"[{colour}]{', '.join(said) or 'no files'}[/{colour}]")
    call.terminal.give(
        {
            "files": len(made),
            "changed": [
                {"file": each.file, "diff": "".join(_diff(each))} if check else {"file": each.file}
                for each in changed
            ],
            "problems": problem_list(problems),
        }
    )
    if problems:
        return WRONG
    return FINDINGS if check and changed else FINE


def _here() -> Path:
    """The project that the working directory is in, else the directory itself: it may be a catalogue."""
    from engine.errors import SettingsError
    from engine.flow.files import find_project

    try:
        return find_project(Path.cwd())
    except SettingsError:
        return Path.cwd()


def _tell(call: Call, made: Sequence[Formatted], *, check: bool) -> None:
    from engine.cli.terminal import problem_text
    from engine.cli.texts import safe

    for each in made:
        for problem in each.problems:
            call.terminal.print(problem_text(problem))
        if each.changed and not check:
            call.terminal.print(f"[green]✓[/green] {safe(each.file)}")
        elif each.changed:
            for line in _diff(each):
                style = {"+": "green", "-": "red", "@": "cyan"}.get(line[0], "")
                text = safe(line.rstrip("\n"))
                call.terminal.print(f"[{style}]{text}[/{style}]" if style else text)


def _diff(made: Formatted) -> list[str]:
    import difflib

    before, after = made.before.splitlines(keepends=True), made.after.splitlines(keepends=True)
    return list(difflib.unified_diff(before, after, made.file, f"{made.file} (formatted)", n=1))


def _stdin(call: Call, filename: Path) -> int:
    from engine.cli.terminal import problem_list, problem_text
    from engine.errors import SettingsError
    from engine.flow.format import format_text
    from engine.flow.kinds import kind_of

    kind = kind_of(filename.absolute())
    if kind is None:
        raise SettingsError(f"{filename} is the name of no file of a project")
    made = format_text(str(filename), kind, sys.stdin.buffer.read())
    for problem in made.problems:
        call.terminal.err.print(problem_text(problem))
    if call.terminal.as_json:
        call.terminal.give({"text": made.after, "problems": problem_list(made.problems)})
    else:
        sys.stdout.write(made.after)
    return WRONG if made.problems else FINE


def schema(
    call: Call,
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", show_default=False)] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="DIR", help="Write KIND.json there, or all of them.", show_default=False
        ),
    ] = None,
    editor: Annotated[
        bool,
        typer.Option("--editor", help="Write all of them into .vscode, with the settings that name them."),
    ] = False,
    odcs: Annotated[
        Path | None,
        typer.Option(
            "--odcs",
            metavar="DIR",
            help="Write each entity's contract there as ODCS 3.1, for catalogues of data.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """
    The JSON Schema of a kind of file, for editors: they complete and check while one types.

    With --odcs the contracts themselves, as the Open Data Contract Standard has them.

    KIND is project, connector, entity, policy, mapping, test, unit-codes or approvals.
    """
    from engine.cli.texts import safe
    from engine.errors import SettingsError
    from engine.flow.kinds import KINDS
    from engine.flow.schemas import schema_text, write_contracts, write_schemas, write_settings
    from engine.spec.say import near

    if kind is not None and kind not in KINDS:
        raise SettingsError(f"there is no kind of file '{kind}'{near(kind, KINDS)}")
    if odcs is not None:
        if kind is not None or to is not None or editor:
            raise SettingsError("--odcs writes contracts: it stands alone")
        written = write_contracts(call.directory() if call.folder else _here(), odcs)
    elif editor:
        written = write_settings(call.directory())
    elif to is not None:
        written = write_schemas(to, (kind,) if kind else tuple(KINDS))
    elif kind is not None:
        sys.stdout.write(schema_text(kind))
        return FINE
    else:
        for name, each in KINDS.items():
            call.terminal.print(f"{name:<12}[dim]{safe(', '.join(each.globs))}[/dim]")
        call.terminal.give({"kinds": {name: list(each.globs) for name, each in KINDS.items()}})
        return FINE
    call.terminal.print(*(safe(str(each)) for each in written))
    call.terminal.give({"files": [str(each) for each in written]})
    return FINE
