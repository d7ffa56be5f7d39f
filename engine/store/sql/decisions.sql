-- name: crowded (live records of one stream on both sides: nothing puts them together)
SELECT s.name || '.' || t.name, array_agg(c._key ORDER BY c._key)
FROM {contribution} c
JOIN syncline.stream t ON t.id = c._stream JOIN syncline.source s ON s.id = c._source
WHERE c._entity_id = ANY (%(ids)s::uuid[]) AND c._fate = 0 AND c._dead_run IS NULL
GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1

-- name: undo (a decision that another one undoes)
UPDATE syncline.identity_decision SET undone = %(decision)s WHERE id = ANY (%(decisions)s::int8[])

-- name: revive (disabled values that only the records of one entity say now)
WITH own AS MATERIALIZED (
    SELECT DISTINCT (k.ordinal - 1)::int2 AS kind, k.value
    FROM {contribution} c CROSS JOIN LATERAL unnest(c._identity) WITH ORDINALITY k(value, ordinal)
    JOIN syncline.identity_key i
      ON i.entity = %(entity)s AND i.kind = k.ordinal - 1 AND i.value = k.value AND i.disabled
    WHERE c._entity_id = %(new)s AND c._fate = 0 AND c._dead_run IS NULL AND k.value IS NOT NULL
), others AS MATERIALIZED (
    SELECT (k.ordinal - 1)::int2 AS kind, k.value
    FROM {contribution} c CROSS JOIN LATERAL unnest(c._identity) WITH ORDINALITY k(value, ordinal)
    WHERE c._identity && ARRAY(SELECT value FROM own) AND c._entity_id <> %(new)s
      AND c._fate = 0 AND c._dead_run IS NULL
)
UPDATE syncline.identity_key i SET disabled = false, entity_id = %(new)s FROM own
WHERE i.entity = %(entity)s AND i.kind = own.kind AND i.value = own.value
  AND NOT EXISTS (SELECT 1 FROM others o WHERE o.kind = own.kind AND o.value = own.value)
RETURNING i.kind, i.value

-- name: apart (two entities that nothing may make one)
INSERT INTO syncline.identity_decision (entity, what, entity_id, other_id, who, why)
VALUES (%(entity)s, 'apart', %(one)s, %(other)s, %(who)s, %(why)s) RETURNING id

-- name: split (an entity is parted, and kept apart)
INSERT INTO syncline.identity_decision (entity, what, entity_id, other_id, who, why)
VALUES (%(entity)s, 'split', %(survivor)s, %(parted)s, %(who)s, %(why)s) RETURNING id

-- name: own_id (of records that had no entity of their own: it begins with when they were parted)
UPDATE syncline.identity_decision d SET other_id =
    overlay(overlay(md5(%(space)s || %(key)s || chr(31) || d.id)
            PLACING lpad(to_hex(floor(extract(epoch FROM d.at) * 1000)::int8 & 281474976710655), 12, '0') || '8'
            FROM 1 FOR 13) PLACING '8' FROM 17 FOR 1)::uuid
WHERE d.id = %(decision)s
RETURNING d.other_id

-- name: parted_members (who went)
INSERT INTO syncline.identity_member (decision, entity_id, source, stream, key)
SELECT %(decision)s, %(parted)s, x.source, x.stream, x.key
FROM unnest(%(sources)s::int2[], %(streams)s::int4[], %(keys)s::text[]) x(source, stream, key)

-- name: part (their records)
UPDATE {contribution} c SET _entity_id = %(parted)s
FROM unnest(%(sources)s::int2[], %(streams)s::int4[], %(keys)s::text[]) x(source, stream, key)
WHERE c._source = x.source AND c._stream = x.stream AND c._key = x.key AND c._entity_id = %(survivor)s

-- name: part_open (what they refer to, and has not come)
UPDATE syncline.open_ref o SET id = %(parted)s
FROM unnest(%(streams)s::int4[], %(keys)s::text[]) x(stream, key)
WHERE o.entity = %(entity)s AND o.by_stream = x.stream AND o.by_key = x.key

-- name: part_redirects (other ids follow their records, where all of them went)
UPDATE syncline.redirect r SET new = %(parted)s
WHERE r.new = %(survivor)s AND EXISTS (
    SELECT 1 FROM syncline.identity_member m WHERE m.decision = r.decision AND m.entity_id = r.old
) AND NOT EXISTS (
    SELECT 1 FROM syncline.identity_member m
    JOIN {contribution} c ON c._source = m.source AND c._stream = m.stream AND c._key = m.key
    WHERE m.decision = r.decision AND m.entity_id = r.old AND c._entity_id = %(survivor)s)

-- name: part_keys (values that only they say)
UPDATE syncline.identity_key i SET entity_id = %(parted)s
FROM unnest(%(kinds)s::int2[], %(values)s::text[]) x(kind, value)
WHERE i.entity = %(entity)s AND i.kind = x.kind AND i.value = x.value
  AND i.entity_id = %(survivor)s AND NOT i.disabled

-- name: part_shared (values that both sides say join nobody any more)
UPDATE syncline.identity_key i SET disabled = true
FROM unnest(%(kinds)s::int2[], %(values)s::text[]) x(kind, value)
WHERE i.entity = %(entity)s AND i.kind = x.kind AND i.value = x.value AND NOT i.disabled
