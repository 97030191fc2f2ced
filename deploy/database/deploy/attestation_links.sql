-- Deploy jalon:attestation_links to pg
-- requires: calendar

BEGIN;
SET LOCAL ROLE jalon_calendar_owner;

-- Links by which a company attests one sheet (case, consultant, month) without an account. The token is 256 random bits and
-- is kept nowhere: only its SHA-256 is, by which it is found. The code that may be read over the phone has eight digits: it
-- is salted, good for an officer only, and void after five wrong tries. Whoever could read this table could find a code by
-- trying them all, but no token.
CREATE TABLE calendar.attestation_link (
  link_id       bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT attestation_link_pkey PRIMARY KEY,
  digest        bytea       NOT NULL CONSTRAINT attestation_link_by_token UNIQUE
                            CONSTRAINT attestation_digest_is_sha256 CHECK (length(digest) = 32),
  code_salt     bytea       NOT NULL,
  code_digest   bytea       NOT NULL,
  code_tries    int         NOT NULL DEFAULT 0 CONSTRAINT code_tries_bounded CHECK (code_tries BETWEEN 0 AND 5),
  case_id       bigint      NOT NULL,
  consultant_id bigint      NOT NULL,
  month         date        NOT NULL CONSTRAINT link_month_by_its_first CHECK (extract(day FROM month) = 1),
  created_by    text        NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL,
  revoked_at    timestamptz,
  revoked_by    text,
  signer        text,         -- who last signed with it, by the name they gave
  used_at       timestamptz,  -- since then nothing of the sheet waits, and it signs no more
  CONSTRAINT link_expires_later CHECK (expires_at > created_at),
  CONSTRAINT link_revoked_by_somebody CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)),
  CONSTRAINT used_link_was_signed CHECK (used_at IS NULL OR signer IS NOT NULL)
);
CREATE UNIQUE INDEX one_open_link_a_sheet ON calendar.attestation_link (case_id, consultant_id, month)
  WHERE revoked_at IS NULL AND used_at IS NULL;
CREATE INDEX attestation_link_by_sheet ON calendar.attestation_link (case_id, consultant_id, month, link_id);

-- A link as the contract's jalon.calendar.v1.AttestationLink.
CREATE VIEW calendar.attestation_link_row AS
SELECT link_id, case_id, consultant_id, left(month::text, 7) AS month, created_by, created_at, expires_at, revoked_at, revoked_by,
       signer, used_at, 5 - code_tries AS code_tries_left
  FROM calendar.attestation_link;

-- A sheet with the link that opens it: a row a half-day, or one row of NULLs after the link's own columns.
CREATE FUNCTION calendar.open_attestation(p_digest bytea) RETURNS TABLE (
  link calendar.attestation_link_row, expired boolean, company_name text, consultant_name text, half_day calendar.half_day_row
)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT w, l.expires_at <= now(), k.company_name, n.name, r
    FROM calendar.attestation_link l
    JOIN calendar.attestation_link_row w USING (link_id)
    LEFT JOIN enrolment.case_facts k ON k.case_id = l.case_id
    LEFT JOIN assignment.consultant_name n ON n.consultant_id = l.consultant_id
    LEFT JOIN calendar.half_day h ON (h.case_id, h.consultant_id, h.sheet_month) = (l.case_id, l.consultant_id, l.month)
                                     AND h.state IN ('performed', 'attested', 'approved')
    LEFT JOIN calendar.half_day_row r ON r.half_day_id = h.half_day_id
   WHERE l.digest = p_digest AND l.revoked_at IS NULL
   ORDER BY h.date, h.half, h.half_day_id;
END;

-- A sheet has one open link: a new one revokes the one before, and tells its number (`replaced`). A retry has the same link; its
-- first token and code are known to nobody but whoever got the first answer, so that those of the retry take their place.
CREATE FUNCTION calendar.create_attestation_link(
  call common.call, p_digest bytea, p_code_salt bytea, p_code_digest bytea, p_case_id bigint, p_consultant_id bigint, p_month date,
  p_valid_days int
) RETURNS TABLE (link calendar.attestation_link_row, replaced bigint)
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  id     bigint := (answer ->> 'link_id')::bigint;
  before bigint := (answer ->> 'replaced')::bigint;
BEGIN
  IF id IS NOT NULL THEN
    UPDATE calendar.attestation_link SET digest = p_digest, code_salt = p_code_salt, code_digest = p_code_digest, code_tries = 0
     WHERE link_id = id;
    RETURN QUERY SELECT w, before FROM calendar.attestation_link_row w WHERE w.link_id = id;
    RETURN;
  END IF;
  PERFORM FROM calendar.case_grant g WHERE g.case_id = p_case_id FOR UPDATE;  -- one new link of a sheet at a time
  PERFORM FROM calendar.half_day h
    WHERE (h.case_id, h.consultant_id, h.sheet_month) = (p_case_id, p_consultant_id, p_month)
      AND h.state IN ('performed', 'attested', 'approved');
  IF NOT FOUND THEN
    PERFORM common.refuse('SHEET_NOT_FOUND');
  END IF;
  PERFORM FROM calendar.half_day h
    WHERE (h.case_id, h.consultant_id, h.sheet_month) = (p_case_id, p_consultant_id, p_month) AND h.state = 'performed';
  IF NOT FOUND THEN
    PERFORM common.refuse('NOTHING_TO_ATTEST');
  END IF;
  UPDATE calendar.attestation_link SET revoked_at = now(), revoked_by = call.actor
   WHERE (case_id, consultant_id, month) = (p_case_id, p_consultant_id, p_month) AND revoked_at IS NULL AND used_at IS NULL
  RETURNING link_id INTO before;
  INSERT INTO calendar.attestation_link (digest, code_salt, code_digest, case_id, consultant_id, month, created_by, expires_at)
  VALUES (p_digest, p_code_salt, p_code_digest, p_case_id, p_consultant_id, p_month, call.actor,
          now() + make_interval(days => p_valid_days))
  RETURNING link_id INTO id;
  PERFORM audit.append(call, 'calendar', 'attestation_link.created', 'attestation_link/' || id, p_case_id,
                       jsonb_strip_nulls(jsonb_build_object('consultant_id', p_consultant_id, 'month', left(p_month::text, 7),
                                                            'replaced', before)));
  PERFORM common.remember(call, jsonb_strip_nulls(jsonb_build_object('link_id', id, 'replaced', before)));
  RETURN QUERY SELECT w, before FROM calendar.attestation_link_row w WHERE w.link_id = id;
END $$;

-- Revokes the open link of a sheet, if there is one; returns the sheet's newest link, or none where it never had one.
CREATE FUNCTION calendar.revoke_attestation_link(call common.call, p_case_id bigint, p_consultant_id bigint, p_month date)
RETURNS SETOF calendar.attestation_link_row
LANGUAGE plpgsql AS $$
DECLARE
  id bigint;
BEGIN
  IF common.replay(call) IS NULL THEN
    UPDATE calendar.attestation_link SET revoked_at = now(), revoked_by = call.actor
     WHERE (case_id, consultant_id, month) = (p_case_id, p_consultant_id, p_month) AND revoked_at IS NULL AND used_at IS NULL
    RETURNING link_id INTO id;
    IF id IS NOT NULL THEN
      PERFORM audit.append(call, 'calendar', 'attestation_link.revoked', 'attestation_link/' || id, p_case_id);
    END IF;
    PERFORM common.remember(call, '[]');
  END IF;
  RETURN QUERY
    SELECT w.* FROM calendar.attestation_link_row w
     WHERE (w.case_id, w.consultant_id, w.month) = (p_case_id, p_consultant_id, left(p_month::text, 7))
     ORDER BY w.link_id DESC LIMIT 1;
END $$;

-- Refuses a link that signs no more.
CREATE FUNCTION calendar.check_link(p_link calendar.attestation_link) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF p_link.used_at IS NOT NULL THEN
    PERFORM common.refuse('LINK_USED', 'date', p_link.used_at::date::text);
  ELSIF p_link.expires_at <= now() THEN
    PERFORM common.refuse('LINK_EXPIRED', 'date', p_link.expires_at::date::text);
  END IF;
END $$;

-- What the company says of half-days of a sheet: that they took place, or why not; all or none. The caller holds the link.
-- With it the link is used, unless something still waits that is not disputed.
CREATE FUNCTION calendar.sign_sheet(
  call common.call, p_link calendar.attestation_link, p_attested uuid[], p_disputed uuid[], p_reason text[], p_signer text
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  ids uuid[] := p_attested || p_disputed;
  bad record;
BEGIN
  PERFORM FROM calendar.half_day h WHERE h.half_day_id = ANY (ids) ORDER BY h.half_day_id FOR UPDATE;
  SELECT id AS half_day_id, h.state, h.half_day_id IS NULL AS missing INTO bad
    FROM unnest(ids) AS id
    LEFT JOIN calendar.half_day h
           ON h.half_day_id = id
              AND (h.case_id, h.consultant_id, h.sheet_month) = (p_link.case_id, p_link.consultant_id, p_link.month)
   WHERE h.half_day_id IS NULL OR h.state <> 'performed'
   ORDER BY missing DESC, id
   LIMIT 1;
  IF bad.missing THEN
    PERFORM common.refuse('HALF_DAY_NOT_FOUND', 'half_day_id', bad.half_day_id::text);
  ELSIF bad.half_day_id IS NOT NULL THEN
    PERFORM common.refuse('HALF_DAY_STATE', 'state', bad.state::text, 'half_day_id', bad.half_day_id::text);
  END IF;

  UPDATE calendar.half_day SET state = 'attested', dispute = NULL, updated_at = now() WHERE half_day_id = ANY (p_attested);
  UPDATE calendar.half_day h SET dispute = d.reason, updated_at = now()
    FROM unnest(p_disputed, p_reason) AS d (half_day_id, reason)
   WHERE h.half_day_id = d.half_day_id;
  UPDATE calendar.attestation_link l
     SET signer = p_signer,
         used_at = CASE WHEN NOT EXISTS (SELECT FROM calendar.half_day h
                                          WHERE (h.case_id, h.consultant_id, h.sheet_month) = (l.case_id, l.consultant_id, l.month)
                                            AND h.state = 'performed' AND h.dispute IS NULL) THEN now() END
   WHERE l.link_id = p_link.link_id;

  PERFORM audit.append_many(array_agg(call.request_id), array_agg(call.actor), 'calendar', array_agg('half_day.' || s.done),
                            array_agg('half_day/' || s.half_day_id), array_agg(p_link.case_id),
                            array_agg(jsonb_strip_nulls(jsonb_build_object('signer', p_signer, 'attestation_link', p_link.link_id,
                                                                           'reason', s.reason))))
    FROM (SELECT 'attested' AS done, id AS half_day_id, NULL AS reason FROM unnest(p_attested) AS id
          UNION ALL
          SELECT 'disputed', d.half_day_id, d.reason FROM unnest(p_disputed, p_reason) AS d (half_day_id, reason)) s;
END $$;

-- What an attestation answers: its refusal, NULL where it was accepted, with the tries that are left; else a row a half-day of
-- the sheet.
CREATE TYPE calendar.attestation_answer AS (refusal text, tries_left int, half_day calendar.half_day_row);

CREATE FUNCTION calendar.sheet_of(p_link calendar.attestation_link) RETURNS SETOF calendar.attestation_answer
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT NULL::text, NULL::int, r
    FROM calendar.half_day h
    JOIN calendar.half_day_row r USING (half_day_id)
   WHERE (h.case_id, h.consultant_id, h.sheet_month) = (p_link.case_id, p_link.consultant_id, p_link.month)
     AND h.state IN ('performed', 'attested', 'approved')
   ORDER BY h.date, h.half, h.half_day_id;
END;

CREATE FUNCTION calendar.attest_by_link(
  call common.call, p_digest bytea, p_attested uuid[], p_disputed uuid[], p_reason text[], p_signer text
) RETURNS SETOF calendar.attestation_answer
LANGUAGE plpgsql AS $$
DECLARE
  link calendar.attestation_link;
BEGIN
  SELECT * INTO link FROM calendar.attestation_link l WHERE l.digest = p_digest FOR UPDATE;
  IF link.link_id IS NULL OR link.revoked_at IS NOT NULL THEN
    PERFORM common.refuse('LINK_INVALID');
  END IF;
  call.actor := 'attestation-link-' || link.link_id;  -- whoever has it has no name of ours
  IF common.replay(call) IS NULL THEN
    PERFORM calendar.check_link(link);
    PERFORM calendar.sign_sheet(call, link, p_attested, p_disputed, p_reason, p_signer);
    PERFORM common.remember(call, '[]');
  END IF;
  RETURN QUERY SELECT * FROM calendar.sheet_of(link);
END $$;

-- A wrong code is an answer and no error, which would undo that it was counted; a resend of the same try counts once.
CREATE FUNCTION calendar.attest_by_code(
  call common.call, p_case_id bigint, p_consultant_id bigint, p_month date, p_code text, p_attested uuid[], p_disputed uuid[],
  p_reason text[], p_signer text
) RETURNS SETOF calendar.attestation_answer
LANGUAGE plpgsql AS $$
DECLARE
  link   calendar.attestation_link;
  answer jsonb;
BEGIN
  SELECT * INTO link FROM calendar.attestation_link l
   WHERE (l.case_id, l.consultant_id, l.month) = (p_case_id, p_consultant_id, p_month)
   ORDER BY l.link_id DESC LIMIT 1 FOR UPDATE;  -- the newest: whatever came before is revoked or used
  IF link.link_id IS NULL THEN
    PERFORM common.refuse('LINK_INVALID');
  END IF;
  answer := common.replay(call);
  IF answer IS NULL THEN
    IF link.revoked_at IS NOT NULL THEN
      PERFORM common.refuse('LINK_REVOKED', 'date', link.revoked_at::date::text);
    END IF;
    PERFORM calendar.check_link(link);
    IF link.code_tries = 5 THEN
      PERFORM common.refuse('CODE_LOCKED');
    ELSIF sha256(link.code_salt || convert_to(p_code, 'UTF8')) <> link.code_digest THEN
      UPDATE calendar.attestation_link l SET code_tries = l.code_tries + 1 WHERE l.link_id = link.link_id;
      answer := jsonb_build_object('refusal', CASE WHEN link.code_tries = 4 THEN 'CODE_LOCKED' ELSE 'CODE_WRONG' END,
                                   'tries_left', 4 - link.code_tries);
      PERFORM audit.append(call, 'calendar', 'attestation_link.code_wrong', 'attestation_link/' || link.link_id, p_case_id,
                           jsonb_build_object('tries_left', 4 - link.code_tries));
    ELSE
      PERFORM calendar.sign_sheet(call, link, p_attested, p_disputed, p_reason, p_signer);
      answer := '{}';
    END IF;
    PERFORM common.remember(call, answer);
  END IF;
  IF answer ? 'refusal' THEN
    RETURN QUERY SELECT answer ->> 'refusal', (answer ->> 'tries_left')::int, NULL::calendar.half_day_row;
  ELSE
    RETURN QUERY SELECT * FROM calendar.sheet_of(link);
  END IF;
END $$;

GRANT SELECT, INSERT ON calendar.attestation_link TO jalon_calendar;
GRANT UPDATE (digest, code_salt, code_digest, code_tries, revoked_at, revoked_by, signer, used_at) ON calendar.attestation_link
  TO jalon_calendar;
GRANT SELECT ON calendar.attestation_link_row TO jalon_calendar;
GRANT EXECUTE ON FUNCTION
  calendar.open_attestation, calendar.create_attestation_link, calendar.revoke_attestation_link, calendar.check_link,
  calendar.sign_sheet, calendar.sheet_of, calendar.attest_by_link, calendar.attest_by_code
  TO jalon_calendar;

COMMIT;
