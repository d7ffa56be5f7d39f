"""How far is it? A line a stream while a verb works; only where somebody watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from engine.cli.terminal import Terminal
from engine.flow.events import Event, Fetched, Finished, Listener, Loaded, Note, Started, silence
from engine.records.received import StreamName


@dataclass(slots=True)
class _Line:
    """What has been heard of one stream."""

    verb: str
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    responses: int = 0
    records: int = 0
    loaded: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    dead: int = 0

    @property
    def share(self) -> float:
        """How much of what was fetched is canonical."""
        done = min(self.loaded.values(), default=0)
        return done / max(self.responses, *self.loaded.values(), 1)


class _Board:
    """Renders itself each time that it is asked to."""

    def __init__(self) -> None:
        self.lines: dict[StreamName, _Line] = {}
        self.lock = threading.Lock()
        self._spinner = Spinner("dots", style="cyan")

    def __rich__(self) -> Group:
        grid = Table.grid(padding=(0, 2, 0, 0))
        for justify in ("left", "left", "left", "right", "right", "right", "right"):
            grid.add_column(justify=justify, no_wrap=True)
        with self.lock:
            for stream, line in self.lines.items():
                grid.add_row(*self._cells(stream, line))
        return Group(grid)

    def _cells(self, stream: StreamName, line: _Line) -> tuple[RenderableType, ...]:
        over = line.ended is not None
        seconds = (line.ended or time.monotonic()) - line.began
        bar = ProgressBar(
            total=1.0, completed=1.0 if over else line.share, width=16, pulse=not over and not line.responses
        )
        return (
            Text("✓", style="green") if over else self._spinner,
            Text(str(stream), style="" if over else "bold"),
            bar,
            Text(f"{line.records:,} records", style="dim" if not line.records else ""),
            Text(f"{line.changed:,} changed", style="green" if line.changed else "dim"),
            Text(f"{line.dead:,} dead", style="red" if line.dead else "dim"),
            Text(f"{seconds:.1f} s", style="dim"),
        )

    def hear(self, event: Event) -> None:
        """Take in what a verb tells."""
        with self.lock:
            if isinstance(event, Started):
                self.lines[event.stream] = _Line(verb=event.verb)
                return
            line = self.lines.get(event.stream) if event.stream is not None else None
            if line is None:
                return
            if isinstance(event, Fetched):
                line.responses += event.responses
                line.records += event.records
            elif isinstance(event, Loaded):
                line.loaded[event.mapping] = line.loaded.get(event.mapping, 0) + event.responses
                line.changed += event.counts.changed
                line.dead += event.counts.dead
            elif isinstance(event, Finished):
                line.ended = time.monotonic()


@contextmanager
def watching(terminal: Terminal, *, keep: bool = False) -> Iterator[Listener]:
    """What listens to a verb; ``keep`` leaves the last picture standing."""
    terminal.restore()
    if not terminal.lively:
        yield silence
        return
    board = _Board()
    live = Live(board, console=terminal.err, refresh_per_second=12, transient=not keep)

    def listen(event: Event) -> None:
        board.hear(event)
        if isinstance(event, Note):
            where = "" if event.stream is None else f"{event.stream}: "
            terminal.err.print(Text(f"{where}{event.text}", style="dim"))

    with live:
        yield listen
