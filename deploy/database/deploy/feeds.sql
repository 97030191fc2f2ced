-- Deploy jalon:feeds to pg
-- requires: calendar
-- requires: planning

BEGIN;
SET LOCAL ROLE jalon_calendar_owner;

CREATE TYPE calendar.feed_kind AS ENUM ('consultant', 'case', 'portfolio');

-- Subscriptions of calendar programs. The token in an address is 256 random bits and is kept nowhere: only its SHA-256 is,
-- by which it is found. A stolen copy of this table opens nothing.
CREATE TABLE calendar.feed (
  feed_id       bigint             GENERATED ALWAYS AS IDENTITY CONSTRAINT feed_pkey PRIMARY KEY,
  digest        bytea              NOT NULL CONSTRAINT feed_by_token UNIQUE CONSTRAINT feed_digest_is_sha256 CHECK (length(digest) = 32),
  kind          calendar.feed_kind NOT NULL,
  consultant_id bigint,
  case_ids      bigint[],
  language      text               NOT NULL CONSTRAINT feed_language CHECK (language IN ('fr', 'en')),
  label         text               NOT NULL,
  created_by    text               NOT NULL,
  created_at    timestamptz        NOT NULL DEFAULT now(),
  revoked_at    timestamptz,
  revoked_by    text,
  CONSTRAINT feed_has_its_target CHECK (CASE kind WHEN 'consultant' THEN consultant_id IS NOT NULL AND case_ids IS NULL
                                                  WHEN 'case' THEN consultant_id IS NULL AND cardinality(case_ids) = 1
                                                  ELSE consultant_id IS NULL AND cardinality(case_ids) > 0 END),
  CONSTRAINT feed_revoked_by_somebody CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX feed_by_consultant ON calendar.feed (consultant_id) WHERE consultant_id IS NOT NULL;
CREATE INDEX feed_by_case ON calendar.feed USING gin (case_ids);

-- A feed as the contract's jalon.calendar.v1.Feed.
CREATE VIEW calendar.feed_row AS
SELECT feed_id, kind, consultant_id, case_ids, language, label, created_by, created_at, revoked_at, revoked_by
  FROM calendar.feed;

-- Whether a caller who sees only the scope's data (NULL: all) may have a feed of this target.
CREATE FUNCTION calendar.owns_target(
  p_consultant_id bigint, p_case_ids bigint[], p_scope_consultant bigint, p_scope_siren text
) RETURNS boolean
LANGUAGE sql STABLE
RETURN (p_scope_consultant IS NULL OR p_scope_consultant IS NOT DISTINCT FROM p_consultant_id)
   AND (p_scope_siren IS NULL
        OR p_case_ids IS NOT NULL AND NOT EXISTS (
             SELECT FROM unnest(p_case_ids) AS id LEFT JOIN calendar.case_grant g ON g.case_id = id
              WHERE g.siren IS DISTINCT FROM p_scope_siren));

-- Refuses unless each of the cases has half-days, or could: it was admitted.
CREATE FUNCTION calendar.check_cases(p_case_ids bigint[]) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
  missing bigint;
BEGIN
  SELECT min(id) INTO missing FROM unnest(p_case_ids) AS id
   WHERE NOT EXISTS (SELECT FROM calendar.case_grant g WHERE g.case_id = id);
  IF missing IS NOT NULL THEN
    PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', missing::text);
  END IF;
END $$;

-- A retry has the same feed. Its first token is known to nobody but whoever got the first answer, so that the token of the
-- retry takes its place.
CREATE FUNCTION calendar.create_feed(
  call common.call, p_digest bytea, p_kind calendar.feed_kind, p_consultant_id bigint, p_case_ids bigint[], p_language text,
  p_label text, p_scope_consultant bigint, p_scope_siren text
) RETURNS SETOF calendar.feed_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  id     bigint := (answer ->> 'feed_id')::bigint;
BEGIN
  IF id IS NOT NULL THEN
    UPDATE calendar.feed SET digest = p_digest WHERE feed_id = id;
    RETURN QUERY SELECT * FROM calendar.feed_row f WHERE f.feed_id = id;
    RETURN;
  END IF;
  IF NOT calendar.owns_target(p_consultant_id, p_case_ids, p_scope_consultant, p_scope_siren) THEN
    PERFORM common.refuse('NOT_ALLOWED');
  END IF;
  IF p_consultant_id IS NOT NULL AND NOT EXISTS (SELECT FROM assignment.consultant_name n WHERE n.consultant_id = p_consultant_id) THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  PERFORM calendar.check_cases(p_case_ids);
  INSERT INTO calendar.feed (digest, kind, consultant_id, case_ids, language, label, created_by)
  VALUES (p_digest, p_kind, p_consultant_id, p_case_ids, p_language, p_label, call.actor)
  RETURNING feed_id INTO id;
  PERFORM audit.append(call, 'calendar', 'feed.created', 'feed/' || id, p_case_ids[1],
                       jsonb_strip_nulls(jsonb_build_object('kind', p_kind, 'consultant_id', p_consultant_id, 'case_ids', p_case_ids)));
  PERFORM common.remember(call, jsonb_build_object('feed_id', id));
  RETURN QUERY SELECT * FROM calendar.feed_row f WHERE f.feed_id = id;
END $$;

CREATE FUNCTION calendar.set_feed_cases(call common.call, p_feed_id bigint, p_case_ids bigint[]) RETURNS SETOF calendar.feed_row
LANGUAGE plpgsql AS $$
BEGIN
  IF common.replay(call) IS NULL THEN
    PERFORM FROM calendar.feed f WHERE f.feed_id = p_feed_id AND f.kind = 'portfolio' AND f.revoked_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
      PERFORM common.refuse('FEED_NOT_FOUND', 'feed_id', p_feed_id::text);
    END IF;
    PERFORM calendar.check_cases(p_case_ids);
    UPDATE calendar.feed SET case_ids = p_case_ids WHERE feed_id = p_feed_id;
    PERFORM audit.append(call, 'calendar', 'feed.cases_set', 'feed/' || p_feed_id, NULL, jsonb_build_object('case_ids', p_case_ids));
    PERFORM common.remember(call, '[]');
  END IF;
  RETURN QUERY SELECT * FROM calendar.feed_row f WHERE f.feed_id = p_feed_id;
END $$;

CREATE FUNCTION calendar.revoke_feed(call common.call, p_feed_id bigint, p_scope_consultant bigint, p_scope_siren text)
RETURNS SETOF calendar.feed_row
LANGUAGE plpgsql AS $$
DECLARE
  feed calendar.feed;
BEGIN
  IF common.replay(call) IS NULL THEN
    SELECT * INTO feed FROM calendar.feed f WHERE f.feed_id = p_feed_id FOR UPDATE;
    IF NOT FOUND THEN
      PERFORM common.refuse('FEED_NOT_FOUND', 'feed_id', p_feed_id::text);
    ELSIF NOT calendar.owns_target(feed.consultant_id, feed.case_ids, p_scope_consultant, p_scope_siren) THEN
      PERFORM common.refuse('NOT_ALLOWED');
    END IF;
    IF feed.revoked_at IS NULL THEN
      UPDATE calendar.feed SET revoked_at = now(), revoked_by = call.actor WHERE feed_id = p_feed_id;
      PERFORM audit.append(call, 'calendar', 'feed.revoked', 'feed/' || p_feed_id, feed.case_ids[1]);
    END IF;
    PERFORM common.remember(call, '[]');
  END IF;
  RETURN QUERY SELECT * FROM calendar.feed_row f WHERE f.feed_id = p_feed_id;
END $$;

-- What the feed of a token tells: the newest of its half-days up to a bound, those cancelled for as long as calendar programs
-- need to hear of it. A row a half-day, the feed's own columns in each; one row of NULLs after them where there is none; no
-- row where the token opens nothing.
CREATE FUNCTION calendar.read_feed(p_digest bytea, p_most int) RETURNS TABLE (
  kind calendar.feed_kind, language text, target_name text, case_count int, half_day_id uuid, case_id bigint, phase text, date date,
  half calendar.half, state calendar.half_day_state, changed_at bigint, company_name text, consultant_name text, department text,
  commune text
)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  feed calendar.feed;
BEGIN
  SELECT * INTO feed FROM calendar.feed f WHERE f.digest = p_digest AND f.revoked_at IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY
    WITH shown AS MATERIALIZED (
      SELECT * FROM calendar.half_day h
       WHERE (h.consultant_id = feed.consultant_id OR h.case_id = ANY (feed.case_ids))
         AND (h.state <> 'cancelled' OR h.updated_at > now() - interval '30 days')
       ORDER BY h.date DESC, h.half DESC, h.half_day_id
       LIMIT p_most
    ), title AS MATERIALIZED (
      SELECT k.case_id, t.phase, CASE feed.language WHEN 'fr' THEN t.title_fr ELSE t.title_en END AS title
        FROM (SELECT DISTINCT h.case_id FROM shown h) k, LATERAL calendar.phase_titles(k.case_id) t
    )
    SELECT feed.kind, feed.language,
           CASE feed.kind
             WHEN 'consultant' THEN (SELECT n.name FROM assignment.consultant_name n WHERE n.consultant_id = feed.consultant_id)
             WHEN 'case' THEN (SELECT c.company_name FROM enrolment.case_facts c WHERE c.case_id = feed.case_ids[1])
           END,
           coalesce(cardinality(feed.case_ids), 0), h.half_day_id, h.case_id, coalesce(t.title, h.phase), h.date, h.half, h.state,
           extract(epoch FROM h.updated_at)::bigint, k.company_name, n.name, g.department, k.commune
      FROM (VALUES (1)) AS one
      LEFT JOIN shown h ON true
      LEFT JOIN title t ON (t.case_id, t.phase) = (h.case_id, h.phase)
      LEFT JOIN calendar.case_grant g ON g.case_id = h.case_id
      LEFT JOIN enrolment.case_facts k ON k.case_id = h.case_id
      LEFT JOIN assignment.consultant_name n ON n.consultant_id = h.consultant_id
     ORDER BY h.date, h.half, h.half_day_id;
END $$;

GRANT SELECT, INSERT ON calendar.feed TO jalon_calendar;
GRANT UPDATE (digest, case_ids, revoked_at, revoked_by) ON calendar.feed TO jalon_calendar;
GRANT SELECT ON calendar.feed_row TO jalon_calendar;
GRANT EXECUTE ON FUNCTION
  calendar.owns_target, calendar.check_cases, calendar.create_feed, calendar.set_feed_cases, calendar.revoke_feed, calendar.read_feed
  TO jalon_calendar;

COMMIT;
