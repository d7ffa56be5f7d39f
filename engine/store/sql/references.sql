-- name: unpark (what a newer version points at counts, not what the older one did)
DELETE FROM syncline.open_ref o
WHERE o.entity = %(entity)s AND o.by_stream = %(by_stream)s
  AND o.by_key = ANY (ARRAY(SELECT w.key FROM {work} w WHERE {anew} ORDER BY w.key))

-- name: forget (nor do the identity values that it referred by)
DELETE FROM syncline.identity_ref r
WHERE r.entity = %(entity)s AND r.by_stream = %(by_stream)s
  AND r.by_key = ANY (ARRAY(SELECT w.key FROM {work} w WHERE {anew} ORDER BY w.key))

-- name: park (references whose parent has not come)
INSERT INTO syncline.open_ref (entity, id, field, source, stream, key, by_stream, by_key)
SELECT %(entity)s, w.eid, %(field)s, %(source)s, %(stream)s, s.{column}, s._stream, s._key
FROM {work} w JOIN {stage} s ON s._key = w.key
{parents_here}
WHERE w.kind IN (2, 3, 7) AND {says} AND s.{column} IS NOT NULL AND {parent} IS NULL
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

-- name: link_contributions (indexed: what the record says is complete now)
UPDATE {contribution} c SET {column} = l.parent
FROM (
    SELECT l.id, l.by_stream, l.by_key, l.parent FROM _linked l
    WHERE l.entity = %(entity)s AND l.field = %(field)s ORDER BY l.id, l.by_stream, l.by_key OFFSET 0
) l
WHERE c._entity_id = l.id AND c._stream = l.by_stream AND c._key = l.by_key

-- name: link_sole (indexed: the only contributor's canonical row is what it says)
UPDATE {canonical} o SET {column} = l.parent, _won = ARRAY[o._won[1] | {bit}]
FROM (
    SELECT l.id, l.parent FROM _linked l
    WHERE l.entity = %(entity)s AND l.field = %(field)s ORDER BY l.id OFFSET 0
) l
WHERE o.id = l.id

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

-- name: create_sought (identity values that the batch's records refer by, and who holds them)
CREATE TEMPORARY TABLE _sought (
    key text STORAGE PLAIN COLLATE "C", field text STORAGE PLAIN, value text STORAGE PLAIN COLLATE "C", holder uuid
) ON COMMIT DELETE ROWS

-- name: create_moved (identity values whose holder may be another one now)
CREATE TEMPORARY TABLE _moved (kind int2, value text STORAGE PLAIN COLLATE "C") ON COMMIT DELETE ROWS

-- name: seek (indexed: who holds what a field refers by)
INSERT INTO _sought
SELECT s._key, %(field)s, {value}, i.entity_id
FROM {rows} s
LEFT JOIN LATERAL (
    SELECT i.entity_id FROM syncline.identity_key i
    WHERE i.entity = %(target)s AND i.kind = %(kind)s AND i.value = ({value}) AND NOT i.disabled OFFSET 0
) i ON true
WHERE {said} AND ({value}) IS NOT NULL

-- name: found (what the row refers to)
UPDATE {work} w SET {holder} = f.holder FROM _sought f
WHERE f.field = %(field)s AND f.key = w.key AND f.holder IS NOT NULL

-- name: keep (whoever holds the value later is found by it)
INSERT INTO syncline.identity_ref AS r (entity, field, by_source, by_stream, by_key, target, kind, value)
SELECT %(entity)s, f.field, %(by_source)s, %(by_stream)s, f.key, %(target)s, %(kind)s, f.value
FROM _sought f JOIN {work} w ON w.key = f.key
WHERE f.field = %(field)s AND w.kind IN (2, 3, 7) AND {says}
ORDER BY f.key
ON CONFLICT (entity, by_stream, by_key, field) DO UPDATE
    SET target = excluded.target, kind = excluded.kind, value = excluded.value

-- name: moved (identity values that the batch's records began to say, or no longer say)
INSERT INTO _moved
SELECT kind, value FROM _claim UNION SELECT kind, value FROM _released
UNION SELECT * FROM unnest(%(kinds)s::int2[], %(values)s::text[])

-- name: moved_all (every value that anybody refers by)
INSERT INTO _moved SELECT DISTINCT r.kind, r.value FROM syncline.identity_ref r WHERE r.target = %(target)s

-- name: refound (indexed: records whose reference leads to another entity now, or nowhere)
INSERT INTO _linked
SELECT r.entity, c._entity_id, r.field, r.by_stream, r.by_key, i.entity_id
FROM _moved m
CROSS JOIN LATERAL (
    SELECT * FROM syncline.identity_ref r
    WHERE r.target = %(target)s AND r.kind = m.kind AND r.value = m.value
      AND r.entity = %(entity)s AND r.field = %(field)s OFFSET 0
) r
LEFT JOIN LATERAL (
    SELECT i.entity_id FROM syncline.identity_key i
    WHERE i.entity = %(target)s AND i.kind = m.kind AND i.value = m.value AND NOT i.disabled OFFSET 0
) i ON true
CROSS JOIN LATERAL (
    SELECT c._entity_id FROM {contribution} c
    WHERE c._source = r.by_source AND c._stream = r.by_stream AND c._key = r.by_key
      AND {counted} AND c.{column} IS DISTINCT FROM i.entity_id OFFSET 0
) c

-- name: look_again (with no hash nothing is the same: what the responses say is written once more)
WITH again AS (
    UPDATE {child} c SET _hash = 0{beside}
    WHERE c._source = %(source)s AND c._stream = %(stream)s AND {counted} AND {points}
    RETURNING {raw_id} AS raw_id
)
INSERT INTO syncline.pending (stream, mapping, response)
SELECT DISTINCT %(stream)s::int4, %(mapping)s::int4, raw_id FROM again ON CONFLICT DO NOTHING
