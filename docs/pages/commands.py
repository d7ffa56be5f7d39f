"""The page of the command line, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from engine.cli.app import app
from engine.spec.reference import cells, code, markdown

_INTRO = """\
# Commands

Results go to stdout, notes and progress to stderr. Every command takes `--project DIR` (left out: the
nearest `syncline.yaml` upwards), `--json` and `--debug`, before it or after it. What exit codes mean stands
with the [codes](codes.md#exit-codes-of-commands).
"""

_EVERYWHERE = frozenset({"--project", "--json", "--debug", "--help"})


def every() -> dict[str, Any]:
    """Each command by what one types: ``raw list``."""
    return {name: each for name, each in _walk("", typer.main.get_command(app)) if not each.hidden}


def unbuilt() -> list[str]:
    """Commands that the language has and the engine not yet."""
    return [name for name, each in _walk("", typer.main.get_command(app)) if each.hidden]


def page() -> str:
    """The whole page."""
    found = every()
    rows = [
        cells(f"[`syncline {name}`](#syncline-{name.replace(' ', '-')})", _first(each))
        for name, each in found.items()
    ]
    parts = [_INTRO, "\n".join(["| command | |", "|---|---|", *rows]) + "\n"]
    parts += [f"Not built yet: {', '.join(f'`{name}`' for name in unbuilt())}.\n"]
    parts += [_section(name, each) for name, each in found.items()]
    return "\n".join(parts)


def _walk(prefix: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from _walk(f"{prefix} {name}".strip(), each)
    else:
        yield prefix, command


def _help(command: Any) -> str:
    return markdown(inspect.cleandoc(command.help or ""))


def _first(command: Any) -> str:
    return _help(command).partition("\n\n")[0]


def _section(name: str, command: Any) -> str:
    given = [each for each in command.params if each.param_type_name == "argument"]
    options = [
        each
        for each in command.params
        if each.param_type_name == "option" and not each.hidden and not _EVERYWHERE & {*each.opts}
    ]
    usage = " ".join(["syncline", name, *(_metavar(each) for each in given)])
    lines = [
        f"## `syncline {name}`",
        "",
        f"    {usage}{' [OPTIONS]' if options else ''}",
        "",
        _help(command),
        "",
    ]
    told = [(_name(each), getattr(each, "help", None) or "") for each in given]
    told += [(_spelt(each), each.help or "") for each in options]
    if any(said for _, said in told):
        lines += ["| | |", "|---|---|", *(cells(code(spelt), markdown(said)) for spelt, said in told), ""]
    return "\n".join(lines)


def _spelt(option: Any) -> str:
    names = ", ".join(sorted(option.opts, key=len, reverse=True))
    return names if option.is_flag else f"{names} {_name(option)}"


def _metavar(argument: Any) -> str:
    """An argument as one types it; in brackets where it may be left out."""
    name = _name(argument)
    if name.startswith("["):
        return name
    many = f"{name}…" if argument.nargs != 1 else name
    return many if argument.required else f"[{many}]"


def _name(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())
