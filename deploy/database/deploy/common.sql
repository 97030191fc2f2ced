-- Deploy jalon:common to pg
-- requires: roles

BEGIN;
SET LOCAL ROLE jalon_common_owner;

-- Who calls, and under which request: the first argument of every command.
CREATE TYPE common.call AS (
  request_id   uuid,
  request_hash bytea,  -- SHA-256 of the request without its id
  method       text,   -- as AdmitCase
  actor        text    -- name of the principal
);

-- Refuses the command: its transaction ends with nothing done. `metadata` alternates keys and values. The message is
-- the reason and its metadata as JSON; SQLSTATE JL001 tells the storage room to read it so.
CREATE FUNCTION common.refuse(reason text, VARIADIC metadata text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% %', reason, jsonb_object(metadata) USING ERRCODE = 'JL001';
END $$;

-- The first answer of every command, so that a retry has the same one (law 11).
CREATE TABLE common.request (
  request_id   uuid        NOT NULL CONSTRAINT request_once PRIMARY KEY,
  request_hash bytea       NOT NULL,
  method       text        NOT NULL,
  actor        text        NOT NULL,
  answer       jsonb       NOT NULL,
  at           timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE common.request IS 'One row a command: what it answered first. Rows may be purged once no client can retry them.';

-- The answer already given under this request id, or NULL when it is new. The same id with other content, another
-- method or another caller is refused.
CREATE FUNCTION common.replay(call common.call) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  first common.request;
BEGIN
  SELECT * INTO first FROM common.request r WHERE r.request_id = call.request_id;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  IF (first.request_hash, first.method, first.actor) IS DISTINCT FROM (call.request_hash, call.method, call.actor) THEN
    PERFORM common.refuse('REQUEST_ID_REUSED');
  END IF;
  RETURN first.answer;
END $$;

-- Keeps the answer. Of two commands under one id at the same instant, the second breaks `request_once` here, and the
-- storage room runs it again to find the first one's answer.
CREATE FUNCTION common.remember(call common.call, answer jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  INSERT INTO common.request (request_id, request_hash, method, actor, answer)
  VALUES (call.request_id, call.request_hash, call.method, call.actor, answer);
END;

-- The schema a service finds; one that needs a newer one reports NOT_SERVING. A change that code depends on replaces it.
CREATE FUNCTION common.schema_version() RETURNS int LANGUAGE sql STABLE RETURN 1;

-- The same for commands of one method that travel together; the arrays run in parallel, an element a call. One row for
-- each call that is not new: its first answer, or `reused` where the id has other content or another caller, be it in
-- a call further ahead in the same arrays. An exact copy of a call further ahead is not told: it does as that one does.
CREATE FUNCTION common.replay_many(
  p_request_id uuid[], p_request_hash bytea[], p_method text, p_actor text[]
) RETURNS TABLE (call int, reused boolean, answer jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  RETURN QUERY
    SELECT c.call::int, (r.request_hash, r.method, r.actor) IS DISTINCT FROM (c.request_hash, p_method, c.actor), r.answer
      FROM unnest(p_request_id, p_request_hash, p_actor) WITH ORDINALITY AS c (request_id, request_hash, actor, call)
      JOIN common.request r ON r.request_id = c.request_id;
  IF cardinality(p_request_id) = 1 THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT c.call::int, true, NULL::jsonb
      FROM unnest(p_request_id, p_request_hash, p_actor) WITH ORDINALITY AS c (request_id, request_hash, actor, call),
           LATERAL (SELECT array_position(p_request_id, c.request_id) AS call) ahead
     WHERE ahead.call < c.call
       AND (p_request_hash[ahead.call], p_actor[ahead.call]) IS DISTINCT FROM (c.request_hash, c.actor)
       AND NOT EXISTS (SELECT FROM common.request r WHERE r.request_id = c.request_id);
END $$;

-- Keeps the answers of commands that travel together; a call whose answer is NULL is left out, and so is the copy of a
-- call further ahead. In the order of their ids, so that two companies of travellers cannot wait for each other.
CREATE FUNCTION common.remember_many(
  p_request_id uuid[], p_request_hash bytea[], p_method text, p_actor text[], p_answer jsonb[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO common.request (request_id, request_hash, method, actor, answer)
  SELECT DISTINCT ON (c.request_id) c.request_id, c.request_hash, p_method, c.actor, c.answer
    FROM unnest(p_request_id, p_request_hash, p_actor, p_answer) WITH ORDINALITY
         AS c (request_id, request_hash, actor, answer, call)
   WHERE c.answer IS NOT NULL
   ORDER BY c.request_id, c.call;
END $$;

-- A sum of bigints that is a bigint, or out of range: sum() itself gives a numeric, which costs more than the adding. Of nothing
-- it is 0.
CREATE AGGREGATE common.total(bigint) (SFUNC = int8pl, STYPE = bigint, INITCOND = '0', PARALLEL = SAFE);

-- What `jalon verify` reports of a law.
CREATE TYPE common.law_check AS (
  law      int,
  checked  bigint,  -- rows examined
  breaches bigint,
  sample   text     -- the first breaches, one a line
);

-- What each area publishes of what waits in it, for the inbox, which orders it by what hurts: a row of <area>.what_waits.
CREATE TYPE common.waiting AS (
  kind          text,    -- as the inbox's contract calls it, in lower case
  subject       text,    -- as sheet/1042/7/2026-09; with the kind it names the row
  case_id       bigint,
  consultant_id bigint,
  siren         text,
  month         date,
  half_days     int,
  since         date,    -- since when it waits
  due           date,    -- the day that its kind turns on: a deadline, or when it was ready
  detail        text     -- what else tells it apart, as a programme
);

-- Trigger of the tables that only grow (law 9): it refuses everyone, the owner included.
CREATE FUNCTION common.append_only() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of %.% are append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA common TO
  jalon_programme_owner, jalon_enrolment_owner, jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_inbox_owner, jalon_audit_owner,
  jalon_programme, jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding, jalon_inbox, jalon_audit;

COMMIT;
