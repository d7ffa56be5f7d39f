-- name: unpark (what a newer version points at counts, not what the older one did)
DELETE FROM syncline.open_ref o USING {work} w
WHERE o.entity = %(entity)s AND o.id = w.eid AND o.field = %(field)s AND w.kind IN (3, 6, 7)

-- name: park (references whose parent has not come)
INSERT INTO syncline.open_ref (entity, id, field, source, stream, key)
SELECT DISTINCT ON (w.eid) %(entity)s, w.eid, %(field)s, %(source)s, %(stream)s, s.{column}
FROM {work} w JOIN {stage} s ON s._key = w.key
{parents_here}
WHERE w.kind IN (2, 3, 7) AND w.lives AND s.{column} IS NOT NULL AND {parent} IS NULL
ORDER BY w.eid, s._key
ON CONFLICT (entity, id, field) DO UPDATE
    SET source = excluded.source, stream = excluded.stream, key = excluded.key

-- name: linked (indexed: open references to records that came with this batch)
INSERT INTO _linked
SELECT o.entity, o.id, o.field, w.eid
FROM {work} w
JOIN syncline.open_ref o ON o.source = %(source)s AND o.stream = %(stream)s AND o.key = w.key
WHERE w.kind IN (2, 7)

-- name: link_contributions (indexed: what the record says is complete now)
UPDATE {contribution} c SET {column} = l.parent
FROM _linked l
WHERE l.entity = %(entity)s AND l.field = %(field)s AND c._entity_id = l.id AND c.{column} IS NULL
  AND c._said & {bit} <> 0 AND c._stream = ANY (%(streams)s::int4[])

-- name: link_sole (indexed: the only contributor's canonical row is what it says)
UPDATE {canonical} o SET {column} = l.parent, _won = ARRAY[o._won[1] | {bit}]
FROM (SELECT id, parent FROM _linked WHERE entity = %(entity)s AND field = %(field)s ORDER BY id) l
WHERE o.id = l.id AND o.{column} IS NULL

-- name: unpark_linked (indexed: done)
DELETE FROM syncline.open_ref o USING _linked l
WHERE o.entity = %(entity)s AND o.field = %(field)s AND l.entity = o.entity AND l.field = o.field AND o.id = l.id

-- name: touch_linked (their entities are folded anew)
INSERT INTO _touched SELECT DISTINCT l.id, true, false, 0 FROM _linked l
WHERE l.entity = %(entity)s AND l.field = %(field)s ORDER BY l.id
