SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE SCHEMA canonical;

CREATE SCHEMA syncline;

CREATE FUNCTION syncline.only_step(anyelement, anyelement) RETURNS anyelement
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$SELECT $1$_$;

CREATE AGGREGATE syncline."only"(anyelement) (
    SFUNC = syncline.only_step,
    STYPE = anyelement,
    PARALLEL = safe
);

SET default_tablespace = '';

CREATE TABLE canonical.person (
    id uuid NOT NULL,
    _won bigint[],
    name text,
    email text,
    salary numeric,
    salary_currency text,
    height numeric,
    team uuid
)
WITH (fillfactor='90');

CREATE TABLE canonical.person_history (
    id uuid NOT NULL,
    _until timestamp with time zone NOT NULL,
    _cause smallint NOT NULL,
    _cause_id bigint NOT NULL,
    _won bigint[],
    name text,
    email text,
    salary numeric,
    salary_currency text,
    height numeric,
    team uuid
);

CREATE TABLE syncline.activation (
    n integer NOT NULL,
    mapping integer NOT NULL,
    version integer NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE syncline.contribution_person (
    _version bigint NOT NULL,
    _position bigint NOT NULL,
    _hash bigint NOT NULL,
    _raw_id bigint NOT NULL,
    _said bigint NOT NULL,
    _entity_id uuid,
    _dead_run bigint,
    _place integer NOT NULL,
    _activation integer NOT NULL,
    _stream integer NOT NULL,
    _source smallint NOT NULL,
    _incarnation smallint NOT NULL,
    _fate smallint NOT NULL,
    _key text NOT NULL COLLATE pg_catalog."C",
    _record text COLLATE pg_catalog."C",
    _identity text[] COLLATE pg_catalog."C"
)
WITH (fillfactor='90');

CREATE TABLE syncline.mapping (
    id integer NOT NULL,
    name text NOT NULL
);

CREATE TABLE syncline.source (
    id smallint NOT NULL,
    name text NOT NULL
);

CREATE TABLE syncline.stream (
    id integer NOT NULL,
    source smallint NOT NULL,
    name text NOT NULL
);

CREATE VIEW canonical.person_provenance AS
 SELECT o.id,
    f.field,
    f."column",
    s.name AS source,
    t.name AS stream,
    c._key AS key,
    c._raw_id AS raw_id,
    c._place AS place,
    m.name AS mapping,
    a.version,
    c._activation AS activation
   FROM ((((((canonical.person o
     CROSS JOIN LATERAL ( SELECT c_1._version,
            c_1._position,
            c_1._hash,
            c_1._raw_id,
            c_1._said,
            c_1._entity_id,
            c_1._dead_run,
            c_1._place,
            c_1._activation,
            c_1._stream,
            c_1._source,
            c_1._incarnation,
            c_1._fate,
            c_1._key,
            c_1._record,
            c_1._identity,
            row_number() OVER (ORDER BY c_1._source, c_1._stream, c_1._key) AS ordinal
           FROM syncline.contribution_person c_1
          WHERE ((c_1._entity_id = o.id) AND (c_1._fate = 0) AND (c_1._dead_run IS NULL))) c)
     CROSS JOIN LATERAL ( VALUES ('name'::text,'name'::text,(1)::bigint,(o.name IS NOT NULL)), ('email'::text,'email'::text,(2)::bigint,(o.email IS NOT NULL)), ('salary'::text,'salary'::text,(4)::bigint,(o.salary IS NOT NULL)), ('salary'::text,'salary_currency'::text,(4)::bigint,(o.salary_currency IS NOT NULL)), ('height'::text,'height'::text,(8)::bigint,(o.height IS NOT NULL)), ('team'::text,'team'::text,(16)::bigint,(o.team IS NOT NULL))) f(field, "column", "bit", present))
     JOIN syncline.source s ON ((s.id = c._source)))
     JOIN syncline.stream t ON ((t.id = c._stream)))
     LEFT JOIN syncline.activation a ON ((a.n = c._activation)))
     LEFT JOIN syncline.mapping m ON ((m.id = a.mapping)))
  WHERE (f.present AND ((o._won[c.ordinal] & f."bit") <> 0));

CREATE TABLE canonical.team (
    id uuid NOT NULL,
    _won bigint[],
    name text
)
WITH (fillfactor='90');

CREATE TABLE canonical.team_history (
    id uuid NOT NULL,
    _until timestamp with time zone NOT NULL,
    _cause smallint NOT NULL,
    _cause_id bigint NOT NULL,
    _won bigint[],
    name text
);

CREATE TABLE syncline.contribution_team (
    _version bigint NOT NULL,
    _position bigint NOT NULL,
    _hash bigint NOT NULL,
    _raw_id bigint NOT NULL,
    _said bigint NOT NULL,
    _entity_id uuid,
    _dead_run bigint,
    _place integer NOT NULL,
    _activation integer NOT NULL,
    _stream integer NOT NULL,
    _source smallint NOT NULL,
    _incarnation smallint NOT NULL,
    _fate smallint NOT NULL,
    _key text NOT NULL COLLATE pg_catalog."C",
    _record text COLLATE pg_catalog."C",
    _identity text[] COLLATE pg_catalog."C"
)
WITH (fillfactor='90');

CREATE VIEW canonical.team_provenance AS
 SELECT o.id,
    f.field,
    f."column",
    s.name AS source,
    t.name AS stream,
    c._key AS key,
    c._raw_id AS raw_id,
    c._place AS place,
    m.name AS mapping,
    a.version,
    c._activation AS activation
   FROM ((((((canonical.team o
     CROSS JOIN LATERAL ( SELECT c_1._version,
            c_1._position,
            c_1._hash,
            c_1._raw_id,
            c_1._said,
            c_1._entity_id,
            c_1._dead_run,
            c_1._place,
            c_1._activation,
            c_1._stream,
            c_1._source,
            c_1._incarnation,
            c_1._fate,
            c_1._key,
            c_1._record,
            c_1._identity,
            row_number() OVER (ORDER BY c_1._source, c_1._stream, c_1._key) AS ordinal
           FROM syncline.contribution_team c_1
          WHERE ((c_1._entity_id = o.id) AND (c_1._fate = 0) AND (c_1._dead_run IS NULL))) c)
     CROSS JOIN LATERAL ( VALUES ('name'::text,'name'::text,(1)::bigint,(o.name IS NOT NULL))) f(field, "column", "bit", present))
     JOIN syncline.source s ON ((s.id = c._source)))
     JOIN syncline.stream t ON ((t.id = c._stream)))
     LEFT JOIN syncline.activation a ON ((a.n = c._activation)))
     LEFT JOIN syncline.mapping m ON ((m.id = a.mapping)))
  WHERE (f.present AND ((o._won[c.ordinal] & f."bit") <> 0));

CREATE TABLE syncline.body (
    month date NOT NULL,
    sha256 bytea NOT NULL,
    bytes bytea NOT NULL,
    altered smallint NOT NULL
)
PARTITION BY RANGE (month);
ALTER TABLE ONLY syncline.body ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE syncline.body_2026_11 (
    month date CONSTRAINT body_month_not_null NOT NULL,
    sha256 bytea CONSTRAINT body_sha256_not_null NOT NULL,
    bytes bytea CONSTRAINT body_bytes_not_null NOT NULL,
    altered smallint CONSTRAINT body_altered_not_null NOT NULL
);
ALTER TABLE ONLY syncline.body_2026_11 ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE syncline.body_2026_12 (
    month date CONSTRAINT body_month_not_null NOT NULL,
    sha256 bytea CONSTRAINT body_sha256_not_null NOT NULL,
    bytes bytea CONSTRAINT body_bytes_not_null NOT NULL,
    altered smallint CONSTRAINT body_altered_not_null NOT NULL
);
ALTER TABLE ONLY syncline.body_2026_12 ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE syncline.body_2027_01 (
    month date CONSTRAINT body_month_not_null NOT NULL,
    sha256 bytea CONSTRAINT body_sha256_not_null NOT NULL,
    bytes bytea CONSTRAINT body_bytes_not_null NOT NULL,
    altered smallint CONSTRAINT body_altered_not_null NOT NULL
);
ALTER TABLE ONLY syncline.body_2027_01 ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE syncline.breaker (
    name text NOT NULL,
    started timestamp with time zone NOT NULL,
    told integer NOT NULL,
    failed integer NOT NULL,
    open_until timestamp with time zone,
    probe_until timestamp with time zone,
    paused_until timestamp with time zone
);

CREATE TABLE syncline.dead_letter (
    mapping integer NOT NULL,
    source smallint NOT NULL,
    stream integer NOT NULL,
    subject text NOT NULL COLLATE pg_catalog."C",
    key text COLLATE pg_catalog."C",
    raw_id bigint NOT NULL,
    place integer NOT NULL,
    version bigint NOT NULL,
    "position" bigint NOT NULL,
    stage text NOT NULL,
    problems jsonb NOT NULL,
    activation integer NOT NULL,
    first timestamp with time zone NOT NULL,
    last timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    state text NOT NULL
);

CREATE TABLE syncline.dead_letter_decision (
    id bigint NOT NULL,
    mapping integer NOT NULL,
    source smallint NOT NULL,
    stream integer NOT NULL,
    subject text NOT NULL COLLATE pg_catalog."C",
    raw_id bigint NOT NULL,
    what text NOT NULL,
    who text,
    at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE syncline.dead_letter_decision ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME syncline.dead_letter_decision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE syncline.entity (
    id smallint NOT NULL,
    name text NOT NULL,
    shape jsonb,
    rebuilding boolean DEFAULT false NOT NULL
);

ALTER TABLE syncline.entity ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME syncline.entity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE syncline.identity_decision (
    id bigint NOT NULL,
    entity smallint NOT NULL,
    what text NOT NULL,
    source smallint,
    stream integer,
    key text COLLATE pg_catalog."C",
    kind smallint,
    value text COLLATE pg_catalog."C",
    entity_id uuid NOT NULL,
    other_id uuid,
    raw_id bigint,
    why text,
    at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE syncline.identity_decision ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME syncline.identity_decision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE syncline.identity_key (
    entity smallint NOT NULL,
    kind smallint NOT NULL,
    value text NOT NULL COLLATE pg_catalog."C",
    entity_id uuid,
    disabled boolean DEFAULT false NOT NULL
);

CREATE TABLE syncline.lease (
    stream integer NOT NULL,
    epoch bigint NOT NULL,
    holder text NOT NULL,
    backend_pid integer NOT NULL,
    backend_start timestamp with time zone NOT NULL
);

CREATE TABLE syncline.lease_beat (
    stream integer NOT NULL,
    until timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE syncline.ledger (
    raw_id bigint NOT NULL,
    mapping integer NOT NULL,
    activation integer NOT NULL,
    records integer NOT NULL,
    changed integer NOT NULL,
    same integer NOT NULL,
    stale integer NOT NULL,
    filtered integer NOT NULL,
    dead integer NOT NULL,
    twin bigint,
    keys bytea,
    rests bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    resting integer,
    CONSTRAINT ledger_sum CHECK ((records = ((((changed + same) + stale) + filtered) + dead)))
);

CREATE TABLE syncline.limiter (
    name text NOT NULL,
    rule text NOT NULL,
    holder text NOT NULL,
    batch bigint NOT NULL,
    taken integer NOT NULL,
    until timestamp with time zone NOT NULL
);

ALTER TABLE syncline.mapping ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME syncline.mapping_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE syncline.open_ref (
    entity smallint NOT NULL,
    id uuid NOT NULL,
    field text NOT NULL,
    source smallint NOT NULL,
    stream integer NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    by_stream integer NOT NULL,
    by_key text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE syncline.parked (
    stream integer NOT NULL,
    mapping integer NOT NULL,
    activation integer NOT NULL,
    records integer NOT NULL,
    dead integer NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE syncline.pending (
    stream integer NOT NULL,
    mapping integer NOT NULL,
    response bigint NOT NULL
);

CREATE TABLE syncline.progress (
    stream integer NOT NULL,
    partition text NOT NULL,
    watermark jsonb,
    next_position bigint
);

CREATE TABLE syncline.progress_window (
    stream integer NOT NULL,
    partition text NOT NULL,
    lower text NOT NULL,
    upper text,
    resume jsonb,
    closed boolean NOT NULL
);

CREATE SEQUENCE syncline.raw_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE syncline.redirect (
    old uuid NOT NULL,
    new uuid NOT NULL,
    decision bigint NOT NULL
);

CREATE TABLE syncline.response (
    month date NOT NULL,
    id bigint NOT NULL,
    stream integer NOT NULL,
    partition text NOT NULL,
    run bigint NOT NULL,
    "position" bigint NOT NULL,
    request jsonb NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    fetched_at timestamp with time zone NOT NULL,
    sha256 bytea NOT NULL,
    body_month date NOT NULL,
    length bigint NOT NULL,
    wire_length bigint NOT NULL,
    coding text NOT NULL,
    records integer NOT NULL,
    verdict smallint NOT NULL
)
PARTITION BY RANGE (month);

CREATE TABLE syncline.response_2026_11 (
    month date CONSTRAINT response_month_not_null NOT NULL,
    id bigint CONSTRAINT response_id_not_null NOT NULL,
    stream integer CONSTRAINT response_stream_not_null NOT NULL,
    partition text CONSTRAINT response_partition_not_null NOT NULL,
    run bigint CONSTRAINT response_run_not_null NOT NULL,
    "position" bigint CONSTRAINT response_position_not_null NOT NULL,
    request jsonb CONSTRAINT response_request_not_null NOT NULL,
    status smallint CONSTRAINT response_status_not_null NOT NULL,
    headers jsonb CONSTRAINT response_headers_not_null NOT NULL,
    fetched_at timestamp with time zone CONSTRAINT response_fetched_at_not_null NOT NULL,
    sha256 bytea CONSTRAINT response_sha256_not_null NOT NULL,
    body_month date CONSTRAINT response_body_month_not_null NOT NULL,
    length bigint CONSTRAINT response_length_not_null NOT NULL,
    wire_length bigint CONSTRAINT response_wire_length_not_null NOT NULL,
    coding text CONSTRAINT response_coding_not_null NOT NULL,
    records integer CONSTRAINT response_records_not_null NOT NULL,
    verdict smallint CONSTRAINT response_verdict_not_null NOT NULL
);

CREATE TABLE syncline.response_2026_12 (
    month date CONSTRAINT response_month_not_null NOT NULL,
    id bigint CONSTRAINT response_id_not_null NOT NULL,
    stream integer CONSTRAINT response_stream_not_null NOT NULL,
    partition text CONSTRAINT response_partition_not_null NOT NULL,
    run bigint CONSTRAINT response_run_not_null NOT NULL,
    "position" bigint CONSTRAINT response_position_not_null NOT NULL,
    request jsonb CONSTRAINT response_request_not_null NOT NULL,
    status smallint CONSTRAINT response_status_not_null NOT NULL,
    headers jsonb CONSTRAINT response_headers_not_null NOT NULL,
    fetched_at timestamp with time zone CONSTRAINT response_fetched_at_not_null NOT NULL,
    sha256 bytea CONSTRAINT response_sha256_not_null NOT NULL,
    body_month date CONSTRAINT response_body_month_not_null NOT NULL,
    length bigint CONSTRAINT response_length_not_null NOT NULL,
    wire_length bigint CONSTRAINT response_wire_length_not_null NOT NULL,
    coding text CONSTRAINT response_coding_not_null NOT NULL,
    records integer CONSTRAINT response_records_not_null NOT NULL,
    verdict smallint CONSTRAINT response_verdict_not_null NOT NULL
);

CREATE TABLE syncline.response_2027_01 (
    month date CONSTRAINT response_month_not_null NOT NULL,
    id bigint CONSTRAINT response_id_not_null NOT NULL,
    stream integer CONSTRAINT response_stream_not_null NOT NULL,
    partition text CONSTRAINT response_partition_not_null NOT NULL,
    run bigint CONSTRAINT response_run_not_null NOT NULL,
    "position" bigint CONSTRAINT response_position_not_null NOT NULL,
    request jsonb CONSTRAINT response_request_not_null NOT NULL,
    status smallint CONSTRAINT response_status_not_null NOT NULL,
    headers jsonb CONSTRAINT response_headers_not_null NOT NULL,
    fetched_at timestamp with time zone CONSTRAINT response_fetched_at_not_null NOT NULL,
    sha256 bytea CONSTRAINT response_sha256_not_null NOT NULL,
    body_month date CONSTRAINT response_body_month_not_null NOT NULL,
    length bigint CONSTRAINT response_length_not_null NOT NULL,
    wire_length bigint CONSTRAINT response_wire_length_not_null NOT NULL,
    coding text CONSTRAINT response_coding_not_null NOT NULL,
    records integer CONSTRAINT response_records_not_null NOT NULL,
    verdict smallint CONSTRAINT response_verdict_not_null NOT NULL
);

CREATE TABLE syncline.run (
    id bigint NOT NULL,
    stream integer NOT NULL,
    kind text NOT NULL,
    versions jsonb NOT NULL,
    "position" bigint NOT NULL,
    started timestamp with time zone NOT NULL,
    ended timestamp with time zone,
    complete boolean,
    proof jsonb
);

ALTER TABLE syncline.run ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME syncline.run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE syncline.schema_revision (
    version_num character varying(32) NOT NULL
);

ALTER TABLE syncline.source ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME syncline.source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE syncline.stream ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME syncline.stream_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE syncline.tombstone (
    source smallint NOT NULL,
    stream integer NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    run bigint NOT NULL,
    "position" bigint NOT NULL
);

CREATE TABLE syncline.version (
    id integer NOT NULL,
    fingerprint text NOT NULL,
    text text NOT NULL
);

ALTER TABLE syncline.version ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME syncline.version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY syncline.body ATTACH PARTITION syncline.body_2026_11 FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');

ALTER TABLE ONLY syncline.body ATTACH PARTITION syncline.body_2026_12 FOR VALUES FROM ('2026-12-01') TO ('2027-01-01');

ALTER TABLE ONLY syncline.body ATTACH PARTITION syncline.body_2027_01 FOR VALUES FROM ('2027-01-01') TO ('2027-02-01');

ALTER TABLE ONLY syncline.response ATTACH PARTITION syncline.response_2026_11 FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');

ALTER TABLE ONLY syncline.response ATTACH PARTITION syncline.response_2026_12 FOR VALUES FROM ('2026-12-01') TO ('2027-01-01');

ALTER TABLE ONLY syncline.response ATTACH PARTITION syncline.response_2027_01 FOR VALUES FROM ('2027-01-01') TO ('2027-02-01');

INSERT INTO canonical.person VALUES
	('01a19bb3-9500-8677-8a38-4fb057cef088', '{15}', 'Bo', 'P2@example.com', 63440.00, 'EUR', 1.72, NULL),
	('01a19bb3-9500-8657-860d-9aa53b04b12d', '{31}', 'Ada L.', 'P1@example.com', 63440.00, 'EUR', 1.71, '01a19bb3-9500-89f7-8ad0-2e7c3def5cda');

INSERT INTO canonical.person_history VALUES
	('01a19bb3-9500-8657-860d-9aa53b04b12d', '2026-11-23 22:25:38.809763+00', 1, 3, '{31}', 'Ada', 'P1@example.com', 63440.00, 'EUR', 1.71, '01a19bb3-9500-89f7-8ad0-2e7c3def5cda'),
	('01a19bb3-9500-847d-8d02-708984b3ce4b', '2026-11-23 22:25:38.937434+00', 2, 3, '{31}', 'Di', 'P4@example.com', 63440.00, 'EUR', 1.74, '01a19bb3-9500-89f7-8ad0-2e7c3def5cda');

INSERT INTO canonical.team VALUES
	('01a19bb3-9500-89f7-8ad0-2e7c3def5cda', '{1}', 'North');

INSERT INTO syncline.activation VALUES
	(1, 1, 1, '2026-11-23 22:25:37.524965+00'),
	(2, 2, 2, '2026-11-23 22:25:37.524965+00');

INSERT INTO syncline.body_2026_11 VALUES
	('2026-11-01', '\x590adde74478801178da623b5980f524369e2c6c5d6aafbcbe99ef863ad8e90a', '\x28b52ffd60fe003d050002ca1f1f50a538078d22cdf0bb33a3df3d341717358d3b2189e84dc8dbe269323353215363ba2ecb1fe20b6310461cb6d67a0ecb6aba46f73e3617dd4a07ea7dcc8092ecde0734e8565f646ee61252a199a8268295ebde37cee1b40773abc787511c84620370054ddc7bf85a74b77a6b0cf7dec5e6dc4abd6fde2586f790e8a277290f0075c3c901f48243b0af0e1b3b800a7008ec0306039c1ca07760244264108cc3af155414', 0),
	('2026-11-01', '\x23b7c200ef1eac02c42c11cfde746a3aa80fe4b27f729fd5a38d6e518b0e89f0', '\x28b52ffd202a5101007b226974656d73223a205b7b226964223a20227431222c20226e616d65223a20224e6f727468227d5d7d', 0),
	('2026-11-01', '\x10db18633d6eab7d12846847315e3cec03fd8ff64c1e4ebd406efeb2caa968dc', '\x28b52ffd608100d50400028a1f1f50a538078d22cdf0bb338567fb3095079112154a768c10f2463b693233532153635acbb988b39452f51c9471ba46f7feb116dda803f5fe2d373e034aae7b1fc0a01bbfc8dccc25a44265a29a0854aa7bcf3487c31ecb8d7fcfa234073d06d00a9ab8f7ae61afdd780561c618ee7d7bccb951bd679a4b0cef21af45cda50a000750010e817dc0608013e0b940b281910da2781c5c2305', 0);

INSERT INTO syncline.breaker VALUES
	('7b65793e14dbb076cab43cc64bb286a4', '2026-11-23 22:25:37.841514+00', 4, 0, NULL, NULL, NULL);

INSERT INTO syncline.contribution_person VALUES
	(1793520000000000, 1, 335700087783301688, 1, 31, '01a19bb3-9500-8677-8a38-4fb057cef088', NULL, 1, 1, 1, 1, 0, 0, '2', NULL, '{p2@example.com}'),
	(1793606400000000, 2, 1835983738277913727, 3, 31, '01a19bb3-9500-8657-860d-9aa53b04b12d', NULL, 0, 1, 1, 1, 0, 0, '1', NULL, '{p1@example.com}'),
	(1793520000000000, 1, -3412384373446243516, 1, 31, '01a19bb3-9500-847d-8d02-708984b3ce4b', 3, 3, 1, 1, 1, 0, 0, '4', NULL, '{p4@example.com}');

INSERT INTO syncline.contribution_team VALUES
	(-9223372036854775808, 1, -3844736281030329855, 2, 1, '01a19bb3-9500-89f7-8ad0-2e7c3def5cda', NULL, 0, 2, 2, 1, 0, 0, 't1', NULL, NULL);

INSERT INTO syncline.dead_letter VALUES
	(1, 1, 1, '3', '3', 3, 2, 1793520000000000, 2, 'map', '[{"code": "required", "rule": "mappings/shop/people.yaml:5", "field": "name", "message": "name is required, and null here"}]', 1, '2026-11-23 22:25:38.003788+00', '2026-11-23 22:25:38.809763+00', 2, 'open');

INSERT INTO syncline.entity OVERRIDING SYSTEM VALUE VALUES
	(1, 'person', '{"name": "person", "wide": false, "feeds": [{"refs": {"team": ["shop", "teams"]}, "keyed": false, "opens": false, "stream": ["shop", "people"], "mapping": "shop/people"}], "fields": [{"bit": 0, "pii": false, "name": "name", "type": "string", "columns": [["name", "text"]], "refers_to": null}, {"bit": 1, "pii": false, "name": "email", "type": "email", "columns": [["email", "text"]], "refers_to": null}, {"bit": 2, "pii": false, "name": "salary", "type": "money", "columns": [["salary", "numeric"], ["salary_currency", "text"]], "refers_to": null}, {"bit": 3, "pii": false, "name": "height", "type": "quantity", "columns": [["height", "numeric"]], "refers_to": null}, {"bit": 4, "pii": false, "name": "team", "type": "ref", "columns": [["team", "uuid"]], "refers_to": "team"}], "groups": [], "history": true, "identity": ["email"], "end_entity": [], "fingerprint": "cf7a46c63a0fd097e4d54bd096f858549488ceb6623ed3109f3497293dd2a5f5", "preferences": [{"mask": 31, "prefer": [], "then_latest": true}]}', false),
	(2, 'team', '{"name": "team", "wide": false, "feeds": [{"refs": {}, "keyed": false, "opens": false, "stream": ["shop", "teams"], "mapping": "shop/teams"}], "fields": [{"bit": 0, "pii": false, "name": "name", "type": "string", "columns": [["name", "text"]], "refers_to": null}], "groups": [], "history": false, "identity": [], "end_entity": [], "fingerprint": "021ff7ed4a0fb7e8a1d92a6cab2042c50126477f5e1c97a4b7179cd59d55aeea", "preferences": [{"mask": 1, "prefer": [], "then_latest": false}]}', false);

INSERT INTO syncline.identity_key VALUES
	(1, 0, 'p1@example.com', '01a19bb3-9500-8657-860d-9aa53b04b12d', false),
	(1, 0, 'p2@example.com', '01a19bb3-9500-8677-8a38-4fb057cef088', false);

INSERT INTO syncline.lease VALUES
	(1, 2, 'vm:12031:ac3b069c', 12399, '2026-11-23 22:25:38.579384+00'),
	(2, 2, 'vm:12031:ac3b069c', 12399, '2026-11-23 22:25:38.579384+00');

INSERT INTO syncline.lease_beat VALUES
	(1, '-infinity'),
	(2, '-infinity');

INSERT INTO syncline.ledger VALUES
	(1, 1, 1, 4, 3, 0, 0, 0, 1, NULL, '\xc4ca4238a0b92382c81e728d9d4c2f63eccbc87e4b5ce2fea87ff679a2f3e71d', '{}', NULL),
	(2, 2, 2, 1, 1, 0, 0, 0, 0, NULL, '\x83f1535f99ab0bf4', '{}', 1),
	(3, 1, 1, 3, 1, 1, 0, 0, 1, NULL, '\xc4ca4238a0b92382c81e728d9d4c2f63eccbc87e4b5ce2fe', '{}', NULL),
	(4, 2, 2, 1, 0, 1, 0, 0, 0, 2, NULL, '{}', NULL);

INSERT INTO syncline.mapping OVERRIDING SYSTEM VALUE VALUES
	(1, 'shop/people'),
	(2, 'shop/teams');

INSERT INTO syncline.open_ref VALUES
	(1, '01a19bb3-9500-8677-8a38-4fb057cef088', 'team', 1, 2, 't2', 1, '2');

INSERT INTO syncline.progress VALUES
	(1, '', NULL, 3),
	(2, '', NULL, 3);

INSERT INTO syncline.response_2026_11 VALUES
	('2026-11-01', 1, 1, '', 1, 1, '{"url": "http://127.0.0.1:37613/people", "body": null, "method": "GET", "headers": {"Accept": "*/*", "User-Agent": "syncline", "Accept-Encoding": "gzip, deflate"}}', 200, '{"date": "Mon, 02 Nov 2026 10:00:00 GMT", "content-type": "application/json", "content-length": "510"}', '2026-11-02 10:00:00+00', '\x590adde74478801178da623b5980f524369e2c6c5d6aafbcbe99ef863ad8e90a', '2026-11-01', 510, 510, 'identity', 4, 0),
	('2026-11-01', 2, 2, '', 2, 1, '{"url": "http://127.0.0.1:37613/teams", "body": null, "method": "GET", "headers": {"Accept": "*/*", "User-Agent": "syncline", "Accept-Encoding": "gzip, deflate"}}', 200, '{"date": "Mon, 02 Nov 2026 10:00:00 GMT", "content-type": "application/json", "content-length": "42"}', '2026-11-02 10:00:00+00', '\x23b7c200ef1eac02c42c11cfde746a3aa80fe4b27f729fd5a38d6e518b0e89f0', '2026-11-01', 42, 42, 'identity', 1, 0),
	('2026-11-01', 3, 1, '', 3, 2, '{"url": "http://127.0.0.1:37613/people", "body": null, "method": "GET", "headers": {"Accept": "*/*", "User-Agent": "syncline", "Accept-Encoding": "gzip, deflate"}}', 200, '{"date": "Mon, 02 Nov 2026 10:00:01 GMT", "content-type": "application/json", "content-length": "385"}', '2026-11-02 10:00:01+00', '\x10db18633d6eab7d12846847315e3cec03fd8ff64c1e4ebd406efeb2caa968dc', '2026-11-01', 385, 385, 'identity', 3, 0),
	('2026-11-01', 4, 2, '', 4, 2, '{"url": "http://127.0.0.1:37613/teams", "body": null, "method": "GET", "headers": {"Accept": "*/*", "User-Agent": "syncline", "Accept-Encoding": "gzip, deflate"}}', 200, '{"date": "Mon, 02 Nov 2026 10:00:01 GMT", "content-type": "application/json", "content-length": "42"}', '2026-11-02 10:00:01+00', '\x23b7c200ef1eac02c42c11cfde746a3aa80fe4b27f729fd5a38d6e518b0e89f0', '2026-11-01', 42, 42, 'identity', 1, 0);

INSERT INTO syncline.run OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 'sync', '{"shop/people": 1}', 1, '2026-11-23 22:25:37.781129+00', '2026-11-23 22:25:38.097721+00', true, '{"notes": [], "whole": true, "records": 4, "windows": 1, "deletions": {"came": 4, "known": 3, "absent": 0, "deleted": 0}, "responses": 1, "partitions": 1}'),
	(2, 2, 'sync', '{"shop/teams": 2}', 1, '2026-11-23 22:25:38.200726+00', '2026-11-23 22:25:38.355792+00', true, '{"notes": [], "whole": true, "records": 1, "windows": 1, "responses": 1, "partitions": 1}'),
	(3, 1, 'sync', '{"shop/people": 1}', 2, '2026-11-23 22:25:38.649031+00', '2026-11-23 22:25:38.961039+00', true, '{"notes": [], "whole": true, "records": 3, "windows": 1, "deletions": {"came": 3, "known": 3, "absent": 1, "deleted": 1}, "responses": 1, "partitions": 1}'),
	(4, 2, 'sync', '{"shop/teams": 2}', 2, '2026-11-23 22:25:39.056826+00', '2026-11-23 22:25:39.139225+00', true, '{"notes": [], "whole": true, "records": 1, "windows": 1, "responses": 1, "partitions": 1}');

INSERT INTO syncline.schema_revision VALUES
	('0001');

INSERT INTO syncline.source OVERRIDING SYSTEM VALUE VALUES
	(1, 'shop');

INSERT INTO syncline.stream OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 'people'),
	(2, 1, 'teams');

INSERT INTO syncline.tombstone VALUES
	(1, 1, '4', 3, 2);

INSERT INTO syncline.version OVERRIDING SYSTEM VALUE VALUES
	(1, '9e9f4d7801240218bcdf47848464a255554074ea1dfac8b631fba027d5009b29', '{"mappings/shop/people.yaml":"\nfrom: shop.people\nto: person\nfields:\n  name: name\n  email: email\n  salary: {value: pay, currency: EUR, per: work_hour}\n  height: {value: cm, unit: cm}\n  team: {value: team, ref: shop.teams}\n","mappings/entities/person.yaml":"\nentity: person\nfields:\n  name: {type: string, required: true}\n  email: email\n  salary: {type: money, per: work_year}\n  height: {type: quantity, unit: m}\n  team: {type: ref, entity: team}\nidentity:\n  - {name: email, on: [email], normalise: [trim, lower]}\nhistory: true\n","catalogue/units/aviation.txt":"# Heights as pilots and controllers say them; knots and nautical miles are pint''s own.\nflight_level = 100 * foot\n","catalogue/units/trade.txt":"# What goods are counted and sold in, beside what pint has.\npiece = count = _ = each\npair = 2 * piece\ndozen = 12 * piece\nscore = 20 * piece\ngross = 12 * dozen\ngreat_gross = 12 * gross\nream = 500 * piece\nquintal = 100 * kilogram\nregister_ton = 100 * foot ** 3\n","catalogue/units/work.txt":"# Working time, for pay by the hour, week, month or year: a full-time year of 52 weeks of 40 hours,\n# not the calendar''s year of 8,766 hours.\nwork_hour = [work_time]\nwork_week = 40 * work_hour\nwork_year = 52 * work_week\nwork_month = work_year / 12\n"}'),
	(2, 'bbefba9d2722563804d7052533b9185897087823815c2220ab8666605d271d71', '{"mappings/shop/teams.yaml":"from: shop.teams\nto: team\nfields: {name: name}\n","mappings/entities/team.yaml":"entity: team\nfields: {name: string}\n","catalogue/units/aviation.txt":"# Heights as pilots and controllers say them; knots and nautical miles are pint''s own.\nflight_level = 100 * foot\n","catalogue/units/trade.txt":"# What goods are counted and sold in, beside what pint has.\npiece = count = _ = each\npair = 2 * piece\ndozen = 12 * piece\nscore = 20 * piece\ngross = 12 * dozen\ngreat_gross = 12 * gross\nream = 500 * piece\nquintal = 100 * kilogram\nregister_ton = 100 * foot ** 3\n","catalogue/units/work.txt":"# Working time, for pay by the hour, week, month or year: a full-time year of 52 weeks of 40 hours,\n# not the calendar''s year of 8,766 hours.\nwork_hour = [work_time]\nwork_week = 40 * work_hour\nwork_year = 52 * work_week\nwork_month = work_year / 12\n"}');

SELECT pg_catalog.setval('syncline.dead_letter_decision_id_seq', 1, false);

SELECT pg_catalog.setval('syncline.entity_id_seq', 4, true);

SELECT pg_catalog.setval('syncline.identity_decision_id_seq', 1, false);

SELECT pg_catalog.setval('syncline.mapping_id_seq', 2, true);

SELECT pg_catalog.setval('syncline.raw_id', 4, true);

SELECT pg_catalog.setval('syncline.run_id_seq', 4, true);

SELECT pg_catalog.setval('syncline.source_id_seq', 1, true);

SELECT pg_catalog.setval('syncline.stream_id_seq', 2, true);

SELECT pg_catalog.setval('syncline.version_id_seq', 2, true);

ALTER TABLE ONLY canonical.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY canonical.team
    ADD CONSTRAINT team_pkey PRIMARY KEY (id);

ALTER TABLE ONLY syncline.activation
    ADD CONSTRAINT activation_pkey PRIMARY KEY (n);

ALTER TABLE ONLY syncline.body
    ADD CONSTRAINT body_pkey PRIMARY KEY (month, sha256);

ALTER TABLE ONLY syncline.body_2026_11
    ADD CONSTRAINT body_2026_11_pkey PRIMARY KEY (month, sha256);

ALTER TABLE ONLY syncline.body_2026_12
    ADD CONSTRAINT body_2026_12_pkey PRIMARY KEY (month, sha256);

ALTER TABLE ONLY syncline.body_2027_01
    ADD CONSTRAINT body_2027_01_pkey PRIMARY KEY (month, sha256);

ALTER TABLE ONLY syncline.breaker
    ADD CONSTRAINT breaker_pkey PRIMARY KEY (name);

ALTER TABLE ONLY syncline.contribution_person
    ADD CONSTRAINT contribution_person_pkey PRIMARY KEY (_source, _stream, _key);

ALTER TABLE ONLY syncline.contribution_team
    ADD CONSTRAINT contribution_team_pkey PRIMARY KEY (_source, _stream, _key);

ALTER TABLE ONLY syncline.dead_letter_decision
    ADD CONSTRAINT dead_letter_decision_pkey PRIMARY KEY (id);

ALTER TABLE ONLY syncline.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (mapping, source, stream, subject);

ALTER TABLE ONLY syncline.entity
    ADD CONSTRAINT entity_name_key UNIQUE (name);

ALTER TABLE ONLY syncline.entity
    ADD CONSTRAINT entity_pkey PRIMARY KEY (id);

ALTER TABLE ONLY syncline.identity_decision
    ADD CONSTRAINT identity_decision_pkey PRIMARY KEY (id);

ALTER TABLE ONLY syncline.identity_key
    ADD CONSTRAINT identity_key_pkey PRIMARY KEY (entity, kind, value);

ALTER TABLE ONLY syncline.lease_beat
    ADD CONSTRAINT lease_beat_pkey PRIMARY KEY (stream);

ALTER TABLE ONLY syncline.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (stream);

ALTER TABLE ONLY syncline.ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (raw_id, mapping, activation);

ALTER TABLE ONLY syncline.limiter
    ADD CONSTRAINT limiter_pkey PRIMARY KEY (name, rule, holder, batch);

ALTER TABLE ONLY syncline.mapping
    ADD CONSTRAINT mapping_name_key UNIQUE (name);

ALTER TABLE ONLY syncline.mapping
    ADD CONSTRAINT mapping_pkey PRIMARY KEY (id);

ALTER TABLE ONLY syncline.open_ref
    ADD CONSTRAINT open_ref_pkey PRIMARY KEY (entity, by_stream, by_key, field);

ALTER TABLE ONLY syncline.parked
    ADD CONSTRAINT parked_pkey PRIMARY KEY (stream, mapping);

ALTER TABLE ONLY syncline.pending
    ADD CONSTRAINT pending_pkey PRIMARY KEY (stream, mapping, response);

ALTER TABLE ONLY syncline.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (stream, partition);

ALTER TABLE ONLY syncline.progress_window
    ADD CONSTRAINT progress_window_pkey PRIMARY KEY (stream, partition, lower);

ALTER TABLE ONLY syncline.redirect
    ADD CONSTRAINT redirect_pkey PRIMARY KEY (old);

ALTER TABLE ONLY syncline.response
    ADD CONSTRAINT response_pkey PRIMARY KEY (id, month);

ALTER TABLE ONLY syncline.response_2026_11
    ADD CONSTRAINT response_2026_11_pkey PRIMARY KEY (id, month);

ALTER TABLE ONLY syncline.response_2026_12
    ADD CONSTRAINT response_2026_12_pkey PRIMARY KEY (id, month);

ALTER TABLE ONLY syncline.response_2027_01
    ADD CONSTRAINT response_2027_01_pkey PRIMARY KEY (id, month);

ALTER TABLE ONLY syncline.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY syncline.schema_revision
    ADD CONSTRAINT schema_revision_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY syncline.source
    ADD CONSTRAINT source_name_key UNIQUE (name);

ALTER TABLE ONLY syncline.source
    ADD CONSTRAINT source_pkey PRIMARY KEY (id);

ALTER TABLE ONLY syncline.stream
    ADD CONSTRAINT stream_pkey PRIMARY KEY (id);

ALTER TABLE ONLY syncline.stream
    ADD CONSTRAINT stream_source_name_key UNIQUE (source, name);

ALTER TABLE ONLY syncline.tombstone
    ADD CONSTRAINT tombstone_pkey PRIMARY KEY (source, stream, key, run);

ALTER TABLE ONLY syncline.version
    ADD CONSTRAINT version_fingerprint_key UNIQUE (fingerprint);

ALTER TABLE ONLY syncline.version
    ADD CONSTRAINT version_pkey PRIMARY KEY (id);

CREATE INDEX person_history_id__until_idx ON canonical.person_history USING btree (id, _until);

CREATE INDEX team_history_id__until_idx ON canonical.team_history USING btree (id, _until);

CREATE INDEX activation_mapping ON syncline.activation USING btree (mapping, n);

CREATE INDEX contribution_person_entity_id ON syncline.contribution_person USING btree (_entity_id);

CREATE INDEX contribution_person_raw_id ON syncline.contribution_person USING btree (_raw_id);

CREATE INDEX contribution_team_entity_id ON syncline.contribution_team USING btree (_entity_id);

CREATE INDEX contribution_team_raw_id ON syncline.contribution_team USING btree (_raw_id);

CREATE INDEX dead_letter_decision_subject ON syncline.dead_letter_decision USING btree (mapping, source, stream, subject);

CREATE INDEX dead_letter_raw_id ON syncline.dead_letter USING btree (raw_id);

CREATE INDEX identity_decision_entity ON syncline.identity_decision USING btree (entity, entity_id);

CREATE INDEX identity_key_entity_id ON syncline.identity_key USING btree (entity_id);

CREATE INDEX open_ref_key ON syncline.open_ref USING btree (source, stream, key);

CREATE INDEX redirect_new ON syncline.redirect USING btree (new);

CREATE INDEX response_run ON ONLY syncline.response USING btree (run);

CREATE INDEX response_2026_11_run_idx ON syncline.response_2026_11 USING btree (run);

CREATE INDEX response_stream_position ON ONLY syncline.response USING btree (stream, "position");

CREATE INDEX response_2026_11_stream_position_idx ON syncline.response_2026_11 USING btree (stream, "position");

CREATE INDEX response_stream_sha256 ON ONLY syncline.response USING btree (stream, sha256);

CREATE INDEX response_2026_11_stream_sha256_idx ON syncline.response_2026_11 USING btree (stream, sha256);

CREATE INDEX response_2026_12_run_idx ON syncline.response_2026_12 USING btree (run);

CREATE INDEX response_2026_12_stream_position_idx ON syncline.response_2026_12 USING btree (stream, "position");

CREATE INDEX response_2026_12_stream_sha256_idx ON syncline.response_2026_12 USING btree (stream, sha256);

CREATE INDEX response_2027_01_run_idx ON syncline.response_2027_01 USING btree (run);

CREATE INDEX response_2027_01_stream_position_idx ON syncline.response_2027_01 USING btree (stream, "position");

CREATE INDEX response_2027_01_stream_sha256_idx ON syncline.response_2027_01 USING btree (stream, sha256);

CREATE INDEX run_stream ON syncline.run USING btree (stream, id);

ALTER INDEX syncline.body_pkey ATTACH PARTITION syncline.body_2026_11_pkey;

ALTER INDEX syncline.body_pkey ATTACH PARTITION syncline.body_2026_12_pkey;

ALTER INDEX syncline.body_pkey ATTACH PARTITION syncline.body_2027_01_pkey;

ALTER INDEX syncline.response_pkey ATTACH PARTITION syncline.response_2026_11_pkey;

ALTER INDEX syncline.response_run ATTACH PARTITION syncline.response_2026_11_run_idx;

ALTER INDEX syncline.response_stream_position ATTACH PARTITION syncline.response_2026_11_stream_position_idx;

ALTER INDEX syncline.response_stream_sha256 ATTACH PARTITION syncline.response_2026_11_stream_sha256_idx;

ALTER INDEX syncline.response_pkey ATTACH PARTITION syncline.response_2026_12_pkey;

ALTER INDEX syncline.response_run ATTACH PARTITION syncline.response_2026_12_run_idx;

ALTER INDEX syncline.response_stream_position ATTACH PARTITION syncline.response_2026_12_stream_position_idx;

ALTER INDEX syncline.response_stream_sha256 ATTACH PARTITION syncline.response_2026_12_stream_sha256_idx;

ALTER INDEX syncline.response_pkey ATTACH PARTITION syncline.response_2027_01_pkey;

ALTER INDEX syncline.response_run ATTACH PARTITION syncline.response_2027_01_run_idx;

ALTER INDEX syncline.response_stream_position ATTACH PARTITION syncline.response_2027_01_stream_position_idx;

ALTER INDEX syncline.response_stream_sha256 ATTACH PARTITION syncline.response_2027_01_stream_sha256_idx;
