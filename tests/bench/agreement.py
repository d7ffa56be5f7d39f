"""Did both loaders do the work? Asked before any figure is printed: forgetting work is fast."""

from __future__ import annotations

import psycopg

_OURS = """
SELECT employee_number, full_name, primary_email, mobile, manager_id, started_on, salary::numeric(20, 2),
       salary_currency, fte, round(weight, 6), round(height, 6), latitude, longitude, tags, last_event,
       last_event_on, first_event_on, events, updated_at, edition, etag
FROM canonical.person ORDER BY employee_number COLLATE "C"
"""
_THEIRS = """
SELECT id, full_name, primary_email, mobile, manager_id, started_on, salary::numeric(20, 2),
       salary_currency, fte, round(weight, 6), round(height, 6), latitude, longitude, tags, last_event,
       last_event_on, first_event_on, events, updated_at, version, etag
FROM handwritten.worker ORDER BY id COLLATE "C"
"""


def compare(ours: str, theirs: str, records: int) -> None:
    """Raise ``AssertionError`` unless both databases hold every record, with equal values."""
    with psycopg.connect(ours) as left, psycopg.connect(theirs) as right:
        count = 0
        with left.cursor("ours") as mine, right.cursor("theirs") as other:
            mine.execute(_OURS)
            other.execute(_THEIRS)
            for one, two in zip(mine, other, strict=True):
                if one != two:
                    raise AssertionError(f"the loaders differ: {one} and {two}")
                count += 1
        if count != records:
            raise AssertionError(f"{count} rows of {records}")
        _provenance(left, records)


def _provenance(connection: psycopg.Connection, records: int) -> None:
    """Every record has its contribution, and every response its account."""
    row = connection.execute(
        """SELECT (SELECT count(*) FROM syncline.contribution_person WHERE _fate = 0),
                  (SELECT count(*) FROM canonical.person WHERE cardinality(_won) = 1),
                  (SELECT count(*) FROM syncline.pending),
                  (SELECT count(*) FROM syncline.response r
                   WHERE NOT EXISTS (SELECT FROM syncline.ledger l WHERE l.raw_id = r.id))"""
    ).fetchone()
    if row != (records, records, 0, 0):
        raise AssertionError(f"contributions, winners, pending, unaccounted: {row}")
