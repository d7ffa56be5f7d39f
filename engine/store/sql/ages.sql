-- name: recorded (the time that the ages in an entity are held against)
(SELECT e.recorded_at FROM syncline.entity e WHERE e.name = {name})

-- name: confirmed (when a contribution was confirmed last: by itself, or with its stream)
coalesce(
    (SELECT r.at FROM syncline.confirmed_record r
     WHERE r.entity = (SELECT e.id FROM syncline.entity e WHERE e.name = {name})
       AND r.stream = {row}._stream AND r.key = {row}._key),
    (SELECT s.at FROM syncline.confirmation s
     WHERE s.entity = (SELECT e.id FROM syncline.entity e WHERE e.name = {name}) AND s.stream = {row}._stream))

-- name: first (without a word on the stream yet, its newest whole run is the first that is asked)
SELECT coalesce(max(id) FILTER (WHERE complete AND (proof ->> 'whole')::bool), max(id)) - 1
FROM syncline.run WHERE stream = %(stream)s

-- name: due (runs that were not asked yet whom they held, and whether they held everything there is)
SELECT r.id, r.started, coalesce(r.complete AND (r.proof ->> 'whole')::bool, false), EXISTS (
    SELECT 1 FROM syncline.response x
    JOIN syncline.pending p ON p.stream = x.stream AND p.response = x.id AND p.mapping = ANY (%(mappings)s::int4[])
    WHERE x.run = r.id AND x.stream = r.stream)
FROM syncline.run r WHERE r.stream = %(stream)s AND r.id > %(run)s ORDER BY r.id

-- name: create_aged (contributions that are behind a line, before a run is asked whom it held)
CREATE TEMPORARY TABLE _aged (key text STORAGE PLAIN COLLATE "C", id uuid, at timestamptz) ON COMMIT DELETE ROWS

-- name: aged_alone (indexed: those with a time of their own)
INSERT INTO _aged
SELECT c._key, c._entity_id, r.at FROM syncline.confirmed_record r
CROSS JOIN LATERAL (
    SELECT * FROM {contribution} c
    WHERE c._source = %(source)s AND c._stream = %(stream)s AND c._key = r.key OFFSET 0
) c
WHERE r.entity = %(entity)s AND r.stream = %(stream)s AND r.at < %(line)s
  AND {counted}

-- name: aged_together (those with the time of their stream)
INSERT INTO _aged
SELECT c._key, c._entity_id, s.at FROM syncline.confirmation s
JOIN {contribution} c ON c._source = %(source)s AND c._stream = s.stream
WHERE s.entity = %(entity)s AND s.stream = %(stream)s AND s.at < %(line)s
  AND {counted} AND NOT EXISTS (
    SELECT 1 FROM syncline.confirmed_record r
    WHERE r.entity = s.entity AND r.stream = s.stream AND r.key = c._key)

-- name: left_behind (whom a whole run did not hold keeps the time that it had)
INSERT INTO syncline.confirmed_record (entity, stream, key, at)
SELECT %(entity)s, %(stream)s, c._key, coalesce(s.at, b.started)
FROM {contribution} c
LEFT JOIN syncline.confirmation s ON s.entity = %(entity)s AND s.stream = %(stream)s
LEFT JOIN LATERAL (
    SELECT n.started FROM syncline.response x JOIN syncline.run n ON n.id = x.run
    WHERE s.at IS NULL AND x.id = c._raw_id LIMIT 1
) b ON true
WHERE c._source = %(source)s AND c._stream = %(stream)s AND c._fate <> 3 AND {unseen}
  AND coalesce(s.at, b.started) IS NOT NULL
ORDER BY c._key
ON CONFLICT DO NOTHING

-- name: held (whom it held has the time of the stream from now on)
DELETE FROM syncline.confirmed_record r USING {contribution} c
WHERE r.entity = %(entity)s AND r.stream = %(stream)s AND r.at <= %(at)s
  AND c._source = %(source)s AND c._stream = %(stream)s AND c._key = r.key AND NOT ({unseen})

-- name: held_alone (a run that did not read everything: whom it held has a time of its own)
INSERT INTO syncline.confirmed_record AS r (entity, stream, key, at)
SELECT %(entity)s, %(stream)s, c._key, %(at)s FROM {contribution} c
WHERE c._source = %(source)s AND c._stream = %(stream)s AND c._fate <> 3 AND NOT ({unseen})
ORDER BY c._key
ON CONFLICT (entity, stream, key) DO UPDATE SET at = excluded.at WHERE r.at < excluded.at

-- name: asked (how far the runs of the stream were asked, and its time, which never goes back)
INSERT INTO syncline.confirmation AS s (entity, stream, run, at)
VALUES (%(entity)s, %(stream)s, %(run)s, %(whole_at)s)
ON CONFLICT (entity, stream) DO UPDATE SET run = excluded.run, at = greatest(s.at, excluded.at)

-- name: younger (entities of those that are in front of a line again)
INSERT INTO _touched
SELECT a.id, true, false, 0 FROM _aged a
LEFT JOIN syncline.confirmed_record r ON r.entity = %(entity)s AND r.stream = %(stream)s AND r.key = a.key
JOIN syncline.confirmation s ON s.entity = %(entity)s AND s.stream = %(stream)s
WHERE EXISTS (
    SELECT 1 FROM unnest(%(lines)s::int8[]) l(age)
    WHERE a.at < %(recorded)s - make_interval(secs => l.age)
      AND coalesce(r.at, s.at) >= %(recorded)s - make_interval(secs => l.age))
GROUP BY a.id ORDER BY a.id

-- name: crossing (indexed: whether anybody crosses a line between two times)
SELECT 1 FROM unnest(%(lines)s::int8[]) l(age)
WHERE EXISTS (SELECT 1 FROM syncline.confirmed_record x WHERE {crosses})
   OR EXISTS (SELECT 1 FROM syncline.confirmation x WHERE {crosses})
LIMIT 1

-- name: crosses (a time on one side of a line before, and on the other now)
x.entity = %(entity)s AND x.at < %(now)s - make_interval(secs => l.age)
AND x.at >= coalesce(%(recorded)s::timestamptz, '-infinity') - make_interval(secs => l.age)

-- name: older (indexed: entities of all who cross)
INSERT INTO _touched
SELECT f.id, true, false, 0 FROM (
    SELECT c._entity_id AS id
    FROM unnest(%(lines)s::int8[]) l(age)
    JOIN syncline.confirmed_record x ON {crosses}
    JOIN syncline.stream t ON t.id = x.stream
    CROSS JOIN LATERAL (
        SELECT * FROM {contribution} c
        WHERE c._source = t.source AND c._stream = t.id AND c._key = x.key OFFSET 0
    ) c
    WHERE {counted}
    UNION
    SELECT c._entity_id
    FROM unnest(%(lines)s::int8[]) l(age)
    JOIN syncline.confirmation x ON {crosses}
    JOIN syncline.stream t ON t.id = x.stream
    CROSS JOIN LATERAL (
        SELECT * FROM {contribution} c WHERE c._source = t.source AND c._stream = t.id OFFSET 0
    ) c
    WHERE {counted} AND NOT EXISTS (
        SELECT 1 FROM syncline.confirmed_record r
        WHERE r.entity = x.entity AND r.stream = x.stream AND r.key = c._key OFFSET 0)
) f
ORDER BY f.id

-- name: hold (nobody else moves a time of the entity until this transaction ends)
SELECT recorded_at, rebuilding FROM syncline.entity WHERE id = %(entity)s FOR NO KEY UPDATE

-- name: pass (time passes)
UPDATE syncline.entity SET recorded_at = %(now)s WHERE id = %(entity)s

-- name: passed (somebody is on another side of a line: time passed, or a run made them young)
INSERT INTO syncline.aging (entity, at, run) VALUES (%(entity)s, %(at)s, %(run)s) RETURNING id

-- name: unasked (whose records no run is asked about any more: their times would be out of date one day)
DELETE FROM syncline.{table} x USING syncline.entity e, syncline.stream t, syncline.source s
WHERE e.name = %(name)s AND x.entity = e.id AND t.id = x.stream AND s.id = t.source
  AND s.name || '.' || t.name <> ALL (%(streams)s::text[])
