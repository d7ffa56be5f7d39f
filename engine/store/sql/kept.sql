-- name: create_words (of keys that a marker ends: the newest of what the batch says of them before)
CREATE TEMPORARY TABLE {words} ({stage_columns}) ON COMMIT DELETE ROWS

-- name: create_kept (keys whose words are others now, and the response that said them)
CREATE TEMPORARY TABLE _kept (key text STORAGE PLAIN COLLATE "C", eid uuid, raw_id int8) ON COMMIT DELETE ROWS

-- name: overtaken (what comes after its end may still be the last that was said)
INSERT INTO {words} SELECT s.* FROM {work} w JOIN {stage} s ON s._key = w.key
WHERE w.kind = 1 AND s._fate IN (0, 1)

-- name: found (what they refer to by identity values is whoever holds them)
UPDATE {words} s SET {column} = f.holder::text FROM _sought f WHERE f.field = %(field)s AND f.key = s._key

-- name: ends (how often the record had ended, unmarked, before a version of it)
(SELECT count(*) FROM syncline.tombstone t
 WHERE t.source = c._source AND t.stream = c._stream AND t.key = c._key
   AND syncline.outlives({version}, {position}, t.ordered, t.said, t.position))

-- name: keep (indexed: words of marked keys, where these are newer than those that are kept)
WITH news AS (
    UPDATE {contribution} c SET
        _kept_version = s._version, _kept_position = s._position, _kept_raw_id = s._raw_id,
        _kept_said = s._said, _kept_place = s._place, _kept_activation = s._activation{values}
    FROM (SELECT s.*{parents} FROM {words} s {joins} ORDER BY s._key OFFSET 0) s
    WHERE c._source = s._source AND c._stream = s._stream AND c._key = s._key
      AND c._fate = 2 AND c._record IS NULL AND (c._kept_position IS NULL
        OR ({kept_ends}, c._kept_version, c._kept_position, c._kept_place, c._kept_activation)
        <= ({ends}, s._version, s._position, s._place, s._activation))
    RETURNING c._key, c._entity_id, s._raw_id
)
INSERT INTO _kept SELECT _key, _entity_id, _raw_id FROM news

-- name: touch_many (their entities are folded)
UPDATE _touched t SET many = true WHERE t.id IN (SELECT eid FROM _kept)

-- name: touch (their entities are folded)
INSERT INTO _touched
SELECT k.eid, true, false, max(k.raw_id) FROM _kept k
WHERE k.eid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM _touched t WHERE t.id = k.eid)
GROUP BY k.eid ORDER BY k.eid

-- name: left_many (whom records had belonged to that come anew are folded)
UPDATE _touched t SET many = true
WHERE t.id IN (SELECT former FROM _apart UNION ALL SELECT r.new FROM _apart a JOIN syncline.redirect r ON r.old = a.former)

-- name: left (whom records had belonged to that come anew are folded)
INSERT INTO _touched
SELECT x.id, true, false, max(x.raw_id) FROM (  -- the same batch may have merged them into others
    SELECT coalesce(r.new, a.former) AS id, w.raw_id FROM _apart a JOIN {work} w ON w.key = a.key
    LEFT JOIN syncline.redirect r ON r.old = a.former
) x WHERE NOT EXISTS (SELECT 1 FROM _touched t WHERE t.id = x.id)
GROUP BY x.id ORDER BY x.id

-- name: park (indexed: whom they refer to, and who has not come)
INSERT INTO syncline.open_ref (entity, id, field, source, stream, key, by_stream, by_key)
SELECT %(entity)s, k.eid, %(field)s, %(source)s, %(stream)s, s.{column}, s._stream, s._key
FROM _kept k JOIN {words} s ON s._key = k.key
CROSS JOIN LATERAL (
    SELECT 1 FROM {contribution} c
    WHERE c._source = s._source AND c._stream = s._stream AND c._key = s._key AND c.{column} IS NULL OFFSET 0
) c
WHERE k.eid IS NOT NULL AND s._fate = 0 AND s.{column} IS NOT NULL
ORDER BY s._key
ON CONFLICT (entity, by_stream, by_key, field) DO UPDATE
    SET id = excluded.id, source = excluded.source, stream = excluded.stream, key = excluded.key

-- name: unpark (what older words referred to)
DELETE FROM syncline.{table} r
WHERE r.entity = %(entity)s AND r.by_stream = %(by_stream)s
  AND r.by_key = ANY (ARRAY(SELECT key FROM _kept ORDER BY key))

-- name: seek (whoever holds the value later is found by it)
INSERT INTO syncline.identity_ref AS r (entity, field, by_source, by_stream, by_key, target, kind, value)
SELECT %(entity)s, f.field, %(by_source)s, %(by_stream)s, f.key, %(target)s, %(kind)s, f.value
FROM _sought f JOIN _kept k ON k.key = f.key
WHERE f.field = %(field)s AND k.eid IS NOT NULL
ORDER BY f.key
ON CONFLICT (entity, by_stream, by_key, field) DO UPDATE
    SET target = excluded.target, kind = excluded.kind, value = excluded.value
