-- Deploy jalon:audit to pg
-- requires: common

BEGIN;
SET LOCAL ROLE jalon_audit_owner;

-- Who did what, when. Written in the transaction of the command it tells of, and never changed.
CREATE TABLE audit.event (
  event_id   bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT event_pkey PRIMARY KEY,
  -- Transaction that wrote it: sequence numbers are not in commit order, so the chain below goes by transactions.
  txid       xid8        NOT NULL DEFAULT pg_current_xact_id(),
  at         timestamptz NOT NULL DEFAULT now(),
  actor      text        NOT NULL,
  area       text        NOT NULL,
  action     text        NOT NULL,
  subject    text        NOT NULL,
  case_id    bigint,
  details    jsonb       NOT NULL DEFAULT '{}',
  request_id uuid
);
CREATE INDEX event_by_txid ON audit.event (txid, event_id);
CREATE INDEX event_by_case ON audit.event (case_id, event_id) WHERE case_id IS NOT NULL;
CREATE INDEX event_by_actor ON audit.event (actor, event_id);

-- The hash chain (law 9): each event gets its place once no earlier transaction can still add one, and a digest over
-- the event and the digest before it. Places have no gap and are in commit order, so they are the cursor of a watch. That each
-- place has its event, audit.check_chain tells; a foreign key would lock, and so write, each event once more.
CREATE TABLE audit.chain (
  place    bigint NOT NULL CONSTRAINT chain_pkey PRIMARY KEY,
  event_id bigint NOT NULL CONSTRAINT chain_event_once UNIQUE,
  digest   bytea  NOT NULL
);

-- Where the chain ends. In the chain are all events of transactions before `next_txid`, and of that one those up to
-- `last_event_id`.
CREATE TABLE audit.chain_end (
  one       boolean NOT NULL DEFAULT true CONSTRAINT chain_end_pkey PRIMARY KEY CONSTRAINT chain_end_one CHECK (one),
  place     bigint  NOT NULL,
  digest    bytea   NOT NULL,
  next_txid xid8    NOT NULL,
  last_event_id bigint NOT NULL
);
INSERT INTO audit.chain_end (place, digest, next_txid, last_event_id) VALUES (0, sha256('jalon'), '0', 0);

CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.event
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();
CREATE TRIGGER chain_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.chain
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- Published: every area tells of its commands through it, in their transaction.
CREATE FUNCTION audit.append(
  call common.call, area text, action text, subject text, case_id bigint DEFAULT NULL, details jsonb DEFAULT '{}'
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  INSERT INTO audit.event (actor, area, action, subject, case_id, details, request_id)
  VALUES (call.actor, area, action, subject, case_id, details, call.request_id);
END;

-- Published: the same for many subjects of commands that travel together; the arrays run in parallel. In PL/pgSQL, which
-- keeps its plan, where SQL would plan at each call: it is on the hottest path.
CREATE FUNCTION audit.append_many(
  p_request_id uuid[], p_actor text[], p_area text, p_action text[], p_subject text[], p_case_id bigint[], p_details jsonb[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO audit.event (actor, area, action, subject, case_id, details, request_id)
  SELECT e.actor, p_area, e.action, e.subject, e.case_id, e.details, e.request_id
    FROM unnest(p_request_id, p_actor, p_action, p_subject, p_case_id, p_details)
         AS e (request_id, actor, action, subject, case_id, details);
END $$;

-- Published to calendar: what was done to subjects of a case, and by whom.
CREATE FUNCTION audit.told(p_case_id bigint, p_subjects text[])
RETURNS TABLE (event_id bigint, subject text, at timestamptz, actor text, action text, details jsonb, request_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT e.event_id, e.subject, e.at, e.actor, e.action, e.details, e.request_id
    FROM audit.event e
   WHERE e.case_id = p_case_id AND e.subject = ANY (p_subjects);
END;

-- What the digest of an event covers.
CREATE FUNCTION audit.event_bytes(e audit.event) RETURNS bytea
LANGUAGE sql STABLE
RETURN convert_to(json_build_array(e.event_id, e.at AT TIME ZONE 'UTC', e.actor, e.area, e.action, e.subject, e.case_id, e.details,
                                   e.request_id)::text, 'UTF8');

-- Gives up to `limit_count` waiting events their place in the chain; returns how many it gave. One at a time: a second
-- caller finds the end of the chain locked and leaves. Every event passes here, so they are read and written together, and by
-- the index whatever the table was when the plan was made.
CREATE FUNCTION audit.extend_chain(limit_count int) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog SET enable_seqscan = off AS $$
DECLARE
  tail     audit.chain_end;
  horizon  xid8 := pg_snapshot_xmin(pg_current_snapshot());
  ids      bigint[];
  txids    xid8[];
  contents bytea[];
  content  bytea;
  digests  bytea[] := '{}';
BEGIN
  SELECT * INTO tail FROM audit.chain_end FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  SELECT coalesce(array_agg(w.event_id ORDER BY w.txid, w.event_id), '{}'), array_agg(w.txid ORDER BY w.txid, w.event_id),
         coalesce(array_agg(w.content ORDER BY w.txid, w.event_id), '{}')
    INTO ids, txids, contents
    FROM (SELECT v.event_id, v.txid, audit.event_bytes(v) AS content
            FROM audit.event v
           WHERE (v.txid, v.event_id) > (tail.next_txid, tail.last_event_id) AND v.txid < horizon
           ORDER BY v.txid, v.event_id
           LIMIT limit_count) w;
  FOREACH content IN ARRAY contents LOOP
    tail.digest := sha256(tail.digest || content);
    digests := digests || tail.digest;
  END LOOP;
  INSERT INTO audit.chain (place, event_id, digest)
  SELECT tail.place + d.nth, d.event_id, d.digest
    FROM unnest(ids, digests) WITH ORDINALITY AS d (event_id, digest, nth);
  IF cardinality(ids) < limit_count THEN
    tail.next_txid := horizon;
    tail.last_event_id := 0;
  ELSE
    tail.next_txid := txids[limit_count];
    tail.last_event_id := ids[limit_count];
  END IF;
  UPDATE audit.chain_end
     SET place = tail.place + cardinality(ids), digest = tail.digest, next_txid = tail.next_txid, last_event_id = tail.last_event_id;
  RETURN cardinality(ids);
END $$;

-- Law 9: the chain, computed again from its start.
CREATE FUNCTION audit.check_chain() RETURNS common.law_check
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
  computed bytea := sha256('jalon');
  result   common.law_check := (9, 0, 0, '');
  link     record;
BEGIN
  FOR link IN
    SELECT c.place, c.digest, e AS event FROM audit.chain c JOIN audit.event e USING (event_id) ORDER BY c.place
  LOOP
    result.checked := result.checked + 1;
    computed := sha256(computed || audit.event_bytes(link.event));
    IF link.place <> result.checked OR link.digest <> computed THEN
      result.breaches := 1;
      result.sample := format('chain broken at place %s', link.place);
      RETURN result;
    END IF;
  END LOOP;
  IF (SELECT (e.place, e.digest) IS DISTINCT FROM (result.checked, computed) FROM audit.chain_end e) THEN
    result.breaches := 1;
    result.sample := 'the chain does not end where it should';
  END IF;
  RETURN result;
END $$;

-- Law 11, as far as the rows can tell: what was done under a request id was done by the one caller it belongs to, once
-- for each subject.
CREATE FUNCTION audit.check_requests() RETURNS common.law_check
LANGUAGE sql STABLE SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT 11, count(*), count(*) FILTER (WHERE r.wrong),
         coalesce(string_agg(r.what, E'\n') FILTER (WHERE r.wrong AND r.nth <= 5), '')
    FROM (SELECT w.*, row_number() OVER (PARTITION BY w.wrong) AS nth
            FROM (SELECT count(DISTINCT e.actor) > 1 OR count(*) > count(DISTINCT (e.action, e.subject)) AS wrong,
                         'request ' || e.request_id || ' had two effects' AS what
                    FROM audit.event e WHERE e.request_id IS NOT NULL
                   GROUP BY e.request_id) w) r;
END;

-- An event as the contract's jalon.audit.v1.Event; its cursor is its place in the chain, absent until it has one.
CREATE VIEW audit.event_row AS
SELECT c.place::text AS cursor, e.at, e.actor, e.area, e.action, e.subject, e.case_id, e.details::text AS details,
       e.request_id, e.event_id AS "#event_id"
  FROM audit.event e
  LEFT JOIN audit.chain c USING (event_id);

GRANT EXECUTE ON FUNCTION audit.append, audit.append_many TO
  jalon_programme_owner, jalon_enrolment_owner, jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_inbox_owner, jalon_programme, jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding, jalon_inbox;
GRANT EXECUTE ON FUNCTION audit.told TO jalon_calendar_owner, jalon_calendar;
GRANT SELECT ON audit.event, audit.chain, audit.chain_end, audit.event_row TO jalon_audit;
GRANT INSERT ON audit.chain TO jalon_audit;
GRANT UPDATE ON audit.chain_end TO jalon_audit;
GRANT EXECUTE ON FUNCTION audit.extend_chain, audit.check_chain, audit.check_requests, audit.event_bytes TO jalon_audit;

COMMIT;
