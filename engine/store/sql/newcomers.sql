-- name: note (of the batch)
INSERT INTO syncline.newcomer (entity, source, stream, key, id)
SELECT %(entity)s, %(source)s, %(stream)s, w.key, w.eid FROM {work} w
WHERE w.kind = 2 AND NOT EXISTS (  -- all of them are
    SELECT 1 FROM syncline.newcomer e WHERE e.entity = %(entity)s AND e.source = 0 AND e.stream = 0 AND e.key = '')
ORDER BY w.key ON CONFLICT DO NOTHING

-- name: judge (indexed: those that do not live)
UPDATE {contribution} c SET _entity_id = NULL FROM syncline.newcomer n
WHERE n.entity = %(entity)s AND c._source = n.source AND c._stream = n.stream AND c._key = n.key AND c._entity_id = n.id
  AND NOT (c._fate = 0 AND c._dead_run IS NULL)
RETURNING n.source, n.stream, n.key, n.id

-- name: park (who refers to them waits)
INSERT INTO syncline.open_ref (entity, id, field, source, stream, key, by_stream, by_key)
SELECT %(entity)s, c._entity_id, %(field)s, %(source)s, %(stream)s, g.key, c._stream, c._key
FROM {contribution} c
LEFT JOIN {canonical} o ON o.id = c._entity_id
JOIN unnest(%(ids)s::uuid[], %(keys)s::text[]) g(id, key) ON g.id = {row}.{column}
WHERE c._source = %(by_source)s AND c._stream = %(by_stream)s AND {counted}
ORDER BY c._key ON CONFLICT DO NOTHING

-- name: touch (their entities are folded anew)
INSERT INTO _touched
SELECT DISTINCT c._entity_id, true, false, 0 FROM {contribution} c
WHERE c.{column} = ANY (%(ids)s::uuid[]) AND c._source = %(by_source)s AND c._stream = %(by_stream)s
  AND c._entity_id IS NOT NULL ORDER BY 1

-- name: unlink (what they said leads nowhere)
UPDATE {contribution} c SET {column} = NULL
WHERE c.{column} = ANY (%(ids)s::uuid[]) AND c._source = %(by_source)s AND c._stream = %(by_stream)s

-- name: unlink_sole (the only contributor's canonical row is what it says)
UPDATE {canonical} o SET {column} = NULL, _won = ARRAY[{said}]
FROM {contribution} c
WHERE o.{column} = ANY (%(ids)s::uuid[]) AND c._entity_id = o.id AND c._fate = 0 AND c._dead_run IS NULL
