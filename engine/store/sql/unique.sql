-- name: create_said (what the entities of a fold say of fields that no two may say alike)
CREATE TEMPORARY TABLE _said (id uuid, name text, value bytea) ON COMMIT DELETE ROWS

-- name: create_weighed (those entities, and whoever became one of them)
CREATE TEMPORARY TABLE _weighed (id uuid) ON COMMIT DELETE ROWS

-- name: create_clash (values that they began or ceased to say)
CREATE TEMPORARY TABLE _clash (name text, value bytea) ON COMMIT DELETE ROWS

-- name: create_turned (who says one of those, and who has it)
CREATE TEMPORARY TABLE _turned (id uuid, name text, was uuid, before uuid) ON COMMIT DELETE ROWS

-- name: weighed (indexed: the entities of the fold)
INSERT INTO _weighed
SELECT id FROM _touched
UNION SELECT r.old FROM _touched t CROSS JOIN LATERAL (
    SELECT r.old FROM syncline.redirect r WHERE r.new = t.id OFFSET 0
) r

-- name: said (a digest of the values; who leaves one of them null says nothing)
INSERT INTO _said
SELECT f.id, %(name)s, sha256(convert_to(jsonb_build_array({columns})::text, 'UTF8'))
FROM {fresh} f WHERE {present}

-- name: ceased (indexed: what they said before and do not say now)
WITH gone AS (
    DELETE FROM syncline.unique_value WHERE ctid = ANY (ARRAY(
        SELECT u.ctid FROM _weighed w CROSS JOIN LATERAL (
            SELECT u.ctid, u.id, u.name, u.value FROM syncline.unique_value u
            WHERE u.entity = %(entity)s AND u.id = w.id OFFSET 0
        ) u
        WHERE NOT EXISTS (SELECT 1 FROM _said s WHERE s.id = u.id AND s.name = u.name AND s.value = u.value)))
    RETURNING name, value
)
INSERT INTO _clash SELECT DISTINCT name, value FROM gone

-- name: began (indexed, sorted: what they say now and did not before)
WITH new AS (
    INSERT INTO syncline.unique_value (entity, id, name, value)
    SELECT %(entity)s, s.id, s.name, s.value FROM _said s ORDER BY s.id, s.name
    ON CONFLICT (entity, id, name) DO NOTHING RETURNING name, value
)
INSERT INTO _clash SELECT DISTINCT name, value FROM new

-- name: turned (indexed: of all who say one of those values, for whom another one has it)
INSERT INTO _turned
SELECT u.id, u.name, u.before, nullif(f.id, u.id)
FROM (SELECT DISTINCT name, value FROM _clash) x
CROSS JOIN LATERAL (
    SELECT v.id FROM syncline.unique_value v
    WHERE v.entity = %(entity)s AND v.name = x.name AND v.value = x.value ORDER BY v.id LIMIT 1
) f
CROSS JOIN LATERAL (
    SELECT v.id, v.name, v.before FROM syncline.unique_value v
    WHERE v.entity = %(entity)s AND v.name = x.name AND v.value = x.value OFFSET 0
) u
WHERE u.before IS DISTINCT FROM nullif(f.id, u.id)

-- name: behind (indexed: the older one has it)
UPDATE syncline.unique_value u SET before = t.before
FROM (SELECT * FROM _turned ORDER BY id, name OFFSET 0) t
WHERE u.entity = %(entity)s AND u.id = t.id AND u.name = t.name

-- name: others (entities that the fold does not hold, and whose row goes or comes)
SELECT DISTINCT t.id FROM _turned t
WHERE (t.was IS NULL) <> (t.before IS NULL) AND NOT EXISTS (SELECT 1 FROM _weighed w WHERE w.id = t.id)
ORDER BY t.id

-- name: withhold (indexed: rows of whose values an older entity has one)
DELETE FROM {fresh} f WHERE EXISTS (
    SELECT 1 FROM syncline.unique_value u
    WHERE u.entity = %(entity)s AND u.id = f.id AND u.before IS NOT NULL OFFSET 0)

-- name: again (the response by which the others' rows go or come is the newest of the fold)
INSERT INTO _touched SELECT x, true, false, %(because)s FROM unnest(%(ids)s::uuid[]) x ORDER BY x

-- name: alike (who else says what an entity says)
SELECT u.name, v.id FROM syncline.unique_value u
JOIN syncline.unique_value v
  ON v.entity = u.entity AND v.name = u.name AND v.value = u.value AND v.id <> u.id
WHERE u.entity = %(entity)s AND u.id = %(of)s ORDER BY u.name, v.id
