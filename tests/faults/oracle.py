"""
Says what is wrong in the tables, from what the source knows to be true. Imports nothing of the engine.

``standing`` holds at any moment, also in the middle of a run that was killed; ``settled`` after a run
that ended well.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from typing import Any

import psycopg
import zstandard

from tests.faults.source import BAD, Source

_TRANSIENT = {"lease_beat", "breaker", "limiter"}
"""What a worker may write without holding any stream."""


class Oracle:
    """Looks at one database, again and again; what it saw of stored bytes it need not see twice."""

    def __init__(self, url: str, source: Source) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        # One look is of one moment: a killed worker's last COMMIT may still be on its way.
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._source = source
        self._bodies: dict[int, tuple[str, list[tuple[str, str]]]] = {}
        """By raw id: source, and (record, version) of all that is in it."""
        self._ids: dict[str, str] = {}
        self._watermarks: dict[str, str] = {}

    def close(self) -> None:
        self._connection.close()

    def _rows(self, text: str, *terms: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(text, terms).fetchall()

    def everything(self) -> dict[str, list[str]]:
        """Every row of every table that only the holder of a lease may write, as text."""
        tables = self._rows(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('syncline', 'canonical') AND c.relkind = 'r' ORDER BY 1, 2"
        )
        return {
            f"{schema}.{table}": [
                text for (text,) in self._rows(f'SELECT t::text FROM "{schema}"."{table}" t ORDER BY 1')
            ]
            for schema, table in tables
            if table not in _TRANSIENT
        }

    def standing(self) -> list[str]:
        """What must never be wrong: raw exact, watermark durable, books in order, no row half written."""
        with self._connection.transaction():
            return [*self._raw(), *self._progress(), *self._books(), *self._doubles()]

    def settled(self) -> list[str]:
        """``standing``, nothing left to do, and every row as the source says."""
        found = self.standing()
        waiting = self._rows("SELECT count(*) FROM syncline.pending")[0][0]
        found += [f"{waiting} responses are pending"] if waiting else []
        return [*found, *self._people(), *self._badges(), *self._letters()]

    def _raw(self) -> list[str]:
        """Every stored body is one that the source sent, to the byte."""
        found = []
        rows = self._rows(
            "SELECT r.id, s.name, r.sha256, r.length, b.bytes, r.records FROM syncline.response r"
            " JOIN syncline.stream t ON t.id = r.stream JOIN syncline.source s ON s.id = t.source"
            " LEFT JOIN syncline.body b ON b.month = r.body_month AND b.sha256 = r.sha256"
            " WHERE r.id <> ALL (%s)",
            list(self._bodies),
        )
        for raw_id, name, digest, length, packed, records in rows:
            if packed is None:
                found.append(f"response {raw_id} has no body")
                continue
            body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=length)
            if hashlib.sha256(body).digest() != digest:
                found.append(f"response {raw_id} is not what its digest says")
            if digest.hex() not in self._source.people[name].sent:
                found.append(f"response {raw_id} is nothing that the source sent")
            held = [(row["id"], row["changed"]) for row in json.loads(body)["people"]]
            if len(held) != records:
                found.append(f"response {raw_id} holds {len(held)} records and says {records}")
            self._bodies[raw_id] = (name, held)
        return found

    def _progress(self) -> list[str]:
        """Whatever changed at or before the watermark is in raw; no watermark goes back."""
        found = []
        rows = self._rows(
            "SELECT s.name, p.watermark ->> 'value' FROM syncline.progress p"
            " JOIN syncline.stream t ON t.id = p.stream JOIN syncline.source s ON s.id = t.source"
            " WHERE p.watermark IS NOT NULL"
        )
        durable = {(name, *each) for name, held in self._bodies.values() for each in held}
        for name, text in rows:
            mark = dt.datetime.fromisoformat(text).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            if mark < self._watermarks.get(name, ""):
                found.append(f"the watermark of {name} went back to {mark}")
            self._watermarks[name] = mark
            missing = [
                row["id"]
                for row in self._source.people[name].ordered
                if row["changed"] <= mark and (name, row["id"], row["changed"]) not in durable
            ]
            if missing:
                found.append(f"the watermark of {name} is ahead of {len(missing)} records: {missing[:3]}")
        return found

    def _books(self) -> list[str]:
        """Each response under each mapping: pending, or in the ledger with as many records as it holds."""
        found = []
        rows = self._rows(
            "SELECT r.id, m.name, p.response IS NOT NULL, l.records, l.changed + l.same + l.stale"
            " + l.filtered + l.dead FROM syncline.response r CROSS JOIN syncline.mapping m"
            " LEFT JOIN syncline.pending p ON p.response = r.id AND p.mapping = m.id"
            " LEFT JOIN syncline.ledger l ON l.raw_id = r.id AND l.mapping = m.id"
        )
        for raw_id, mapping, pending, records, total in rows:
            held = len(self._bodies[raw_id][1])
            if pending == (records is not None):
                found.append(f"response {raw_id}, {mapping}: pending {pending}, in the ledger {not pending}")
            if records is not None and not records == total == held:
                found.append(f"response {raw_id}, {mapping}: {held} records, {records} booked, sum {total}")
        return found

    def _doubles(self) -> list[str]:
        """One row an identity, no row without a record that speaks, whatever moment it is."""
        if self._rows("SELECT to_regclass('canonical.person')")[0][0] is None:
            return []
        doubled = self._rows(
            "SELECT lower(trim(email)) FROM canonical.person GROUP BY 1 HAVING count(*) > 1"
            " UNION ALL SELECT _source || ' ' || _key FROM syncline.contribution_badge"
            " WHERE _fate = 0 GROUP BY 1 HAVING count(*) > 1"
            " UNION ALL SELECT id::text FROM canonical.person p WHERE NOT EXISTS (SELECT FROM"
            " syncline.contribution_person c WHERE c._entity_id = p.id AND c._fate = 0)"
        )
        return [f"there twice, or without ground: {doubled[:3]}"] if doubled else []

    def _said(self, number: int) -> dict[str, dict[str, Any]]:
        return {
            name: people.said[number] for name, people in self._source.people.items() if number in people.said
        }

    def _people(self) -> list[str]:
        """The fold, as the policy has it: ``staff`` first, for pay ``desk`` first."""
        wanted = {}
        numbers = {number for people in self._source.people.values() for number in people.said}
        for number in numbers:
            said = self._said(number)
            first, payer = said.get("staff") or said["desk"], said.get("desk") or said["staff"]
            wanted[f"person{number}@example.org"] = (first["email"], first["name"], Decimal(payer["pay"]))
        rows = self._rows("SELECT id::text, email, name, pay FROM canonical.person")
        had = {row[1].strip().lower(): row[1:] for row in rows}
        found = _differences("person", wanted, had)
        for raw_id, email, *_ in rows:
            known = self._ids.setdefault(email.strip().lower(), raw_id)
            if known != raw_id:
                found.append(f"{email} was {known} and is {raw_id}")
        return found

    def _badges(self) -> list[str]:
        wanted = {}
        for people in self._source.people.values():
            for number, row in people.rows.items():
                if "gone" not in row:
                    holder = f"person{number}@example.org" if number in people.said else None
                    wanted[row["id"]] = (f"badge-{row['badge']}", holder)
        rows = self._rows(
            "SELECT c._key, b.label, lower(trim(p.email)) FROM canonical.badge b"
            " JOIN syncline.contribution_badge c ON c._entity_id = b.id AND c._fate = 0"
            " LEFT JOIN canonical.person p ON p.id = b.holder"
        )
        had = {key: (label, holder) for key, label, holder in rows}
        for key, (label, holder) in wanted.items():
            if holder is None and key in had:  # their record cannot be read now: any former link is right
                wanted[key] = (label, had[key][1])
        count = self._rows("SELECT count(*) FROM canonical.badge")[0][0]
        found = _differences("badge", wanted, had)
        return found if count == len(wanted) else [*found, f"{count} badges, not {len(wanted)}"]

    def _letters(self) -> list[str]:
        wanted = {
            row["id"]: row["changed"]
            for people in self._source.people.values()
            for row in people.rows.values()
            if row.get("pay") == BAD
        }
        rows = self._rows("SELECT subject, to_timestamp(version / 1e6) FROM syncline.dead_letter")
        had = {key: when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for key, when in rows}
        return _differences("dead letter", wanted, had)


def _differences(what: str, wanted: dict[str, Any], had: dict[str, Any]) -> list[str]:
    found = []
    for verb, keys in (
        ("missing", wanted.keys() - had.keys()),
        ("too many", had.keys() - wanted.keys()),
        ("wrong", {key for key in wanted.keys() & had.keys() if wanted[key] != had[key]}),
    ):
        if keys:
            key = min(keys)
            found.append(
                f"{what}: {len(keys)} {verb}, as {key}: wanted {wanted.get(key)}, had {had.get(key)}"
            )
    return found
