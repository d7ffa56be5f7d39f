"""What is the same for every command? Its options, how it is stopped, and what its exit code says."""

from __future__ import annotations

import datetime as dt
import getpass
import inspect
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec

import typer

from engine.cli.terminal import Terminal
from engine.errors import (
    FetchError,
    Interrupted,
    LeaseLost,
    SettingsError,
    SpecError,
    StoreError,
    SynclineError,
)

if TYPE_CHECKING:
    from engine.flow.check import Project
    from engine.flow.workspace import Workspace

P = ParamSpec("P")

FINE, FINDINGS, WRONG, INCOMPLETE, DATABASE, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit codes."""

Folder = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        help="The project; left out: the nearest syncline.yaml upwards.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document, for programs.")]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug", envvar="SYNCLINE_DEBUG", help="Log every step, and show where an error came from."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stood before the command."""

    folder: Path | None = None
    as_json: bool = False
    debug: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One command on its way."""

    terminal: Terminal
    folder: Path | None
    """What ``--project`` said."""

    def directory(self) -> Path:
        """The folder of the project; raises ``SettingsError`` where there is none."""
        from engine.flow.files import find_project  # loads the language

        if self.folder is None:
            return find_project(Path.cwd())
        if not (self.folder / "syncline.yaml").is_file():
            raise SettingsError(f"there is no syncline.yaml in {self.folder}")
        return self.folder.resolve()

    def project(self) -> Project:
        """The project, without its database; raises ``SpecError`` with every problem."""
        from engine.flow.check import check  # loads the language

        return check(self.directory()).need()

    def workspace(self, *, migrate: bool = True) -> Workspace:
        """The project and its database, open; the caller closes it."""
        from engine.flow.workspace import Workspace  # loads every room

        directory = self.directory()
        self.terminal.progress("opening the project")
        return Workspace.open(directory, say=self.terminal.progress, migrate=migrate)

    @contextmanager
    def stopping(self) -> Iterator[Callable[[], bool]]:
        """
        Whether somebody asked to stop, by Ctrl-C or SIGTERM; the second time the process ends at once.

        Nothing is lost either way: what is durable stays, and the next run goes on from there.
        """
        asked: list[int] = []

        def ask(_number: int, _frame: FrameType | None) -> None:
            if asked:
                self.terminal.restore()
                os._exit(INTERRUPTED)
            asked.append(1)
            self.terminal.note("stopping after the batch in hand; once more to leave at once")

        former = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield lambda: bool(asked)
        finally:
            if not asked:  # else the second signal may still come
                for number, handler in former.items():
                    signal.signal(number, handler)


def command(
    app: typer.Typer, name: str, **more: Any
) -> Callable[[Callable[Concatenate[Call, P], int | None]], Callable[Concatenate[Call, P], int | None]]:
    """
    Add a command whose first parameter is its ``Call`` and whose result is its exit code.

    ``--project``, ``--json`` and ``--debug`` are added to its options, so that they may stand before the
    command or after it.
    """

    def add(body: Callable[Concatenate[Call, P], int | None]) -> Callable[Concatenate[Call, P], int | None]:
        def run(ctx: typer.Context, folder: Path | None, as_json: bool, debug: bool, **given: Any) -> None:
            before = ctx.obj if isinstance(ctx.obj, Given) else Given()
            terminal = Terminal(as_json=as_json or before.as_json, debug=debug or before.debug)
            call = Call(terminal=terminal, folder=folder or before.folder)
            raise typer.Exit(carry_out(terminal, lambda: body(call, **given)))  # type: ignore[call-arg] # as typer read them

        _, *own = inspect.signature(body, eval_str=True).parameters.values()
        ours = [
            inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own),
            _option("folder", Folder, None),
            _option("as_json", Json, default=False),
            _option("debug", Debug, default=False),
        ]
        run.__signature__ = inspect.Signature(ours)  # type: ignore[attr-defined] # what typer reads
        run.__annotations__ = {each.name: each.annotation for each in ours}
        app.command(name, help=inspect.getdoc(body), **more)(run)
        return body

    return add


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def carry_out(terminal: Terminal, body: Callable[[], int | None]) -> int:
    """Run a command to its exit code; what is wrong is said in one message, never in a traceback."""
    if terminal.debug:
        from engine.telemetry import configure  # structlog is slow to load, and silent otherwise

        configure(debug=True)
    former = signal.signal(signal.SIGTERM, _interrupt)
    try:
        return body() or FINE
    except SynclineError as error:
        if terminal.debug:
            terminal.trace()
        terminal.fail(error)
        return code_of(error)
    except KeyboardInterrupt:
        terminal.fail(Interrupted("interrupted"))
        return INTERRUPTED
    except BrokenPipeError:  # whoever read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    finally:
        if signal.getsignal(signal.SIGTERM) is _interrupt:
            signal.signal(signal.SIGTERM, former)
        terminal.restore()


def time_given(option: str, text: str) -> dt.datetime:
    """What an option says as a time, UTC where it names no offset; raises ``SettingsError``."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{option}: '{text}' is no time, as in 2024-06-01T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def who_decides() -> str | None:
    """Who gives a command that is a decision; None where the system does not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def code_of(error: SynclineError) -> int:
    """The exit code that says what to do about an error."""
    if isinstance(error, Interrupted):
        return INTERRUPTED
    if isinstance(error, FetchError | LeaseLost) or error.code == "held":
        return INCOMPLETE
    if isinstance(error, StoreError):
        return DATABASE
    if isinstance(error, SpecError | SettingsError):
        return WRONG
    return FINDINGS
