-- name: create_stage (the mapped rows of a batch, one a key)
CREATE TEMPORARY TABLE {stage} ({stage_columns}) ON COMMIT DELETE ROWS

-- name: create_work (what each staged row does, by kind: 0 nothing new, 1 stale, 2 a newcomer, 3 known,
-- 4 unknown and says nothing, 5 a record whose elements follow, 6 an element that ends, 7 joins an entity
-- that is not its own; by tally: see ledger)
CREATE TEMPORARY TABLE {work} (
    key text COLLATE "C", eid uuid, kind int2, tally int2, raw_id int8, was_raw int8, incarnation int2,
    dead_run int8, fate int2, lived bool, lives bool, was text[] COLLATE "C"{work_parents}
) ON COMMIT DELETE ROWS

-- name: create_fresh (canonical rows about to be written, where former ones go to history)
CREATE TEMPORARY TABLE {fresh} (id uuid, _won int8[], _raw_id int8, {typed_columns}) ON COMMIT DELETE ROWS

-- name: create_touched (entities of the batch)
CREATE TEMPORARY TABLE _touched (
    id uuid, many bool, ended bool, raw_id int8
) ON COMMIT DELETE ROWS

-- name: create_locked (entities of the batch that have a row, and how many contributors)
CREATE TEMPORARY TABLE _locked (id uuid, contributors int4) ON COMMIT DELETE ROWS

-- name: create_claim (identity values that the batch's records begin to say)
CREATE TEMPORARY TABLE _claim (
    key text STORAGE PLAIN COLLATE "C", entity int2, kind int2, value text STORAGE PLAIN COLLATE "C",
    eid uuid, newcomer bool
) ON COMMIT DELETE ROWS

-- name: create_owned (those of them that somebody holds)
CREATE TEMPORARY TABLE _owned (
    key text STORAGE PLAIN COLLATE "C", kind int2, value text STORAGE PLAIN COLLATE "C", eid uuid,
    newcomer bool, owner uuid, disabled bool
) ON COMMIT DELETE ROWS

-- name: create_linked (open references whose parent has come)
CREATE TEMPORARY TABLE _linked (
    entity int2, id uuid, field text STORAGE PLAIN, by_stream int4, by_key text STORAGE PLAIN COLLATE "C",
    parent uuid
) ON COMMIT DELETE ROWS

-- name: resolve (indexed: what the crosswalk knows of each staged row, and what the row does)
INSERT INTO {work}
SELECT q.key,
       CASE WHEN q.kind = 2 THEN
           overlay(overlay(md5(%(space)s || q.key)
                   PLACING lpad(to_hex(q.founded & 281474976710655), 12, '0') || '8' FROM 1 FOR 13)
                   PLACING '8' FROM 17 FOR 1)::uuid
       ELSE q.eid END,
       q.kind, q.tally, q.raw_id, q.was_raw, q.incarnation, q.dead_run, q.fate, q.lived, q.lives, q.was
       {q_parents}
FROM (
    SELECT p.*,
           CASE WHEN p.stale THEN 1
                WHEN p.fate = 3 THEN CASE WHEN p.same THEN 0 ELSE 5 END
                WHEN p.same AND {leave_same} THEN 0
                WHEN p.eid IS NOT NULL THEN 3
                WHEN p.lives THEN 2
                ELSE 4 END AS kind,
           CASE WHEN p.fate = 3 THEN NULL
                WHEN p.stale THEN 1
                WHEN p.staged_fate = 1 THEN 3
                WHEN p.same THEN 0
                WHEN p.lives OR p.lived THEN 2
                WHEN p.staged_fate = 0 THEN 1
                ELSE 0 END AS tally
    FROM (
        SELECT s._key AS key, s._founded AS founded, s._raw_id AS raw_id, s._fate AS staged_fate,
               c._entity_id AS eid, c._raw_id AS was_raw, {was} AS was,
               {incarnation} AS incarnation, {dead_run} AS dead_run, {fate} AS fate,
               coalesce(c._fate = 0 AND c._dead_run IS NULL, false) AS lived,
               {fate} = 0 AND {dead_run} IS NULL AS lives,
               coalesce((c._incarnation, c._version, c._position, c._place, c._activation)
                   > ({incarnation}, s._version, s._position, s._place, s._activation), false) AS stale,
               coalesce(c._hash = s._hash AND c._fate = {fate} AND c._incarnation = {incarnation}
                   AND c._dead_run IS NOT DISTINCT FROM {dead_run}, false) AS same
               {p_parents}
        FROM {stage} s
        LEFT JOIN {contribution} c ON c._source = s._source AND c._stream = s._stream AND c._key = s._key
        {joins}
    ) p
) q

-- name: outdated (elements that a newer version of their record, already here, no longer holds)
LEFT JOIN {contribution} r ON s._fate <> 3 AND r._source = s._source AND r._stream = s._stream
    AND r._key = s._record || '/'

-- name: buried (deletes of the key that nobody marked, before this version of it and after)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE {outlives})::int2 AS before,
           (array_agg(t.run ORDER BY t.position) FILTER (WHERE NOT {outlives}))[1] AS run
    FROM syncline.tombstone t
    WHERE t.source = {row}._source AND t.stream = {row}._stream AND t.key {tombstone_key}
) b

-- name: records_of (what the key of an element may call its record: how many parts that has cannot be told)
ARRAY(SELECT array_to_string(k.parts[:n], '/') FROM (SELECT string_to_array({subject}, '/')) k(parts),
          generate_series(1, cardinality(k.parts) - 1) n
      UNION SELECT replace(replace(split_part({subject}, '/', 1), '~1', '/'), '~0', '~'))

-- name: outlives (whether a version of a record comes after a tombstone)
syncline.outlives({row}._version, {row}._position, t.ordered, t.said, t.position)

-- name: parent (the entity that a reference points at, where the crosswalk knows it)
LEFT JOIN {parent} {alias} ON {alias}._source = (s._source + {source_step})::int2
    AND {alias}._stream = s._stream + {stream_step} AND {alias}._key = s.{column}

-- name: insist (records that had been refused meanwhile are written though unchanged: their order counts)
UPDATE {work} w SET kind = 3
FROM syncline.dead_letter d
WHERE w.kind = 0 AND w.eid IS NOT NULL AND d.mapping = %(mapping)s AND d.source = %(source)s
  AND d.stream = %(stream)s AND d.subject = w.key AND d.stage <> 'settle'

-- name: withdraw (probing: elements said before by the records of the batch)
INSERT INTO {work} (key, eid, kind, raw_id, lived, lives, was)
SELECT c._key, c._entity_id, 6, s.raw_id, true, false, {was}
FROM (SELECT w.key, w.raw_id, w.kind, w.incarnation, s.* FROM {work} w JOIN {stage} s ON s._key = w.key
      WHERE w.kind = 5 OFFSET 0) s
CROSS JOIN LATERAL (
    SELECT * FROM {contribution} c
    WHERE c._source = s._source AND c._stream = s._stream AND c._record = left(s.key, -1) OFFSET 0
) c
WHERE true AND c._fate = 0 AND c._dead_run IS NULL
  AND (c._incarnation, c._version, c._position, c._place)
    < (s.incarnation, s._version, s._position, s._place)

-- name: said_again (those that the newer version holds too stay)
DELETE FROM {work} w USING {work} again WHERE w.kind = 6 AND again.kind <> 6 AND again.key = w.key

-- name: withdrawn (indexed: those that it does not hold end)
UPDATE {contribution} c SET _fate = 2, _identity = NULL
WHERE c._source = %(source)s AND c._stream = %(stream)s
  AND c._key = ANY (ARRAY(SELECT key FROM {work} WHERE kind = 6))

-- name: upsert (what every record says now; sorted, so that rivals cannot deadlock)
INSERT INTO {contribution} AS o (
    _version, _position, _hash, _raw_id, _said, _entity_id, _dead_run, _place, _activation, _stream,
    _source, _incarnation, _fate, _key, _record{identity_column}{value_columns})
SELECT s._version, s._position, s._hash, s._raw_id, s._said, w.eid, w.dead_run, s._place, s._activation,
       s._stream, s._source, w.incarnation, w.fate, s._key, s._record{identity_value}{values}
FROM {work} w JOIN {stage} s ON s._key = w.key
{parents_here}
WHERE w.kind IN (2, 3, 4, 5, 7)
ORDER BY s._key
{conflicts}

-- name: newer (a record that is there already: the higher order key counts)
ON CONFLICT (_source, _stream, _key) DO UPDATE SET
    _version = excluded._version, _position = excluded._position, _hash = excluded._hash,
    _raw_id = excluded._raw_id, _said = excluded._said, _entity_id = excluded._entity_id,
    _dead_run = excluded._dead_run, _place = excluded._place, _activation = excluded._activation,
    _incarnation = excluded._incarnation, _fate = excluded._fate, _record = excluded._record{updates}
WHERE (o._incarnation, o._version, o._position, o._place, o._activation)
   <= (excluded._incarnation, excluded._version, excluded._position, excluded._place, excluded._activation)

-- name: parent_here (a parent may be in the same batch)
LEFT JOIN {work} {alias} ON {alias}.key = s.{column} AND {alias}.eid IS NOT NULL AND {alias}.kind <> 6

-- name: touch (entities of the batch; with one row of their own only, they need no fold)
INSERT INTO _touched
SELECT w.eid, {many}, false, max(w.raw_id)
FROM {work} w WHERE w.kind IN (2, 3, 6, 7) GROUP BY w.eid ORDER BY w.eid

-- name: stub (indexed: a row to lock for each entity that needs a fold or had a row)
INSERT INTO {canonical} (id) SELECT id FROM _touched WHERE {stubbed} ORDER BY id ON CONFLICT DO NOTHING

-- name: lock (indexed: in id order, or rivals deadlock)
INSERT INTO _locked
SELECT o.id, cardinality(o._won) FROM {canonical} o
WHERE o.id = ANY (ARRAY(SELECT id FROM _touched)) ORDER BY o.id FOR NO KEY UPDATE

-- name: classify (who has more than one contributor, or none, is folded)
UPDATE _touched t SET many = true FROM _locked
WHERE _locked.id = t.id AND NOT t.many AND _locked.contributors IS DISTINCT FROM 1

-- name: moved (an entity that a rival has merged away since it was resolved)
SELECT 1 FROM _touched t JOIN syncline.redirect r ON r.old = t.id LIMIT 1

-- name: ended (indexed: entities that no live contribution speaks for, or that a source's deletion ends)
UPDATE _touched t SET ended = true
WHERE NOT EXISTS (
    SELECT 1 FROM {contribution} c
    WHERE c._entity_id = t.id AND c._fate = 0 AND c._dead_run IS NULL OFFSET 0
){ended_by}

-- name: ended_by (sources whose deletion ends the entity, whatever others say)
 OR EXISTS (
    SELECT 1 FROM {contribution} c
    WHERE c._entity_id = t.id AND c._source IN ({sources}) AND (c._fate <> 0 OR c._dead_run IS NOT NULL)
      AND c._incarnation >= 0 AND NOT EXISTS (
        SELECT 1 FROM {contribution} l
        WHERE l._entity_id = t.id AND l._source = c._source AND l._fate = 0 AND l._dead_run IS NULL OFFSET 0)
    OFFSET 0)

-- name: sole (rows that are all that is said of their entity: from the stage as they are)
SELECT w.eid AS id, ARRAY[{said}] AS _won{fresh_raw}, {sole_values}
FROM {work} w JOIN {stage} s ON s._key = w.key
{sole_touched}
{parents_here}
WHERE w.kind IN (2, 3, 7) AND w.lives

-- name: publish (only what differs is written)
INSERT INTO {canonical} AS o (id, _won, {names})
{rows}
{conflicts}

-- name: differs (a row that is there already)
ON CONFLICT (id) DO UPDATE SET _won = excluded._won, {sets}
WHERE (o._won, {olds}) IS DISTINCT FROM (excluded._won, {news})

-- name: remember (indexed: former rows whose values change; what follows in the same transaction nobody has seen)
INSERT INTO {history} (id, _until, _cause, _cause_id, _won, {names})
SELECT o.id, now(), %(cause)s::int2, coalesce(%(cause_id)s::int8, r._raw_id), o._won, {olds}
FROM {fresh} r CROSS JOIN LATERAL (SELECT * FROM {canonical} o WHERE o.id = r.id OFFSET 0) o
WHERE o._won IS NOT NULL AND ({olds}) IS DISTINCT FROM ({fresh_values})
  AND NOT EXISTS (SELECT 1 FROM {history} h WHERE h.id = o.id AND h._until = now())

-- name: withhold (rows that wait are not written)
DELETE FROM {fresh} f WHERE {lacking}

-- name: withheld (what stood of them leaves)
UPDATE _touched t SET ended = true
WHERE NOT t.ended AND NOT EXISTS (SELECT 1 FROM {fresh} f WHERE f.id = t.id)

-- name: end (ended entities leave; their last row is kept whatever the contract says of history)
WITH gone AS (
    DELETE FROM {canonical} o WHERE o.id = ANY (ARRAY(SELECT id FROM _touched WHERE ended ORDER BY id))
    RETURNING o.*
)
INSERT INTO {history} (id, _until, _cause, _cause_id, _won, {names})
SELECT o.id, now(), %(cause)s::int2, coalesce(%(cause_id)s::int8, t.raw_id), o._won, {olds}
FROM gone o JOIN _touched t ON t.id = o.id WHERE o._won IS NOT NULL AND %(kept)s::bool
  AND NOT EXISTS (SELECT 1 FROM {history} h WHERE h.id = o.id AND h._until = now())
