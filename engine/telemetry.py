"""
What does a run tell while it works? Log events, to stderr; quiet unless something is wrong.

Whatever is logged goes through every mask that was registered, tracebacks too.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, MutableMapping
from typing import Any, TextIO

Mask = Callable[[Any], Any]

_masks: tuple[Mask, ...] = ()
_level = logging.WARNING
_lock = threading.Lock()


def configure(*, debug: bool = False, stream: TextIO | None = None) -> None:
    """Write log events to a stream (left out: stderr): all of them with ``debug``, else warnings."""
    # imported here: structlog takes a fifth of a second, which a run that logs nothing need not spend
    import structlog

    global _level  # noqa: PLW0603 # the log is one for the process
    _level = logging.DEBUG if debug else logging.WARNING
    terminal = (stream or sys.stderr).isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            )
            if not terminal
            else structlog.processors.format_exc_info,
            masked,
            structlog.dev.ConsoleRenderer()
            if terminal
            else structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_level),
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


class Log:
    """The log of one room; what nobody listens to costs nothing."""

    def __init__(self, room: str) -> None:
        self._room = room

    def debug(self, event: str, **said: Any) -> None:
        """A step, for who looks for a fault."""
        self._tell(logging.DEBUG, event, said)

    def info(self, event: str, **said: Any) -> None:
        """Something that happened as it should."""
        self._tell(logging.INFO, event, said)

    def warning(self, event: str, **said: Any) -> None:
        """Something odd."""
        self._tell(logging.WARNING, event, said)

    def exception(self, event: str, **said: Any) -> None:
        """An error, with the traceback of the exception in hand."""
        self._tell(logging.ERROR, event, {**said, "exc_info": True})

    def _tell(self, level: int, event: str, said: dict[str, Any]) -> None:
        if level < _level:
            return
        import structlog  # as in configure

        if not structlog.is_configured():
            configure()
        structlog.get_logger(room=self._room).log(level, event, **said)


def logger(room: str) -> Log:
    """The log of one room; quiet until somebody configures it otherwise."""
    return Log(room)


def mask_with(mask: Mask) -> None:
    """Let nothing be logged that has not gone through this too."""
    global _masks  # noqa: PLW0603 # the log is one for the process, and so is what hides secrets in it
    with _lock:
        if mask not in _masks:
            _masks = (*_masks, mask)


def masked(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Apply every mask: a processor."""
    for mask in _masks:
        event = mask(event)
    return event
