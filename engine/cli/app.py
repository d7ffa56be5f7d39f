"""
All commands, in the order of the help.

Rooms are imported inside the functions of commands, here and in the files beside this one: they take
most of a second to load, and ``syncline --help`` should not wait for them.
"""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import (
    author,
    database,
    dead_letters,
    demo,
    editing,
    identity,
    look,
    pin,
    project,
    raw,
    run,
    status,
    unbuilt,
)
from engine.cli.command import Debug, Folder, Given, Json

app = typer.Typer(
    name="syncline",
    help="Records from any system, made canonical, each value with its origin.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:  # typer calls it so
    if wanted:
        # Slow to load, and asked for by nobody else.
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"syncline {version('syncline')}")
        except PackageNotFoundError:  # run from its folder, without being installed
            typer.echo("syncline, not installed")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    folder: Folder = None,
    as_json: Json = False,
    debug: Debug = False,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Records from any system, made canonical, each value with its origin."""
    ctx.obj = Given(folder=folder, as_json=as_json, debug=debug)


for each in (
    project,
    editing,
    author,
    run,
    status,
    look,
    pin,
    dead_letters,
    identity,
    raw,
    database,
    demo,
    unbuilt,
):
    each.register(app)
