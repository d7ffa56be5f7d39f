"""What the language page names and is not built yet: refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import typer

from engine.cli.command import WRONG

COMMANDS = (
    *("plan", "apply", "import"),
    *("serve", "worker", "login", "mcp"),
)

_ANYTHING = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    refuse(app, "", COMMANDS)


def refuse(app: typer.Typer, group: str, names: Iterable[str]) -> None:
    """Add commands that only say that they are not built yet."""
    for name in names:
        app.command(name, hidden=True, context_settings=dict(_ANYTHING), add_help_option=False)(
            _refusal(f"{group} {name}".strip())
        )


def _refusal(name: str) -> Callable[[], None]:
    def refused() -> None:
        typer.echo(f"syncline {name} is not built yet", err=True)
        raise typer.Exit(WRONG)

    return refused
