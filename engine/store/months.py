"""Partitions of raw, one a month, made before they are needed."""

from __future__ import annotations

from engine.store.database import Connection

_AHEAD = 2
"""Months after the database's current one."""

_MAKE = f"""
DO $do$
DECLARE
    start date;
    made text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('syncline.months', 0));
    FOR ahead IN 0..{_AHEAD} LOOP
        start := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead);
        FOREACH made IN ARRAY ARRAY['response', 'body'] LOOP
            IF to_regclass(format('syncline.%I', made || to_char(start, '_YYYY_MM'))) IS NULL THEN
                EXECUTE format(
                    'CREATE TABLE syncline.%I PARTITION OF syncline.%I FOR VALUES FROM (%L) TO (%L)',
                    made || to_char(start, '_YYYY_MM'), made, start, (start + interval '1 month')::date);
            END IF;
        END LOOP;
    END LOOP;
END
$do$
"""


def make_ahead(connection: Connection) -> None:
    """Make the partitions of this month and the next; commits. Waits for writers only to make one."""
    connection.execute(_MAKE)
    connection.commit()
