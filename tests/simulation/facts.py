"""What stands in the database now, read by the documented tables and by nothing of the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import zstandard
from psycopg.rows import dict_row

NEVER = -(2**63)
"""The version of a record that says none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One stored answer."""

    id: int
    stream: str
    """``source/stream``, as in a path."""
    run: int
    position: int
    status: int
    verdict: int
    records: int
    sha256: bytes
    length: int
    altered: int
    body: bytes | None
    """Inflated; None where the index has no bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one record says."""

    stream: str
    key: str
    entity: UUID | None
    order: tuple[int, int, int, int]
    """Incarnation, version, position, place."""
    raw_id: int
    live: bool
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One look at everything."""

    responses: Sequence[Response]
    runs: Mapping[int, Mapping[str, Any]]
    watermarks: Mapping[tuple[str, str], tuple[str, str | None]]
    """(stream, partition) → (type, value)."""
    windows: Sequence[tuple[str, str | None]]
    """Streams with a window in hand, and its upper end."""
    ledger: Sequence[Mapping[str, Any]]
    pending: frozenset[tuple[int, str]]
    """(raw id, mapping)."""
    letters: Sequence[Mapping[str, Any]]
    tombstones: Mapping[tuple[str, str], Sequence[tuple[int, int]]]
    """(stream, key) → (position, run), in order."""
    contributions: Mapping[tuple[str, str], Contribution]
    rows: Mapping[UUID, Mapping[str, Any]]
    provenance: Mapping[UUID, int]
    """How many values the view explains."""
    identity: Mapping[tuple[int, str], tuple[UUID | None, bool]]
    """(kind, value) → (holder, disabled)."""
    redirects: Mapping[UUID, UUID]
    epochs: Mapping[str, int]


class Facts:
    """Reads one database, over and over, on one session."""

    def __init__(self, url: str, fields: Mapping[str, Sequence[str]]) -> None:
        """``fields``: those of each entity."""
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self._connection.execute("SET timezone = 'UTC'")
        self._fields = fields
        self._inflate = zstandard.ZstdDecompressor()

    def close(self) -> None:
        """Leave the session."""
        self._connection.close()

    def rows(self, text: str) -> list[dict[str, Any]]:
        """Ask anything."""
        return self._connection.execute(text).fetchall()

    def ends(self) -> list[tuple[str, str | None, bool]]:
        """How far each stream is complete, and (True) where the windows in hand end."""
        named = "syncline.stream t ON t.id = p.stream JOIN syncline.source s ON s.id = t.source"
        found = self.rows(
            "SELECT s.name || '/' || t.name AS name, p.watermark ->> 'value' AS value, false AS open"
            f" FROM syncline.progress p JOIN {named} UNION ALL SELECT s.name || '/' || t.name, p.upper, true"
            f" FROM syncline.progress_window p JOIN {named} WHERE NOT p.closed"
        )
        return [(each["name"], each["value"], each["open"]) for each in found]

    def look(self) -> State:
        """Everything, in one snapshot."""
        with self._connection.transaction():
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return self._state()

    def _state(self) -> State:
        names = {
            each["id"]: each["name"]
            for each in self.rows(
                "SELECT t.id, s.name || '/' || t.name AS name FROM syncline.stream t"
                " JOIN syncline.source s ON s.id = t.source"
            )
        }
        mappings = {each["id"]: each["name"] for each in self.rows("SELECT id, name FROM syncline.mapping")}
        graves: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for each in self.rows("SELECT stream, key, position, run FROM syncline.tombstone ORDER BY position"):
            graves.setdefault((names[each["stream"]], each["key"]), []).append(
                (each["position"], each["run"])
            )
        made = [entity for entity in self._fields if self._made(entity)]
        return State(
            responses=self._responses(names),
            runs={
                each["id"]: each | {"stream": names[each["stream"]]}
                for each in self.rows(
                    "SELECT id, stream, kind, position, ended, complete, proof FROM syncline.run"
                )
            },
            watermarks={
                (names[each["stream"]], each["partition"]): (
                    each["watermark"]["type"],
                    each["watermark"]["value"],
                )
                for each in self.rows(
                    "SELECT stream, partition, watermark FROM syncline.progress WHERE watermark IS NOT NULL"
                )
            },
            windows=[
                (names[each["stream"]], each["upper"])
                for each in self.rows("SELECT stream, upper FROM syncline.progress_window WHERE NOT closed")
            ],
            ledger=[
                each | {"mapping": mappings[each["mapping"]]}
                for each in self.rows(
                    "SELECT raw_id, mapping, activation, records, changed, same, stale, filtered, dead, twin"
                    " FROM syncline.ledger"
                )
            ],
            pending=frozenset(
                (each["response"], mappings[each["mapping"]])
                for each in self.rows("SELECT response, mapping FROM syncline.pending")
            ),
            letters=[
                each | {"mapping": mappings[each["mapping"]], "stream": names[each["stream"]]}
                for each in self.rows(
                    "SELECT mapping, stream, subject, key, raw_id, place, version, problems, state"
                    " FROM syncline.dead_letter"
                )
            ],
            tombstones=graves,
            contributions=dict(each for entity in made for each in self._contributions(names, entity)),
            rows={
                each.pop("id"): each
                for entity in made
                for each in self.rows(f"SELECT id, {', '.join(self._fields[entity])} FROM canonical.{entity}")
            },
            provenance={
                each["id"]: each["n"]
                for entity in made
                for each in self.rows(
                    f"SELECT id, count(*) AS n FROM canonical.{entity}_provenance GROUP BY id"
                )
            },
            identity={
                (each["kind"], each["value"]): (each["entity_id"], each["disabled"])
                for each in self.rows("SELECT kind, value, entity_id, disabled FROM syncline.identity_key")
            },
            redirects={
                each["old"]: each["new"] for each in self.rows("SELECT old, new FROM syncline.redirect")
            },
            epochs={
                names[each["stream"]]: each["epoch"]
                for each in self.rows("SELECT stream, epoch FROM syncline.lease")
            },
        )

    def _responses(self, names: Mapping[int, str]) -> list[Response]:
        found = []
        for each in self.rows(
            "SELECT r.id, r.stream, r.run, r.position, r.status, r.verdict, r.records, r.sha256, r.length,"
            " b.altered, b.bytes FROM syncline.response r LEFT JOIN syncline.body b"
            " ON b.month = r.body_month AND b.sha256 = r.sha256 ORDER BY r.position, r.id"
        ):
            packed, altered = each.pop("bytes"), each.pop("altered")
            body = None
            if packed is not None:
                body = self._inflate.decompress(packed, max_output_size=max(each["length"], 1))
            found.append(
                Response(**each | {"stream": names[each["stream"]], "body": body, "altered": altered or 0})
            )
        return found

    def _made(self, entity: str) -> bool:
        return bool(self.rows(f"SELECT to_regclass('canonical.{entity}') IS NOT NULL AS made")[0]["made"])

    def _values(self, entity: str) -> str:
        """Where only one mapping without identity speaks, its values stand in the canonical row alone."""
        table, field = f"syncline.contribution_{entity}", self._fields[entity][0]
        own = self.rows(
            f"SELECT FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attname = '{field}'"
        )
        return "" if own else f" LEFT JOIN canonical.{entity} ON id = _entity_id"

    def _contributions(
        self, names: Mapping[int, str], entity: str
    ) -> Iterator[tuple[tuple[str, str], Contribution]]:
        fields = ", ".join(self._fields[entity])
        for each in self.rows(
            "SELECT _stream, _key, _entity_id, _incarnation, _version, _position, _place, _raw_id,"
            f" _fate = 0 AND _dead_run IS NULL AS live, {fields}"
            f" FROM syncline.contribution_{entity}{self._values(entity)}"
        ):
            stream = names[each["_stream"]]
            said = Contribution(
                stream=stream,
                key=each["_key"],
                entity=each["_entity_id"],
                order=(each["_incarnation"], each["_version"], each["_position"], each["_place"]),
                raw_id=each["_raw_id"],
                live=each["live"],
                values={name: each[name] for name in self._fields[entity]},
            )
            yield (stream, said.key), said


def micros(text: str) -> int | None:
    """A time as text in microseconds since 1970; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    seconds = moment.replace(tzinfo=None, microsecond=0) - datetime(1970, 1, 1)  # noqa: DTZ001 # both without
    offset = moment.utcoffset()
    whole = seconds.days * 86_400 + seconds.seconds - (0 if offset is None else int(offset.total_seconds()))
    return whole * 1_000_000 + moment.microsecond


def elements(body: bytes) -> list[Any] | None:
    """The records of a page as the simulated sources write it; None where there are none to be found."""
    try:
        document = json.loads(body.decode("utf-8"))
    except ValueError:
        return None
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, list) else None
