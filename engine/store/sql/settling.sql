-- name: create_standing (what is wrong with records between them, one row a reason)
CREATE TEMPORARY TABLE _standing (
    mapping int4, source int2, stream int4, subject text COLLATE "C", raw_id int8, place int4, version int8,
    position int8, activation int4, hash int8, nth int4, problem jsonb
) ON COMMIT DELETE ROWS

-- name: waiting (indexed: records of withheld rows, one of whose references must lead somewhere)
INSERT INTO _standing
SELECT %(mapping)s, c._source, c._stream, c._key, c._raw_id, c._place, c._version, c._position, c._activation,
       nullif(c._hash, 0),
       {bit}, jsonb_build_object('code', 'reference-open', 'message', {message}, 'field', %(field)s::text, 'rule', NULL)
FROM {contribution} c
LEFT JOIN LATERAL (
    SELECT o.key FROM syncline.open_ref o
    WHERE o.entity = %(entity)s AND o.by_stream = c._stream AND o.by_key = c._key AND o.field = %(field)s OFFSET 0
) o ON true
WHERE c._fate = 0 AND c._dead_run IS NULL AND c.{column} IS NULL AND c._entity_id IS NOT NULL
  AND c._source = %(source)s AND c._stream = %(stream)s
  AND (%(of)s::uuid IS NULL OR c._entity_id = %(of)s)
  AND NOT EXISTS (SELECT 1 FROM {canonical} r WHERE r.id = c._entity_id OFFSET 0)

-- name: clashing (indexed: records of rows that say what an older entity says)
INSERT INTO _standing
SELECT %(mapping)s, c._source, c._stream, c._key, c._raw_id, c._place, c._version, c._position, c._activation,
       nullif(c._hash, 0),
       {nth}, jsonb_build_object('code', 'not-unique', 'message', {message} || u.before || coalesce(
           (SELECT ' (' || s.name || '.' || t.name || ' ' || f._key || ')' FROM {contribution} f
            JOIN syncline.stream t ON t.id = f._stream JOIN syncline.source s ON s.id = f._source
            WHERE f._entity_id = u.before AND f._fate = 0 AND f._dead_run IS NULL
            ORDER BY f._source, f._stream, f._key LIMIT 1), ''), 'field', NULL, 'rule', NULL)
FROM syncline.unique_value u
CROSS JOIN LATERAL (
    SELECT * FROM {contribution} c WHERE c._entity_id = u.id AND c._fate = 0 AND c._dead_run IS NULL OFFSET 0
) c
WHERE u.entity = %(entity)s AND u.name = %(name)s AND u.before IS NOT NULL
  AND c._source = %(source)s AND c._stream = %(stream)s AND (%(of)s::uuid IS NULL OR u.id = %(of)s)

-- name: broken (indexed: records of rows that a constraint over their lines is false of)
INSERT INTO _standing
SELECT %(mapping)s, c._source, c._stream, c._key, c._raw_id, c._place, c._version, c._position, c._activation,
       nullif(c._hash, 0),
       {nth}, jsonb_build_object('code', 'lines-broken', 'message', b.message, 'field', NULL, 'rule', NULL)
FROM syncline.broken b
CROSS JOIN LATERAL (
    SELECT * FROM {contribution} c WHERE c._entity_id = b.id AND c._fate = 0 AND c._dead_run IS NULL OFFSET 0
) c
WHERE b.entity = %(entity)s AND b.name = %(name)s
  AND c._source = %(source)s AND c._stream = %(stream)s AND (%(of)s::uuid IS NULL OR b.id = %(of)s)

-- name: at_odds (indexed: records of rows that break their contract by what they are held to)
INSERT INTO _standing
SELECT %(mapping)s, c._source, c._stream, c._key, c._raw_id, c._place, c._version, c._position, c._activation,
       nullif(c._hash, 0),
       {nth} + x.nth, jsonb_build_object('code', 'pin-at-odds', 'message', x.message, 'field', NULL, 'rule', NULL)
FROM unnest(%(ids)s::uuid[], %(messages)s::text[]) WITH ORDINALITY x(id, message, nth)
CROSS JOIN LATERAL (
    SELECT * FROM {contribution} c WHERE c._entity_id = x.id AND c._fate = 0 AND c._dead_run IS NULL OFFSET 0
) c
WHERE c._source = %(source)s AND c._stream = %(stream)s

-- name: settled (letters about what holds by now)
DELETE FROM syncline.dead_letter d
WHERE d.mapping = ANY (%(mappings)s::int4[]) AND d.stage = 'settle' AND NOT EXISTS (
    SELECT 1 FROM _standing s
    WHERE s.mapping = d.mapping AND s.source = d.source AND s.stream = d.stream AND s.subject = d.subject)

-- name: unsettled (a letter a record, unless it has another; sorted, so that rivals cannot deadlock)
WITH opened AS (
    INSERT INTO syncline.dead_letter AS d (
        mapping, source, stream, subject, key, raw_id, place, version, position, stage, problems, activation,
        first, last, attempts, hash, state)
    SELECT s.mapping, s.source, s.stream, s.subject, s.subject, s.raw_id, s.place, s.version, s.position,
           'settle', s.problems, s.activation, now(), now(), 1, s.hash,
           CASE WHEN (
               SELECT e.what FROM syncline.dead_letter_decision e
               WHERE e.mapping = s.mapping AND e.source = s.source AND e.stream = s.stream
                 AND e.subject = s.subject AND (e.raw_id = s.raw_id OR e.hash = s.hash)
               ORDER BY e.id DESC LIMIT 1) = 'discard'
           THEN 'discarded' ELSE 'open' END
    FROM (
        SELECT mapping, source, stream, subject, raw_id, place, version, position, activation, hash,
               jsonb_agg(problem ORDER BY nth) AS problems
        FROM _standing GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    ) s
    ORDER BY s.mapping, s.source, s.stream, s.subject
    ON CONFLICT (mapping, source, stream, subject) DO UPDATE SET
        raw_id = excluded.raw_id, place = excluded.place, version = excluded.version,
        position = excluded.position, problems = excluded.problems, activation = excluded.activation,
        last = excluded.last, attempts = d.attempts + 1, state = excluded.state, hash = excluded.hash
    WHERE d.stage = 'settle'
      AND (d.raw_id, d.problems, d.state, d.hash)
        IS DISTINCT FROM (excluded.raw_id, excluded.problems, excluded.state, excluded.hash)
    RETURNING d.state, d.attempts
)
SELECT count(*) FROM opened WHERE state = 'open' AND attempts = 1
