-- Deploy jalon:waiting to pg
-- requires: contacts de_minimis planning

-- What waits in each area, published to the inbox: facts and dates. How much each hurts, and from when on it is worth telling,
-- is the inbox's to judge; a function leaves out only what no judge would tell. `p_consultant_id` or `p_siren` narrows it to
-- the own cases and sheets of a consultant or a company; NULL: everybody's. And whom mails go to.

BEGIN;
SET LOCAL ROLE jalon_enrolment_owner;

-- Applications without a decision: an officer's.
CREATE FUNCTION enrolment.what_waits(p_today date, p_consultant_id bigint, p_siren text) RETURNS SETOF common.waiting
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT 'case_undecided', 'case/' || k.case_id, k.case_id, NULL::bigint, k.siren, NULL::date, NULL::int, k.applied_on, NULL::date,
         k.programme
    FROM enrolment.support_case k
   WHERE k.state = 'open' AND k.applied_on <= p_today AND p_consultant_id IS NULL AND p_siren IS NULL;
END;

CREATE VIEW enrolment.mail_contact AS
SELECT c.siren, c.name, c.email, c.language FROM enrolment.contact c;

GRANT USAGE ON SCHEMA enrolment TO jalon_inbox_owner, jalon_inbox;
GRANT EXECUTE ON FUNCTION enrolment.what_waits TO jalon_inbox_owner, jalon_inbox;
GRANT SELECT ON enrolment.mail_contact, enrolment.company_name TO jalon_inbox_owner, jalon_inbox;

SET LOCAL ROLE jalon_assignment_owner;

-- Cases on which nobody works, an officer's; and accreditations that end, or ended lately and were not renewed.
CREATE FUNCTION assignment.what_waits(p_today date, p_consultant_id bigint, p_siren text) RETURNS SETOF common.waiting
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  IF p_siren IS NOT NULL THEN
    RETURN;
  END IF;
  IF p_consultant_id IS NULL THEN
    RETURN QUERY
      SELECT 'case_unassigned', 'case/' || f.case_id, f.case_id, NULL::bigint, f.siren, NULL::date, p.places, f.admitted_on, NULL::date,
             f.programme
        FROM enrolment.case_facts f
        JOIN calendar.case_places p USING (case_id)
       WHERE f.state = 'admitted' AND f.window_ends_on >= p_today AND p.places > 0
         AND NOT EXISTS (SELECT FROM assignment.assignment a
                          WHERE a.case_id = f.case_id AND a.ends_on >= greatest(a.starts_on, p_today));
  END IF;
  RETURN QUERY
    SELECT 'accreditation_lapsing', concat_ws('/', 'accreditation', e.consultant_id, e.programme), NULL::bigint, e.consultant_id,
           NULL::text, NULL::date, NULL::int, NULL::date, e.ends_on, e.programme
      FROM (SELECT c.consultant_id, NULL AS programme, c.accredited_until AS ends_on FROM assignment.consultant c
            UNION ALL
            SELECT a.consultant_id, a.programme, max(coalesce(a.ends_on, 'infinity')) FROM assignment.accreditation a
             GROUP BY a.consultant_id, a.programme) e
      JOIN assignment.consultant c USING (consultant_id)
     WHERE e.ends_on BETWEEN p_today - 92 AND p_today + 92 AND coalesce(c.left_on > e.ends_on, true)
       AND (p_consultant_id IS NULL OR e.consultant_id = p_consultant_id);
END $$;

-- Of those still in the programme on a day.
CREATE VIEW assignment.mail_contact AS
SELECT c.consultant_id, n.name, c.email, c.language, n.left_on
  FROM assignment.contact c
  JOIN assignment.consultant n USING (consultant_id);

GRANT USAGE ON SCHEMA assignment TO jalon_inbox_owner, jalon_inbox;
GRANT EXECUTE ON FUNCTION assignment.what_waits TO jalon_inbox_owner, jalon_inbox;
GRANT SELECT ON assignment.mail_contact, assignment.consultant_name TO jalon_inbox_owner, jalon_inbox;

SET LOCAL ROLE jalon_calendar_owner;

-- Sheets that wait for somebody; cases that use their grant too slowly, or nearly whole; and waits for a place that is free by
-- now. A sheet to attest is ready from the day after its month, or after its first half-day that still waits was recorded,
-- whichever comes later.
CREATE FUNCTION calendar.what_waits(p_today date, p_consultant_id bigint, p_siren text) RETURNS SETOF common.waiting
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  RETURN QUERY
    WITH sheet AS MATERIALIZED (
      SELECT h.case_id, h.consultant_id, h.sheet_month,
             concat_ws('/', 'sheet', h.case_id, h.consultant_id, left(h.sheet_month::text, 7)) AS subject,
             count(*) FILTER (WHERE h.state = 'performed' AND h.dispute IS NULL) AS to_attest,
             min(coalesce(h.performed_on, h.date)) FILTER (WHERE h.state = 'performed' AND h.dispute IS NULL) AS performed_on,
             count(*) FILTER (WHERE h.dispute IS NOT NULL) AS disputed,
             (min(h.updated_at) FILTER (WHERE h.dispute IS NOT NULL) AT TIME ZONE 'Europe/Paris')::date AS disputed_on,
             count(*) FILTER (WHERE h.state = 'attested') AS attested,
             (max(h.updated_at) FILTER (WHERE h.state = 'attested') AT TIME ZONE 'Europe/Paris')::date AS attested_on
        FROM calendar.half_day h
       WHERE h.state IN ('performed', 'attested')
         AND (p_consultant_id IS NULL OR h.consultant_id = p_consultant_id)
         AND (p_siren IS NULL OR h.case_id IN (SELECT g.case_id FROM calendar.case_grant g WHERE g.siren = p_siren))
       GROUP BY h.case_id, h.consultant_id, h.sheet_month
    ), waiting_sheet AS (
      SELECT 'sheet_disputed' AS kind, s.*, s.disputed AS half_days, s.disputed_on AS since, NULL::date AS due
        FROM sheet s WHERE s.disputed > 0
      UNION ALL
      SELECT 'sheet_to_attest', s.*, s.to_attest, s.performed_on,
             greatest((s.sheet_month + '1 month'::interval)::date, s.performed_on + 1)
        FROM sheet s WHERE s.to_attest > 0
      UNION ALL
      SELECT 'sheet_to_approve', s.*, s.attested, s.attested_on, NULL
        FROM sheet s WHERE s.attested > 0 AND s.to_attest = 0 AND s.disputed = 0 AND p_consultant_id IS NULL AND p_siren IS NULL
    )
    SELECT w.kind, w.subject, w.case_id, w.consultant_id, g.siren, w.sheet_month, w.half_days::int, w.since, w.due, g.programme
      FROM waiting_sheet w
      JOIN calendar.case_grant g USING (case_id);
  RETURN QUERY
    WITH live AS MATERIALIZED (
      SELECT g.case_id, g.siren, g.programme, g.starts_on, g.ends_on, g.granted_half_days - g.live_half_days AS places
        FROM calendar.case_grant g
       WHERE NOT g.closed AND g.starts_on <= p_today AND g.ends_on >= p_today AND g.live_half_days < g.granted_half_days
         AND (p_siren IS NULL OR g.siren = p_siren)
         AND (p_consultant_id IS NULL OR g.case_id IN (SELECT a.case_id FROM assignment.assignee a WHERE a.consultant_id = p_consultant_id))
    ), waiting_case AS (
      SELECT 'window_ending' AS kind, k.*, NULL::date AS since, k.ends_on AS due FROM live k WHERE k.ends_on <= p_today + 92
      UNION ALL
      SELECT 'grant_nearly_used', k.*, NULL, NULL FROM live k WHERE k.places <= 10
      UNION ALL
      SELECT 'case_idle', k.*, greatest(k.starts_on, last.date), NULL
        FROM live k
       CROSS JOIN LATERAL (SELECT max(h.date) AS date FROM calendar.half_day h WHERE h.case_id = k.case_id AND h.state <> 'cancelled') last
       WHERE coalesce(last.date < p_today, true)
    )
    SELECT w.kind, 'case/' || w.case_id, w.case_id, NULL::bigint, w.siren, NULL::date, w.places, w.since, w.due, w.programme
      FROM waiting_case w;
  IF p_siren IS NULL THEN
    RETURN QUERY
      SELECT 'slot_free', 'waiting/' || w.waiting_id, w.case_id, w.consultant_id, g.siren, NULL::date, NULL::int,
             (w.joined_at AT TIME ZONE 'Europe/Paris')::date, f.date, g.programme
        FROM calendar.waiting w
        JOIN calendar.case_grant g USING (case_id)
       CROSS JOIN LATERAL calendar.first_free(w, p_today) f
       WHERE w.left_at IS NULL AND f.date IS NOT NULL AND (p_consultant_id IS NULL OR w.consultant_id = p_consultant_id);
  END IF;
END $$;

-- Published to the inbox: opens a link by which the company attests a sheet, for the mail that carries it. Its path and its code
-- are told here and never again: as calendar.create_attestation_link has it, they are kept as digests. Refusals, in order:
-- SHEET_NOT_FOUND, NOTHING_TO_ATTEST.
CREATE FUNCTION calendar.send_attestation_link(p_case_id bigint, p_consultant_id bigint, p_month date, p_valid_days int)
RETURNS TABLE (path text, code text, expires_on date)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  -- gen_random_uuid() is PostgreSQL's cryptographically strong source; two carry 244 random bits.
  secret bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  token  text  := translate(rtrim(encode(secret, 'base64'), '='), '+/', '-_');
  salt   bytea := uuid_send(gen_random_uuid());
BEGIN
  code := lpad((('x' || left(replace(gen_random_uuid()::text, '-', ''), 8))::bit(32)::bigint % 100000000)::text, 8, '0');
  SELECT ((l.link).expires_at AT TIME ZONE 'Europe/Paris')::date INTO STRICT expires_on
    FROM calendar.create_attestation_link(ROW(gen_random_uuid(), '\x', 'SendAttestationLink', 'jalon')::common.call,
                                          sha256(convert_to(token, 'UTF8')), salt, sha256(salt || convert_to(code, 'UTF8')),
                                          p_case_id, p_consultant_id, p_month, p_valid_days) l;
  path := '/attest/' || token;
  RETURN NEXT;
END $$;

GRANT USAGE ON SCHEMA calendar TO jalon_inbox_owner, jalon_inbox;
GRANT EXECUTE ON FUNCTION calendar.what_waits, calendar.send_attestation_link TO jalon_inbox_owner, jalon_inbox;

SET LOCAL ROLE jalon_funding_owner;

-- Aids to enter in the national register: an officer's.
CREATE FUNCTION funding.what_waits(p_today date, p_consultant_id bigint, p_siren text) RETURNS SETOF common.waiting
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT 'register_due', 'aid/' || r.aid_id, r.case_id, NULL::bigint, r.siren, NULL::date, NULL::int, r."#from", r.due_on, NULL
    FROM funding.register_row r
   WHERE r.registered_on IS NULL AND p_today IS NOT NULL AND p_consultant_id IS NULL AND p_siren IS NULL;
END;

GRANT USAGE ON SCHEMA funding TO jalon_inbox_owner, jalon_inbox;
GRANT EXECUTE ON FUNCTION funding.what_waits TO jalon_inbox_owner, jalon_inbox;

COMMIT;
