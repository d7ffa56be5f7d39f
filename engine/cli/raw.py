"""``raw``: the responses as they came."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.command import FINE, Call, command
from engine.cli.unbuilt import refuse

if TYPE_CHECKING:
    from engine.store.database import Database


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="The responses as they came.", no_args_is_help=True, rich_markup_mode=None)
    command(group, "list")(list_)
    command(group, "show")(show)
    refuse(group, "raw", ("purge", "export", "import"))
    app.add_typer(group, name="raw")


@contextmanager
def _database(call: Call) -> Iterator[Database]:
    from engine.cli.database import opened

    with opened(call) as database:
        yield database


def list_(
    call: Call,
    target: Annotated[str | None, typer.Argument(metavar="[SOURCE[.STREAM]]", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
) -> int:
    """Stored responses, the newest first."""
    from engine.cli.texts import alarming, moment, number, safe, size, table
    from engine.flow.stored import stored

    with _database(call) as database:
        found = stored(database, target, limit=limit)
    made = table(">ID", "FETCHED", "STREAM", ">STATUS", ">RECORDS", ">DEAD", ">SIZE", "SHA256", "REQUEST")
    for each in found:
        made.add_row(
            str(each.id),
            moment(each.fetched_at),
            safe(str(each.stream)),
            str(each.status),
            number(each.records),
            alarming(each.dead),
            size(each.length),
            each.sha256.hex()[:8],
            safe(_short(each.url)),
        )
    call.terminal.print(made)
    call.terminal.give({"responses": [_json(each) for each in found]})
    return FINE


def _short(url: str) -> str:
    path = "/" + url.partition("://")[2].partition("/")[2]
    return path if len(path) <= 60 else f"{path[:59]}…"


def _json(each: Any) -> dict[str, Any]:
    return {
        "id": each.id,
        "stream": str(each.stream),
        "partition": dict(each.partition),
        "fetched_at": each.fetched_at.isoformat(),
        "method": each.method,
        "url": each.url,
        "status": each.status,
        "records": each.records,
        "dead_letters": each.dead,
        "length": each.length,
        "wire_length": each.wire_length,
        "sha256": each.sha256.hex(),
    }


def show(
    call: Call,
    raw_id: Annotated[int, typer.Argument(metavar="ID")],
    body: Annotated[
        bool, typer.Option("--body", help="Write the body, byte for byte, and nothing else.")
    ] = False,
) -> int:
    """One stored response: its request, its headers, and with --body its bytes."""
    from engine.cli.texts import moment, plural, safe, size, table
    from engine.flow.stored import opened

    with _database(call) as database:
        found = opened(database, raw_id)
    response, summary = found.response, found.summary
    if body:
        call.terminal.restore()
        sys.stdout.buffer.write(response.body)
        sys.stdout.buffer.flush()
        return FINE
    made = table("", "")
    made.show_header = False
    for name, text in (
        ("response", f"{response.id} of {safe(str(response.stream))}"),
        ("partition", safe(", ".join(f"{key}={each}" for key, each in response.partition.items()))),
        ("request", safe(f"{summary.method} {summary.url}")),
        ("status", str(response.status)),
        ("fetched", moment(response.fetched_at)),
        ("records", f"{response.records:,}, {plural(summary.dead, 'dead letter')}"),
        (
            "body",
            f"{size(len(response.body))}, {size(response.wire_length)} on the wire ({safe(response.coding)})",
        ),
        ("sha256", response.sha256.hex()),
        ("reading", response.verdict.name.lower()),
        ("altered", ("", "masked: it echoed a secret", "erased", "as on the wire")[response.altered]),
    ):
        if text:
            made.add_row(f"[dim]{name}[/dim]", text)
    for name, text in sorted(response.headers.items()):
        made.add_row("[dim]header[/dim]", f"{safe(name)}: {safe(text)}")
    call.terminal.print(made)
    call.terminal.note(f"its bytes: syncline raw show {response.id} --body")
    call.terminal.give(
        _json(summary)
        | {
            "request": dict(response.request),
            "headers": dict(response.headers),
            "coding": response.coding,
            "verdict": response.verdict.name.lower(),
            "altered": response.altered,
        }
    )
    return FINE
