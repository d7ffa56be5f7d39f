"""``try`` and ``record``: what somebody who writes a connector or a mapping asks of a live system."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Any

import typer

from engine.cli.command import FINDINGS, FINE, INCOMPLETE, Call, command
from engine.errors import SettingsError

Target = Annotated[str, typer.Argument(metavar="SOURCE.STREAM")]
Partition = Annotated[
    list[str] | None,
    typer.Option(
        "--partition",
        metavar="NAME=VALUE",
        help="What for_each shall bind; left out: the first that it gives.",
    ),
]
Window = Annotated[
    str | None,
    typer.Option(
        "--window",
        metavar="START..END",
        help="Of an incremental stream: times, dates or -30d, one end may be left out.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "try")(attempt)
    command(app, "record")(record)


def attempt(
    call: Call,
    target: Target,
    limit: Annotated[int, typer.Option(min=0, help="Records that are shown in full.")] = 2,
    page: Annotated[
        int, typer.Option(min=1, help="The page that is shown; those before it are fetched too.")
    ] = 1,
    mapping: Annotated[
        str | None, typer.Option("--mapping", metavar="NAME", help="Only what this mapping makes of it.")
    ] = None,
    partition: Partition = None,
    window: Window = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show personal data.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where dead letters came up.")] = False,
) -> int:
    """Fetch one page live and show what becomes of it: request, response, records, entities, dead letters.

    Nothing is stored, and no database is needed. A stream that is asked for each record of a parent fetches
    the parent's first page before.
    """
    from engine.cli.tried import tell
    from engine.cli.tried_document import document
    from engine.flow.attempt import attempt as verb
    from engine.flow.workbench import Workbench

    bound, between = partition_of(partition), window_of(window)
    with Workbench.open(call.directory()) as bench:
        call.terminal.progress(f"asking {target}")
        found = verb(bench, target, partition=bound, window=between, page=page, mapping=mapping)
    tell(call.terminal, found, limit=limit, reveal=reveal)
    call.terminal.give(document(found, limit=limit, reveal=reveal))
    if found.asked.error is not None:
        return INCOMPLETE
    return FINDINGS if strict and found.dead else FINE


def record(
    call: Call,
    target: Target,
    pages: Annotated[int, typer.Option(min=1, max=99, help="How many pages are kept.")] = 2,
    partition: Partition = None,
    window: Window = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Of a further recording of this stream.")
    ] = None,
) -> int:
    """Keep responses as masked fixtures beside the connector, for `syncline test` to play offline.

    Secrets are not in them. Texts, keys and whatever no rule reads are masked, personal data always: another
    value of the same shape, the same one every time, so that references and joins hold. What your own files
    say stands, also the config that syncline.yaml writes out.
    """
    from engine.cli.texts import inline, number, plural, safe, table
    from engine.flow.record import record as verb
    from engine.flow.workbench import Workbench

    if name is not None and not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SettingsError(f"--name: '{name}' is no name: small letters, digits and _")
    bound, between = partition_of(partition), window_of(window)
    with Workbench.open(call.directory()) as bench:
        call.terminal.progress(f"asking {target}")
        found = verb(bench, target, partition=bound, window=between, pages=pages, name=name)
        directory = bench.project.directory
    if found.error is not None or found.folder is None or found.played is None:
        call.terminal.warn(f"{found.error} [{found.error.code if found.error else ''}]: nothing was recorded")
        call.terminal.print(*(f"  [yellow]→[/yellow] {inline(each, 600)}" for each in found.advice))
        call.terminal.give(
            {"error": {"code": found.error.code, "message": str(found.error)}} if found.error else {}
        )
        return INCOMPLETE
    folder = found.folder.relative_to(directory).as_posix()
    came = sum(len(decoded.records) for _, decoded in found.played.pages)
    answers = plural(len(found.played.pages), "response")
    call.terminal.print(f"[green]✓[/green] [bold]{safe(folder)}[/bold]  {answers}, {plural(came, 'record')}")
    made = table("MAPPING", ">RECORDS", ">MADE", ">FILTERED", ">DELETED", ">REFUSED")
    for mapping, outcomes in sorted(found.played.made.items()):
        kinds = [each.kind for each in outcomes]
        counts = (len(kinds), sum(len(each.made) for each in outcomes))
        rest = (kinds.count("filtered"), kinds.count("deleted"), kinds.count("refused"))
        made.add_row(safe(mapping), *map(number, (*counts, *rest)))
    if found.played.made:
        call.terminal.print("", made)
    for mapping, count in sorted(found.changed.items()):
        if count:
            said = f"{mapping} makes something else of {plural(count, 'record')} because they are masked"
            call.terminal.warn(f"{said}: it reads parts of texts that a mask does not keep")
    call.terminal.print("", "[dim]syncline test plays it; look at what it holds before you commit it[/dim]")
    call.terminal.give(
        {
            "folder": folder,
            "responses": len(found.played.pages),
            "records": came,
            "mappings": {
                mapping: dict(Counter(each.kind for each in outcomes))
                for mapping, outcomes in sorted(found.played.made.items())
            },
            "changed_by_masking": dict(found.changed),
        }
    )
    return FINE


def partition_of(given: list[str] | None) -> dict[str, Any]:
    """``NAME=VALUE`` as a partition; digits are a number, as a parent's record would give them."""
    bound: dict[str, Any] = {}
    for each in given or ():
        name, mark, value = each.partition("=")
        if not (name and mark and value):
            raise SettingsError(f"--partition: '{each}' is not NAME=VALUE")
        whole = value.isascii() and value.isdigit() and (value == "0" or value[0] != "0")
        bound[name] = int(value) if whole and len(value) < 19 else value
    return bound


def window_of(given: str | None) -> tuple[str, str] | None:
    """``START..END`` as both ends; an empty one is open."""
    if given is None:
        return None
    start, mark, end = given.partition("..")
    if not mark or not (start or end):
        raise SettingsError(f"--window: '{given}' is not START..END, as in 2024-01-01..2024-02-01")
    return start.strip(), end.strip()
