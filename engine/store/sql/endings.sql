-- name: ended (records of an entity that speak no more, and the delete that each does not come after; the first)
SELECT s.name, m.name, c._key, c._fate, coalesce(r._raw_id, c._raw_id), c._record IS NOT NULL, c._dead_run, b.raw_id, b.key
FROM {contribution} c
JOIN syncline.stream m ON m.id = c._stream
JOIN syncline.source s ON s.id = c._source
LEFT JOIN LATERAL (  -- of an element, the record that no longer has it
    SELECT r._raw_id FROM {contribution} r
    WHERE r._source = c._source AND r._stream = c._stream AND r._key = c._record || '/' AND c._fate = 2) r ON true
LEFT JOIN LATERAL (
    SELECT t.raw_id, t.key FROM syncline.tombstone t
    WHERE t.source = c._source AND t.stream = c._stream AND t.key {tombstone_key} AND NOT {outlives}
      AND t.raw_id IS NOT NULL AND t.run = c._dead_run
    ORDER BY t.position LIMIT 1) b ON true
WHERE c._entity_id = %(id)s AND (c._fate IN (1, 2) OR c._fate = 0 AND c._dead_run IS NOT NULL)
ORDER BY s.name, m.name, c._key
