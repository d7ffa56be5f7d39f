-- name: unpark (what a newer version points at counts, not what the older one did)
DELETE FROM syncline.open_ref o
WHERE o.entity = %(entity)s AND o.by_stream = %(by_stream)s
  AND o.by_key = ANY (ARRAY(SELECT key FROM {work} WHERE kind IN (3, 6, 7) ORDER BY key))

-- name: park (references whose parent has not come)
INSERT INTO syncline.open_ref (entity, id, field, source, stream, key, by_stream, by_key)
SELECT %(entity)s, w.eid, %(field)s, %(source)s, %(stream)s, s.{column}, s._stream, s._key
FROM {work} w JOIN {stage} s ON s._key = w.key
{parents_here}
WHERE w.kind IN (2, 3, 7) AND w.lives AND s.{column} IS NOT NULL AND {parent} IS NULL
ORDER BY s._key
ON CONFLICT (entity, by_stream, by_key, field) DO UPDATE
    SET id = excluded.id, source = excluded.source, stream = excluded.stream, key = excluded.key

-- name: linked (indexed: open references to records that came with this batch)
INSERT INTO _linked
SELECT o.entity, o.id, o.field, o.by_stream, o.by_key, w.eid
FROM {work} w
CROSS JOIN LATERAL (
    SELECT * FROM syncline.open_ref o
    WHERE o.source = %(source)s AND o.stream = %(stream)s AND o.key = w.key OFFSET 0
) o
WHERE w.kind IN (2, 7)

-- name: link_contributions (what the record says is complete now)
UPDATE {contribution} c SET {column} = l.parent
FROM _linked l
WHERE l.entity = %(entity)s AND l.field = %(field)s AND c._entity_id = l.id
  AND c._stream = l.by_stream AND c._key = l.by_key
  AND c._entity_id = ANY (ARRAY(SELECT id FROM _linked WHERE entity = %(entity)s AND field = %(field)s))

-- name: link_sole (the only contributor's canonical row is what it says)
UPDATE {canonical} o SET {column} = l.parent, _won = ARRAY[o._won[1] | {bit}]
FROM _linked l
WHERE l.entity = %(entity)s AND l.field = %(field)s AND o.id = l.id
  AND o.id = ANY (ARRAY(SELECT id FROM _linked WHERE entity = %(entity)s AND field = %(field)s ORDER BY id))

-- name: unpark_linked (done; one probe of the primary key each, whatever the planner believes)
DELETE FROM syncline.open_ref WHERE ctid = ANY (ARRAY(
    SELECT o.ctid FROM _linked l
    CROSS JOIN LATERAL (
        SELECT ctid FROM syncline.open_ref o
        WHERE o.entity = %(entity)s AND o.by_stream = l.by_stream AND o.by_key = l.by_key
          AND o.field = %(field)s OFFSET 0
    ) o
    WHERE l.entity = %(entity)s AND l.field = %(field)s
))

-- name: touch_linked (their entities are folded anew)
INSERT INTO _touched SELECT DISTINCT l.id, true, false, 0 FROM _linked l
WHERE l.entity = %(entity)s AND l.field = %(field)s ORDER BY l.id
