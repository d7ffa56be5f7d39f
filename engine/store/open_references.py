"""Which references wait for somebody, and for whom? Counts over what is stored; reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.records.shapes import EntityShape
from engine.store.database import Connection

EXAMPLES = 3
"""How many of the keys that nobody has come with are shown, the smallest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReferences:
    """References of one field that lead nowhere, because whom they mean has not come."""

    entity: str
    field: str
    waits_for: str
    """``source.stream`` of the record, or ``entity.identity`` of who holds the value."""
    records: int
    """That refer so."""
    examples: Sequence[str]
    """Keys that they say; of identity values none, which may be personal data."""
    awaited: bool
    """The contract requires it: rows are withheld until whom they mean is known."""


_BY_KEY = """
SELECT e.name, o.field, s.name || '.' || t.name, count(*),
       (array_agg(DISTINCT o.key ORDER BY o.key))[:%(examples)s]
FROM syncline.open_ref o
JOIN syncline.entity e ON e.id = o.entity
JOIN syncline.source s ON s.id = o.source
JOIN syncline.stream t ON t.id = o.stream
GROUP BY 1, 2, 3
"""
_BY_IDENTITY = """
SELECT e.name, r.field, h.name, r.kind, count(*)
FROM syncline.identity_ref r
JOIN syncline.entity e ON e.id = r.entity
JOIN syncline.entity h ON h.id = r.target
WHERE NOT EXISTS (
    SELECT 1 FROM syncline.identity_key i
    WHERE i.entity = r.target AND i.kind = r.kind AND i.value = r.value
      AND i.entity_id IS NOT NULL AND NOT i.disabled)
GROUP BY 1, 2, 3, 4
"""


def counted(connection: Connection, shapes: Mapping[str, EntityShape]) -> list[OpenReferences]:
    """All that wait, by entity and field; ``shapes`` name the identities."""
    by_key = connection.execute(_BY_KEY, {"examples": EXAMPLES}).fetchall()
    by_identity = [
        (entity, field, f"{target}.{shapes[target].identity[kind]}", count, ())
        for entity, field, target, kind, count in connection.execute(_BY_IDENTITY).fetchall()
        if target in shapes
    ]
    awaited = {(name, field.name) for name, shape in shapes.items() for field in shape.awaited}
    found = [
        OpenReferences(
            entity=entity,
            field=field,
            waits_for=whom,
            records=count,
            examples=examples,
            awaited=(entity, field) in awaited,
        )
        for entity, field, whom, count, examples in (*by_key, *by_identity)
    ]
    return sorted(found, key=lambda each: (each.entity, each.field, each.waits_for))
