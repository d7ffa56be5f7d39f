"""A stream of things that is walked by a script: its keys, its pages, its days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from engine.fetch.step import Step
from engine.fetch.times import micros
from tests.unit.fetch.script import Scripted, walked
from tests.unit.fetch.streams import connector_of

PLAIN = """
path: /things
records: data
key: id
pagination: {type: cursor, next: body.next, into: query.cursor}
"""


CHANGED = (
    PLAIN
    + """
incremental:
  cursor: at
  start: 2026-01-01T00:00:00Z
  from: {into: query.since}
  until: {into: query.before}
"""
)


Said = Mapping[str, Any]


def day(number: int, *, hour: int = 0) -> int:
    return micros(dt.datetime(2026, 1, number, hour, tzinfo=dt.UTC))


def page(*records: Any, following: Any = None) -> Said:
    return {"body": {"data": list(records), "next": following}}


def at(number: int, hour: int = 0) -> dict[str, Any]:
    return {"id": f"{number}/{hour}", "at": f"2026-01-{number:02}T{hour:02}:00:00Z"}


def walk(keys: str, *answers: Said, **more: Any) -> tuple[list[Step], Any, Scripted]:
    connector = connector_of(keys)
    sender = Scripted(connector, iter(answers))
    steps, error = walked(sender, connector.stream("things"), **more)
    return steps, error, sender
