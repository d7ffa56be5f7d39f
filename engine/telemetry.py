"""
What does a run tell while it works? Log events, to stderr; quiet unless something is wrong.

Whatever is logged goes through every mask that was registered, tracebacks too.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, MutableMapping
from typing import Any, TextIO, cast

import structlog

Mask = Callable[[Any], Any]
Logger = structlog.typing.FilteringBoundLogger

_masks: tuple[Mask, ...] = ()
_lock = threading.Lock()


def configure(*, debug: bool = False, stream: TextIO | None = None) -> None:
    """Write log events to a stream (left out: stderr): all of them with ``debug``, else warnings."""
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
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if debug else logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger(room: str) -> Logger:
    """The log of one room; quiet until somebody configures it otherwise."""
    if not structlog.is_configured():
        configure()
    return cast("Logger", structlog.get_logger(room=room))


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
