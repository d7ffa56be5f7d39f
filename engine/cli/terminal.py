"""Where does what is said go? Results to stdout, notes to stderr, colour and progress only to people."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engine.errors import SpecError, SynclineError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.status import Status

_PIPE = 400
"""Columns of a pipe: tables there are as wide as what they hold."""


class Terminal:
    """What one command writes to."""

    def __init__(self, *, as_json: bool = False, debug: bool = False) -> None:
        from rich.console import Console  # a fifth of what `--help` may take

        self.as_json = as_json
        self.debug = debug
        self.out: Console = _console(Console, sys.stdout)
        self.err: Console = _console(Console, sys.stderr)
        self.lively = self.err.is_terminal and not as_json and not debug
        """Whether somebody watches: progress makes sense."""
        self._status: Status | None = None

    def print(self, *what: RenderableType) -> None:
        """A result for people; nothing with ``--json``."""
        self.restore()
        if not self.as_json:
            for each in what:
                self.out.print(each)

    def give(self, document: Any) -> None:
        """The result for programs; nothing without ``--json``."""
        if not self.as_json:
            return
        import msgspec  # needed only here

        encoded = msgspec.json.Encoder(enc_hook=str, decimal_format="number").encode(document)
        sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")

    def progress(self, text: str) -> None:
        """What is being done now, for who watches; it goes away."""
        if not self.lively:
            return
        if self._status is None:
            self._status = self.err.status(text, spinner="dots")
            self._status.start()
        else:
            self._status.update(text)

    def note(self, text: str) -> None:
        """Something worth knowing that is no result; not in a pipe."""
        if self.err.is_terminal:
            self.err.print(f"[dim]{_safe(text)}[/dim]")

    def warn(self, text: str) -> None:
        """Something that is not right; always."""
        self.restore()
        self.err.print(f"[yellow]{_safe(text)}[/yellow]")

    def fail(self, error: SynclineError) -> None:
        """Why the command ends."""
        self.restore()
        problems = problem_list(error.problems) if isinstance(error, SpecError) else None
        said: dict[str, Any] = {"code": error.code, "message": str(error)}
        self.give({"error": said if problems is None else {**said, "problems": problems}})
        colour = "yellow" if error.code == "interrupted" else "red"
        if isinstance(error, SpecError):
            for each in error.problems:
                self.err.print(problem_text(each))
            return
        self.err.print(f"[{colour}]{_safe(str(error))}[/{colour}]")

    def trace(self) -> None:
        """Where the error in hand came from."""
        import traceback  # needed only here

        self.err.print(_safe(traceback.format_exc()), soft_wrap=True)

    def restore(self) -> None:
        """End what moves, and give the cursor back."""
        if self._status is not None:
            self._status.stop()
            self._status = None
        if self.lively:
            self.err.show_cursor()


def _console(make: type[Console], file: Any) -> Console:
    terminal = file.isatty()
    return make(file=file, highlight=False, emoji=False, soft_wrap=False, width=None if terminal else _PIPE)


def _safe(text: str) -> str:
    from rich.markup import escape  # loaded already

    return escape(text)


def problem_text(problem: Any) -> str:
    """A problem as ``file:line:column: message [code]``, in colour."""
    place = f"{problem.file}:{problem.line}:{problem.column}"
    warned = "[yellow]warning:[/yellow] " if problem.severity == "warning" else ""
    code = _safe(f"[{problem.code}]")
    return f"[bold]{_safe(place)}[/bold]: {warned}{_safe(problem.message)} [dim]{code}[/dim]"


def problem_lines(terminal: Terminal, problems: Iterable[Any]) -> list[RenderableType]:
    """Problems one below the other; where people look, what is folded stands below its message."""
    if not terminal.out.is_terminal:
        return [problem_text(each) for each in problems]
    from rich.table import Table  # loaded already

    rows = Table.grid(padding=(0, 1, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column()
    for each in problems:
        place, _, said = problem_text(each).partition("[/bold]: ")
        rows.add_row(f"{place}[/bold]:", said)
    return [rows] if rows.row_count else []


def problem_list(problems: Iterable[Any]) -> list[dict[str, Any]]:
    """Problems for programs."""
    keys = ("file", "line", "column", "severity", "code", "message")
    return [{key: getattr(each, key) for key in keys} for each in problems]
