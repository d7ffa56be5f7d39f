"""The dictionaries of names: rows are many and names are long, so tables hold small numbers."""

from __future__ import annotations

import threading
from typing import Any

from engine.records.received import StreamName
from engine.store.database import Connection, Database

_NUMBERED = {
    kind: (
        f"SELECT id FROM syncline.{kind} WHERE name = %s",
        # Looked at again before inserting: a conflict would use up a number all the same.
        f"""INSERT INTO syncline.{kind}(name) SELECT %(name)s
            WHERE NOT EXISTS (SELECT FROM syncline.{kind} WHERE name = %(name)s)
            ON CONFLICT DO NOTHING""",
    )
    for kind in ("source", "entity", "mapping")
}


class Names:
    """Numbers of sources, streams, entities and mappings; a new name gets one at once, for good."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[Any, ...], int] = {}
        self._streams: dict[int, StreamName] = {}
        self._lock = threading.Lock()

    def source(self, name: str) -> int:
        """The number of a source."""
        return self._number("source", name)

    def entity(self, name: str) -> int:
        """The number of an entity."""
        return self._number("entity", name)

    def mapping(self, name: str) -> int:
        """The number of a mapping, named by its path without its ending."""
        return self._number("mapping", name)

    def stream(self, name: StreamName) -> int:
        """The number of a stream."""
        key = ("stream", name)
        with self._lock:
            if key in self._known:
                return self._known[key]
        source = self.source(name.source)
        with self._database.connect(autocommit=True) as connection:
            number = _stream(connection, source, name.stream)
        with self._lock:
            return self._known.setdefault(key, number)

    def stream_name(self, number: int) -> StreamName:
        """The stream with a number that the tables hold."""
        if number not in self._streams:
            with self._database.connect(autocommit=True) as connection:
                rows = connection.execute(
                    """SELECT stream.id, source.name, stream.name FROM syncline.stream
                       JOIN syncline.source ON source.id = stream.source"""
                ).fetchall()
            self._streams = {row[0]: StreamName(source=row[1], stream=row[2]) for row in rows}
        return self._streams[number]

    def _number(self, kind: str, name: str) -> int:
        key = (kind, name)
        with self._lock:
            if key in self._known:
                return self._known[key]
        find, make = _NUMBERED[kind]
        with self._database.connect(autocommit=True) as connection:
            row = connection.execute(find, (name,)).fetchone()
            if row is None:
                connection.execute(make, {"name": name})
                row = connection.execute(find, (name,)).fetchone()
        assert row is not None  # noqa: S101  # a dictionary only grows
        with self._lock:
            return self._known.setdefault(key, row[0])


def _stream(connection: Connection, source: int, name: str) -> int:
    find = "SELECT id FROM syncline.stream WHERE source = %s AND name = %s"
    row = connection.execute(find, (source, name)).fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO syncline.stream(source, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", (source, name)
        )
        row = connection.execute(find, (source, name)).fetchone()
    assert row is not None  # noqa: S101  # a dictionary only grows
    return int(row[0])
