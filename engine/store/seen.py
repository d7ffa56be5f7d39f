"""Which records did a run hold? Each response's ledger row keeps 8-byte hashes of its records' keys."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from engine.store.database import Connection
from engine.store.ledger import KEY_HASH

_KEYS = """
SELECT r.id, l.raw_id IS NOT NULL, coalesce(l.keys, t.keys)
FROM syncline.response r
LEFT JOIN LATERAL (
    SELECT * FROM syncline.ledger l WHERE l.raw_id = r.id AND l.mapping = %(mapping)s
    ORDER BY l.activation DESC LIMIT 1
) l ON true
LEFT JOIN LATERAL (
    SELECT * FROM syncline.ledger t WHERE t.raw_id = l.twin AND t.mapping = %(mapping)s
    ORDER BY t.activation DESC LIMIT 1
) t ON true
WHERE r.run = %(run)s AND r.stream = %(stream)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was staged of a run."""

    came: int
    """Records that it held."""
    unloaded: int | None
    """A response of it that is not loaded yet, if there is one."""


def stage_seen(connection: Connection, names: Mapping[str, int]) -> Seen:
    """Add the hashes of all keys in the responses of a run, as a mapping read them, to ``_seen``."""
    connection.execute("CREATE TEMPORARY TABLE IF NOT EXISTS _seen (hash int8) ON COMMIT DELETE ROWS")
    rows = connection.execute(_KEYS, names).fetchall()
    came = 0
    with connection.cursor() as cursor, cursor.copy("COPY _seen FROM STDIN") as copy:
        for _, _, keys in rows:
            if keys:
                numbers = struct.unpack(f">{len(keys) // 8}q", keys)
                came += len(numbers)
                copy.write("\n".join(map(str, numbers)) + "\n")
    return Seen(came=came, unloaded=next((row[0] for row in rows if not row[1]), None))


def unseen(*keys: str) -> str:
    """Of a record with a key that may be written in these ways: no response staged in ``_seen`` held it."""
    return " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM _seen WHERE _seen.hash = {KEY_HASH.format(key=key)})" for key in keys
    )
