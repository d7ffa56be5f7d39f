"""Whether a response came before is looked up by its digest, however many came meanwhile."""

from __future__ import annotations

import pytest

from engine.store import ledger, months
from engine.store.database import Database
from engine.store.planner import INDEXED

pytestmark = pytest.mark.database

_MANY = """
INSERT INTO syncline.response (month, id, stream, partition, run, position, request, status, headers,
    fetched_at, sha256, body_month, length, wire_length, coding, records, verdict)
SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date, n, 1, '', 1, n, '{}', 200, '{}', now(),
    sha256(n::text::bytea), date_trunc('month', now() AT TIME ZONE 'UTC')::date, 1, 1, 'identity', 500, 0
FROM generate_series(1, 20000) n
"""


@pytest.mark.parametrize("known", [False, True], ids=["no statistics", "statistics"])
def test_twins_are_found_by_digest(database: Database, *, known: bool) -> None:
    """The order of the answer is that of the requests, and an index in that order would be walked."""
    with database.connect() as connection:
        months.make_ahead(connection)
        connection.execute(_MANY)
        if known:
            connection.execute("ANALYZE syncline.response")
        connection.execute(INDEXED)
        names = {"mapping": 1, "activation": 1, "responses": list(range(19_990, 20_001))}
        rows = connection.execute(f"EXPLAIN {ledger.TWINS}", names).fetchall()
    plan = "\n".join(line for (line,) in rows)
    assert "stream_sha256" in plan
    assert "stream_position" not in plan
