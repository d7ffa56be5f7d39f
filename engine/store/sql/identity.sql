-- name: create_released (values that the batch's records no longer say)
CREATE TEMPORARY TABLE _released (
    key text STORAGE PLAIN COLLATE "C", eid uuid, kind int2, value text STORAGE PLAIN COLLATE "C"
) ON COMMIT DELETE ROWS

-- name: create_attach (newcomers whose values somebody holds)
CREATE TEMPORARY TABLE _attach (key text STORAGE PLAIN COLLATE "C", owner uuid, hard bool) ON COMMIT DELETE ROWS

-- name: create_beside (what the records of their holders say of fields that guard joins)
CREATE TEMPORARY TABLE _beside (key text COLLATE "C", guard int2, value text COLLATE "C") ON COMMIT DELETE ROWS

-- name: create_apart (records that return and find their place taken)
CREATE TEMPORARY TABLE _apart (key text STORAGE PLAIN COLLATE "C", former uuid, own uuid) ON COMMIT DELETE ROWS

-- name: returning (whether a record that had ended says something again)
SELECT 1 FROM {work} WHERE kind = 3 AND lives AND NOT lived LIMIT 1

-- name: apart (indexed: an entity has one live record of a stream; of two who return, the first of the keys)
INSERT INTO _apart
SELECT r.key, r.eid,
       overlay(overlay(md5(%(space)s || r.key || chr(31) || r.eid)
               PLACING lpad(to_hex(s._founded & 281474976710655), 12, '0') || '8' FROM 1 FOR 13)
               PLACING '8' FROM 17 FOR 1)::uuid
FROM (
    SELECT w.key, w.eid, row_number() OVER (PARTITION BY w.eid ORDER BY w.key) AS turn
    FROM {work} w WHERE w.kind = 3 AND w.lives AND NOT w.lived
) r JOIN {stage} s ON s._key = r.key
WHERE r.turn > 1 OR EXISTS (
    SELECT 1 FROM {contribution} c
    WHERE c._entity_id = r.eid AND c._source IS NOT DISTINCT FROM %(source)s
      AND c._stream IS NOT DISTINCT FROM %(stream)s AND c._fate = 0 AND c._dead_run IS NULL
      AND c._key <> ALL (%(gone)s::text[]) OFFSET 0)

-- name: apart_work (they come anew)
UPDATE {work} w SET eid = a.own, kind = 2 FROM _apart a WHERE a.key = w.key

-- name: apart_known (though the crosswalk has their keys)
UPDATE {work} w SET kind = 7 FROM _apart a WHERE a.key = w.key AND w.kind = 2

-- name: apart_decision (both are listed for review)
INSERT INTO syncline.identity_decision (entity, what, source, stream, key, entity_id, other_id, raw_id, why)
SELECT %(entity)s, 'refuse', %(source)s, %(stream)s, a.key, w.eid, a.former, w.raw_id, 'its place was taken'
FROM _apart a JOIN {work} w ON w.key = a.key ORDER BY a.key

-- name: claim (identity values that the batch's records begin to say)
INSERT INTO _claim
SELECT w.key, %(entity)s, k.kind, k.value, w.eid, w.kind = 2
FROM {work} w JOIN {stage} s ON s._key = w.key
CROSS JOIN LATERAL (VALUES {kinds}) k(kind, value)
WHERE w.kind IN (2, 3) AND w.lives AND k.value IS NOT NULL
  AND (w.kind = 2 OR NOT w.lived OR w.was IS DISTINCT FROM {identity})

-- name: released (identity values that they no longer say)
INSERT INTO _released
SELECT w.key, w.eid, (old.ordinal - 1)::int2, old.value
FROM {work} w LEFT JOIN {stage} s ON s._key = w.key
CROSS JOIN LATERAL unnest(w.was) WITH ORDINALITY old(value, ordinal)
WHERE w.kind IN (3, 6) AND w.lived AND w.was IS NOT NULL AND old.value IS NOT NULL
  AND (NOT w.lives OR old.value IS DISTINCT FROM ({identity})[old.ordinal])

-- name: lock_releasing (indexed: nobody may join an entity by a value that is being let go)
SELECT count(*) FROM (
    SELECT o.id FROM {canonical} o WHERE o.id = ANY (ARRAY(SELECT eid FROM _released)) ORDER BY o.id FOR NO KEY UPDATE
) locked

-- name: release (indexed: a value is held while a live contribution of its entity says it)
DELETE FROM syncline.identity_key WHERE ctid = ANY (ARRAY(
    SELECT i.ctid FROM _released x
    CROSS JOIN LATERAL (
        SELECT i.ctid FROM syncline.identity_key i
        WHERE i.entity = %(entity)s AND i.kind = x.kind AND i.value = x.value
          AND i.entity_id = x.eid AND NOT i.disabled
        OFFSET 0
    ) i
    WHERE NOT EXISTS (
        SELECT 1 FROM {contribution} c
        WHERE c._entity_id = x.eid AND c._fate = 0 AND c._dead_run IS NULL
          AND c._identity[x.kind + 1] = x.value
          AND (%(after)s OR c._key <> x.key OR c._source <> %(source)s OR c._stream <> %(stream)s)
        OFFSET 0)))

-- name: owned (indexed: claimed values that somebody holds)
INSERT INTO _owned
SELECT c.key, c.kind, c.value, c.eid, c.newcomer, i.entity_id, i.disabled
FROM _claim c
CROSS JOIN LATERAL (
    SELECT * FROM syncline.identity_key i
    WHERE i.entity = c.entity AND i.kind = c.kind AND i.value = c.value OFFSET 0
) i

-- name: attach (one holder of a newcomer's values is simple, anything else is for the resolver)
INSERT INTO _attach
SELECT o.key, min(o.owner::text)::uuid, count(DISTINCT o.owner) > 1 OR NOT bool_and(o.newcomer)
FROM _owned o WHERE NOT o.disabled AND o.owner <> o.eid GROUP BY o.key

-- name: attach_taken (indexed: the holder has a live record of this stream already, or one that returns)
UPDATE _attach a SET hard = true
WHERE a.owner = ANY (ARRAY(SELECT eid FROM {work} WHERE kind = 3 AND lives AND NOT lived)) OR EXISTS (
    SELECT 1 FROM {contribution} c
    -- IS NOT DISTINCT FROM: no index but that of the entity may serve this.
    WHERE c._entity_id = a.owner AND c._source IS NOT DISTINCT FROM %(source)s
      AND c._stream IS NOT DISTINCT FROM %(stream)s AND c._fate = 0 AND c._dead_run IS NULL OFFSET 0)

-- name: beside (indexed: what a newcomer is held against)
INSERT INTO _beside
SELECT DISTINCT a.key, g.guard, g.value FROM _attach a
CROSS JOIN LATERAL (
    SELECT * FROM {contribution} c
    WHERE c._entity_id = a.owner AND c._fate = 0 AND c._dead_run IS NULL OFFSET 0
) c
CROSS JOIN LATERAL (VALUES {guards}) g(guard, value)
WHERE NOT a.hard AND g.value IS NOT NULL

-- name: attach_guarded (or a guard differs)
UPDATE _attach a SET hard = true
FROM _beside b JOIN {stage} s ON s._key = b.key
CROSS JOIN LATERAL (VALUES {guards}) g(guard, value)
WHERE b.key = a.key AND g.guard = b.guard AND g.value <> b.value

-- name: attach_crowded (or two records of the batch would be put together)
UPDATE _attach a SET hard = true
FROM (SELECT owner FROM _attach GROUP BY owner HAVING count(*) > 1) crowded WHERE crowded.owner = a.owner

-- name: contested (records of the batch that say the same value)
SELECT DISTINCT c.key FROM _claim c
JOIN (SELECT kind, value FROM _claim GROUP BY kind, value HAVING count(*) > 1) d
  ON d.kind = c.kind AND d.value = c.value

-- name: hard (what the resolver has to see: and whoever would join the same holders)
WITH first AS MATERIALIZED (
    SELECT key FROM _attach WHERE hard UNION SELECT unnest(%(contested)s::text[])
)
SELECT key FROM first
UNION
SELECT a.key FROM _attach a WHERE a.owner IN (SELECT o.owner FROM _owned o JOIN first USING (key))

-- name: attach_simple (the rest join their holder)
UPDATE {work} w SET eid = a.owner, kind = 7
FROM _attach a WHERE a.key = w.key AND a.key <> ALL (%(hard)s::text[])

-- name: hard_claims (what they say, and who holds it)
SELECT c.key, c.kind, c.value, c.eid, c.newcomer, o.owner, coalesce(o.disabled, false), s._version, s._position, s._place
FROM _claim c JOIN {stage} s ON s._key = c.key
LEFT JOIN _owned o ON o.key = c.key AND o.kind = c.kind AND o.value = c.value
WHERE c.key = ANY (%(keys)s::text[])

-- name: hard_members (live records of the entities concerned, as this batch leaves them)
SELECT c._entity_id, c._source, c._stream, c._key
FROM {contribution} c
WHERE c._entity_id = ANY (%(entities)s::uuid[]) AND c._fate = 0 AND c._dead_run IS NULL
UNION
SELECT w.eid, %(source)s::int2, %(stream)s::int4, w.key
FROM {work} w WHERE w.eid = ANY (%(entities)s::uuid[]) AND w.kind = 3 AND w.lives AND NOT w.lived

-- name: hard_guards (indexed: what their records say of fields that guard joins)
SELECT c._entity_id, c._source, c._stream, c._key, g.guard, g.value
FROM {contribution} c CROSS JOIN LATERAL (VALUES {guards}) g(guard, value)
WHERE c._entity_id = ANY (%(entities)s::uuid[]) AND c._fate = 0 AND c._dead_run IS NULL
  AND g.value IS NOT NULL

-- name: said_guards (and what the batch's records say of them)
SELECT w.eid, g.guard, g.value
FROM {work} w JOIN {stage} s ON s._key = w.key CROSS JOIN LATERAL (VALUES {guards}) g(guard, value)
WHERE w.kind IN (2, 3, 7) AND w.lives AND g.value IS NOT NULL
  AND (w.eid = ANY (%(entities)s::uuid[]) OR w.key = ANY (%(keys)s::text[]))

-- name: saying_anew (records of the batch whose former version counts no more)
SELECT key FROM {work} WHERE kind IN (3, 6)

-- name: dying (records of the batch that say nothing any more)
SELECT key FROM {work} WHERE kind IN (3, 6) AND NOT lives

-- name: keep_claims (claim what nobody holds; sorted, so that rivals cannot deadlock)
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT ON (c.kind, c.value) c.entity, c.kind, c.value, w.eid
    FROM _claim c JOIN {work} w ON w.key = c.key
    WHERE NOT EXISTS (SELECT 1 FROM _owned o WHERE o.kind = c.kind AND o.value = c.value)
    ORDER BY c.kind, c.value, c.key
), kept AS (
    INSERT INTO syncline.identity_key (entity, kind, value, entity_id)
    SELECT entity, kind, value, eid FROM wanted ORDER BY kind, value
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM wanted), (SELECT count(*) FROM kept)

-- name: lost (indexed: a value that a rival took, let go or disabled after it was looked up)
SELECT 1 FROM _owned o
LEFT JOIN syncline.identity_key i ON i.entity = %(entity)s AND i.kind = o.kind AND i.value = o.value
WHERE NOT o.disabled AND (i.entity_id IS DISTINCT FROM o.owner OR i.disabled) LIMIT 1

-- name: crowded (indexed: entities that somebody joins or returns to, and that have two records of one stream)
SELECT w.eid FROM (SELECT DISTINCT eid FROM {work} WHERE kind = 7 OR kind = 3 AND lives AND NOT lived) w
CROSS JOIN LATERAL (
    SELECT 1 FROM {contribution} c
    WHERE c._entity_id = w.eid AND c._fate = 0 AND c._dead_run IS NULL
    GROUP BY c._source, c._stream HAVING count(*) > 1 LIMIT 1
) two

-- name: differing (indexed: entities that somebody joins, and whose records differ in a guard)
SELECT w.eid FROM (SELECT DISTINCT eid FROM {work} WHERE kind = 7) w CROSS JOIN LATERAL (
    SELECT 1 FROM {contribution} c CROSS JOIN LATERAL (VALUES {guards}) g(guard, value)
    WHERE c._entity_id = w.eid AND c._fate = 0 AND c._dead_run IS NULL AND g.value IS NOT NULL
    GROUP BY g.guard HAVING count(DISTINCT g.value) > 1 LIMIT 1
) two

-- name: disable (a value that would join what must stay apart joins nobody any more)
INSERT INTO syncline.identity_key AS i (entity, kind, value, entity_id, disabled)
SELECT DISTINCT ON (x.kind, x.value) %(entity)s, x.kind, x.value, x.eid, true
FROM unnest(%(kinds)s::int2[], %(values)s::text[], %(owners)s::uuid[]) x(kind, value, eid)
ORDER BY x.kind, x.value, x.eid
ON CONFLICT (entity, kind, value) DO UPDATE SET disabled = true

-- name: disabled (neither claimed nor checked from here on)
DELETE FROM _claim c USING unnest(%(kinds)s::int2[], %(values)s::text[]) x(kind, value)
WHERE c.kind = x.kind AND c.value = x.value

-- name: disabled_owned (neither claimed nor checked from here on)
UPDATE _owned o SET disabled = true FROM unnest(%(kinds)s::int2[], %(values)s::text[]) x(kind, value)
WHERE o.kind = x.kind AND o.value = x.value

-- name: join (newcomers whom the resolver gives to an entity)
UPDATE {work} w SET eid = x.eid, kind = 7
FROM unnest(%(keys)s::text[], %(entities)s::uuid[]) x(key, eid) WHERE w.key = x.key

-- name: refuse (both are listed for review)
INSERT INTO syncline.identity_decision (entity, what, source, stream, key, kind, value, entity_id, other_id, raw_id, why)
SELECT %(entity)s, 'refuse', %(source)s, %(stream)s, x.key, x.kind, x.value, x.eid, x.other, w.raw_id,
       x.why
FROM unnest(%(keys)s::text[], %(kinds)s::int2[], %(values)s::text[], %(entities)s::uuid[], %(others)s::uuid[],
            %(whys)s::text[]) x(key, kind, value, eid, other, why)
LEFT JOIN {work} w ON w.key = x.key

-- name: merge_stub (both rows are locked first, in id order)
INSERT INTO {canonical} (id) SELECT x FROM unnest(%(ids)s::uuid[]) x ORDER BY x ON CONFLICT DO NOTHING

-- name: merge_lock (both rows are locked first, in id order)
SELECT o.id FROM {canonical} o WHERE o.id = ANY (%(ids)s::uuid[]) ORDER BY o.id FOR NO KEY UPDATE

-- name: merge_decision (so that a merge can be undone)
INSERT INTO syncline.identity_decision (entity, what, source, stream, key, entity_id, other_id, raw_id, who, why)
SELECT %(entity)s, 'merge', %(source)s, %(stream)s, %(key)s, %(new)s, %(old)s,
       (SELECT raw_id FROM {work} WHERE key = %(key)s LIMIT 1), %(who)s, %(why)s
RETURNING id

-- name: merge_members (who stood on which side)
INSERT INTO syncline.identity_member (decision, entity_id, source, stream, key)
SELECT %(decision)s, c._entity_id, c._source, c._stream, c._key FROM {contribution} c
WHERE c._entity_id = ANY (%(ids)s::uuid[]) ORDER BY 2, 3, 4, 5

-- name: merge_contributions (they follow)
UPDATE {contribution} SET _entity_id = %(new)s WHERE _entity_id = %(old)s

-- name: merge_keys (so do the values)
UPDATE syncline.identity_key SET entity_id = %(new)s WHERE entity_id = %(old)s AND entity = %(entity)s

-- name: merge_work (and what the batch was about to say)
UPDATE {work} SET eid = %(new)s, kind = CASE WHEN kind = 3 THEN 7 ELSE kind END
WHERE eid IN (%(old)s, %(new)s)

-- name: merge_parents (and whom it refers to)
UPDATE {work} SET {parent} = %(new)s WHERE {parent} = %(old)s

-- name: merge_owned (and what the batch was about to say)
UPDATE _owned SET owner = %(new)s WHERE owner = %(old)s

-- name: merge_redirects (a redirect leads to the end at once)
UPDATE syncline.redirect SET new = %(new)s WHERE new = %(old)s

-- name: merge_redirect (the older id stays)
INSERT INTO syncline.redirect (old, new, decision) VALUES (%(old)s, %(new)s, %(decision)s)
ON CONFLICT (old) DO UPDATE SET new = excluded.new, decision = excluded.decision

-- name: merge_history (the last row of the one that goes)
WITH gone AS (DELETE FROM {canonical} o WHERE o.id = %(old)s RETURNING o.*)
INSERT INTO {history} (id, _until, _cause, _cause_id, _won, {names})
SELECT o.id, now(), 3, %(decision)s, o._won, {olds} FROM gone o WHERE o._won IS NOT NULL

-- name: merge_open (parked references follow)
UPDATE syncline.open_ref SET id = %(new)s WHERE entity = %(entity)s AND id = %(old)s
