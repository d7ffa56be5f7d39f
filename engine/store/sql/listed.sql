-- name: forget (what these responses listed when they were read before)
DELETE FROM syncline.tombstone WHERE raw_id = ANY (%(responses)s::int8[]) RETURNING key

-- name: list (a delete counts once: where it was listed first)
INSERT INTO syncline.tombstone (source, stream, key, run, position, raw_id, said, ordered)
SELECT DISTINCT ON (x.key, x.said)
       %(source)s, %(stream)s, x.key, r.run, r.position, r.id, x.said, %(ordered)s
FROM unnest(%(keys)s::text[], %(saids)s::int8[], %(raw_ids)s::int8[]) x(key, said, raw_id)
JOIN syncline.response r ON r.id = x.raw_id
WHERE NOT EXISTS (
    SELECT 1 FROM syncline.tombstone t
    WHERE t.source = %(source)s AND t.stream = %(stream)s AND t.key = x.key AND t.said = x.said
      AND t.raw_id IS NOT NULL AND t.position < r.position)
ORDER BY x.key, x.said, r.position, r.id
ON CONFLICT (source, stream, key, run, said) DO UPDATE SET
    position = excluded.position, raw_id = excluded.raw_id, ordered = excluded.ordered

-- name: chosen (contributions of the records in question that have come)
c._source = %(source)s AND c._stream = %(stream)s AND c._key = ANY (%(chosen)s::text[])
AND c._incarnation >= 0

-- name: chosen_opened (of a record: its own, and its elements')
c._source = %(source)s AND c._stream = %(stream)s AND c._incarnation >= 0
AND (c._record = ANY (%(chosen)s::text[]) OR c._key = ANY (%(records)s::text[]))

-- name: outlived (the delete that a version of a record does not come after; the first)
(SELECT t.raw_id FROM syncline.tombstone t
 WHERE t.source = c._source AND t.stream = c._stream AND t.key {tombstone_key} AND NOT {outlives}
   AND t.raw_id IS NOT NULL
 ORDER BY t.position LIMIT 1)

-- name: ending (how many records each response ends)
SELECT {outlived}, count(*) FROM {contribution} c
WHERE {chosen} AND c._dead_run IS NULL AND c._fate = {fate} AND {outlived} IS NOT NULL GROUP BY 1

-- name: rebury (their incarnations, and who is dead; a delete that is not listed any more revives nobody: that
-- is for the record itself, which is read again)
UPDATE {contribution} c SET _incarnation = n.before, _dead_run = coalesce(n.run, c._dead_run)
FROM (SELECT c._source, c._stream, c._key, b.* FROM {contribution} c {buried} WHERE {chosen}) n
WHERE c._source = n._source AND c._stream = n._stream AND c._key = n._key
  AND (c._incarnation, c._dead_run) IS DISTINCT FROM (n.before, coalesce(n.run, c._dead_run))

-- name: graves (deletes that nobody marked, of these keys; when, where it is compared with versions)
SELECT t.key, t.position, CASE WHEN t.ordered THEN t.said END FROM syncline.tombstone t
WHERE t.source = %(source)s AND t.stream = %(stream)s AND t.key = ANY (%(keys)s::text[])
