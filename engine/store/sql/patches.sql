-- name: create_patches (the patches of a batch that stand, beside the stage of what they say together)
CREATE TEMPORARY TABLE _patches (
    key text COLLATE "C", version int8, position int8, place int4, raw_id int8, activation int4, fate int2,
    founded int8, says jsonb
) ON COMMIT DELETE ROWS

-- name: read (indexed: what is kept of the keys of a batch)
SELECT p.key, p.version, p.position, p.place, p.raw_id, p.activation, p.fate, p.founded, p.says
FROM unnest(%(keys)s::text[]) x(key)
CROSS JOIN LATERAL (
    SELECT * FROM syncline.patch p
    WHERE p.mapping = %(mapping)s AND p.stream = %(stream)s AND p.key = x.key OFFSET 0
) p

-- name: graves (where enumerations ended these keys)
SELECT t.key, array_agg(t.position ORDER BY t.position) FROM syncline.tombstone t
WHERE t.source = %(source)s AND t.stream = %(stream)s AND t.key = ANY (%(keys)s::text[]) GROUP BY t.key

-- name: keep (sorted, so that rivals cannot deadlock; which of two makings of one patch counts is decided before)
INSERT INTO syncline.patch (mapping, stream, key, position, place, version, raw_id, activation, fate, founded, says)
SELECT %(mapping)s, %(stream)s, s.key, s.position, s.place, s.version, s.raw_id, s.activation, s.fate, s.founded, s.says
FROM _patches s ORDER BY s.key, s.position, s.place
ON CONFLICT (mapping, stream, key, position, place) DO UPDATE SET
    version = excluded.version, raw_id = excluded.raw_id, activation = excluded.activation,
    fate = excluded.fate, founded = excluded.founded, says = excluded.says

-- name: drop (indexed: of which nothing counts any more, whatever still comes)
DELETE FROM syncline.patch WHERE ctid = ANY (ARRAY(
    SELECT p.ctid FROM unnest(%(keys)s::text[], %(positions)s::int8[], %(places)s::int4[]) x(key, position, place)
    CROSS JOIN LATERAL (
        SELECT p.ctid FROM syncline.patch p
        WHERE p.mapping = %(mapping)s AND p.stream = %(stream)s AND p.key = x.key
          AND p.position = x.position AND p.place = x.place OFFSET 0
    ) p))

-- name: verdicts (what became of each key)
SELECT key, tally FROM {work} WHERE tally IS NOT NULL

-- name: answer (letters about wholes that are sound now, and about patches of which nothing counts any more)
DELETE FROM syncline.dead_letter d
WHERE d.mapping = %(mapping)s AND d.source = %(source)s AND d.stream = %(stream)s
  AND d.subject = ANY (%(subjects)s::text[])
