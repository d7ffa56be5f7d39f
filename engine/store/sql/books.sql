-- name: tallies (what became of the staged rows of each response)
SELECT raw_id, tally, count(*) FROM {work} WHERE tally IS NOT NULL GROUP BY raw_id, tally

-- name: rests (responses on which the unchanged rows of each response rest)
SELECT DISTINCT raw_id, was_raw FROM {work} WHERE kind = 0 AND was_raw <> raw_id

-- name: resting (indexed: contributions on those responses and on itself)
SELECT u.raw_id, sum(n)::int8
FROM unnest(%(owners)s::int8[], %(members)s::int8[]) u(raw_id, member)
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM {contribution} c WHERE c._raw_id = u.member AND c._dead_run IS NULL
) c
GROUP BY u.raw_id

-- name: ledger (one row a response and mapping: in = the sum of the rest)
INSERT INTO syncline.ledger (raw_id, mapping, activation, records, changed, same, stale, filtered, dead, keys, rests, resting)
VALUES (%(raw_id)s, %(mapping)s, %(activation)s, %(records)s, %(changed)s, %(same)s, %(stale)s, %(filtered)s,
        %(dead)s, %(keys)s, %(rests)s, %(resting)s)
ON CONFLICT (raw_id, mapping, activation) DO UPDATE SET
    records = excluded.records, changed = excluded.changed, same = excluded.same, stale = excluded.stale,
    filtered = excluded.filtered, dead = excluded.dead, keys = excluded.keys, twin = NULL,
    rests = excluded.rests, resting = excluded.resting

-- name: done (a response is done only with the rows it produced)
DELETE FROM syncline.pending
WHERE stream = %(stream)s AND mapping = %(mapping)s AND response = ANY (%(responses)s::int8[])

-- name: any_letters (most batches have none to look after)
SELECT 1 FROM syncline.dead_letter
WHERE mapping = %(mapping)s AND source = %(source)s AND stream = %(stream)s LIMIT 1

-- name: open_letters (only those that nothing newer has answered)
INSERT INTO syncline.dead_letter AS d (
    mapping, source, stream, subject, key, raw_id, place, version, position, stage, problems, activation,
    first, last, attempts, hash, state)
SELECT %(mapping)s, %(source)s, %(stream)s, x.subject, x.key, x.raw_id, x.place, x.version, x.position,
       x.stage, x.problems::jsonb, %(activation)s, now(), now(), 1, x.hash,
       CASE WHEN (
           SELECT e.what FROM syncline.dead_letter_decision e
           WHERE e.mapping = %(mapping)s AND e.source = %(source)s AND e.stream = %(stream)s
             AND e.subject = x.subject AND (e.raw_id = x.raw_id OR e.hash = x.hash)
           ORDER BY e.id DESC LIMIT 1) = 'discard'
       THEN 'discarded' ELSE 'open' END
FROM unnest(%(subjects)s::text[], %(keys)s::text[], %(raw_ids)s::int8[], %(places)s::int4[],
            %(versions)s::int8[], %(positions)s::int8[], %(stages)s::text[], %(problems)s::text[],
            %(hashes)s::int8[])
    x(subject, key, raw_id, place, version, position, stage, problems, hash)
WHERE NOT EXISTS (
    SELECT 1 FROM {contribution} c
    WHERE c._source = %(source)s AND c._stream = %(stream)s AND c._key = x.subject AND c._incarnation >= 0
      AND (c._incarnation, c._version, c._position, c._place)
        > ({of_x}, x.version, x.position, x.place) OFFSET 0)
  AND NOT EXISTS (  -- nor what the same batch says later: unchanged, it moved no contribution
    SELECT 1 FROM {work} w JOIN {stage} s ON s._key = w.key
    WHERE w.key = x.subject AND w.kind <> 1 AND w.kind <> 6
      AND (w.incarnation, s._version, s._position, s._place)
        > ({of_x}, x.version, x.position, x.place) OFFSET 0)
ORDER BY x.subject
ON CONFLICT (mapping, source, stream, subject) DO UPDATE SET
    key = excluded.key, raw_id = excluded.raw_id, place = excluded.place, version = excluded.version,
    position = excluded.position, stage = excluded.stage, problems = excluded.problems,
    activation = excluded.activation, last = excluded.last, attempts = d.attempts + 1, state = excluded.state,
    hash = excluded.hash
WHERE ({of_d}, d.version, d.position, d.place)
   <= ({of_excluded}, excluded.version, excluded.position, excluded.place)
RETURNING d.subject

-- name: answer_letters (a good version that is as new ends them)
DELETE FROM syncline.dead_letter d USING {work} w JOIN {stage} s ON s._key = w.key
WHERE d.mapping = %(mapping)s AND d.source = %(source)s AND d.stream = %(stream)s AND d.subject = w.key
  AND d.subject = ANY (ARRAY(SELECT key FROM {work})) AND w.kind <> 1 AND w.kind <> 6
  AND (d.stage <> 'settle' OR w.kind <> 0)
  AND ({of_d}, d.version, d.position, d.place) <= (w.incarnation, s._version, s._position, s._place)

-- name: incarnation (of what a letter is about: the deletes, that nobody marked, which it comes after)
(SELECT count(*) FROM syncline.tombstone b
 WHERE b.source = %(source)s AND b.stream = %(stream)s AND b.key {of_record}
   AND syncline.outlives({letter}.version, {letter}.position, b.ordered, b.said, b.position))

-- name: answer_responses (so does the same response, when it maps now)
DELETE FROM syncline.dead_letter d
WHERE d.mapping = %(mapping)s AND d.raw_id = ANY (%(responses)s::int8[]) AND d.subject <> ALL (%(subjects)s::text[])
  AND d.stage <> 'settle'
