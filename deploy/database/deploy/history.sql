-- Deploy jalon:history to pg
-- requires: sheets
-- requires: planning

BEGIN;

-- Published to calendar: what the funders' money did for a half-day, a row a step, and the event that tells who did it. A
-- transfer is for all that an agreement was charged, not for this half-day or that: it pays its funder's shares in the order
-- in which they were charged, those reversed left out. A half-day is paid once each of its funders' shares is: by a transfer,
-- or by the reversal of another, whose money it gets.
SET LOCAL ROLE jalon_funding_owner;
CREATE FUNCTION funding.half_day_steps(p_case_id bigint, p_half_day_id uuid)
RETURNS TABLE (action text, event_action text, event_subject text, request_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  WITH charge AS (
    SELECT c.agreement_id, c.posting_id, r.posting_id AS reversed_by
      FROM funding.charge c
      JOIN funding.posting p USING (posting_id)
      LEFT JOIN funding.reversal r USING (half_day_id)
     WHERE c.half_day_id = p_half_day_id AND p.case_id = p_case_id
  ), share AS (
    SELECT DISTINCT e.funder FROM charge c JOIN funding.entry e USING (posting_id) WHERE e.side = 'aid' AND e.amount_cents <> 0
  ), standing AS (  -- after each posting: what each funder has paid, less its shares up to this one's
    SELECT e.funder, e.posting_id, sum(e.amount_cents) OVER (PARTITION BY e.funder ORDER BY e.posting_id) AS cents
      FROM charge c, funding.entry e
      JOIN share s USING (funder)
      LEFT JOIN funding.charge o USING (half_day_id)
     WHERE e.case_id = p_case_id AND e.side = 'aid' AND (e.half_day_id IS NULL OR o.posting_id <= c.posting_id)
  ), settled AS (
    SELECT s.funder, min(s.posting_id) AS posting_id
      FROM charge c, standing s
     WHERE s.posting_id >= c.posting_id AND (s.posting_id < c.reversed_by) IS NOT FALSE AND s.cents >= 0
     GROUP BY s.funder
  ), step AS (
    SELECT 'charged' AS action, c.posting_id FROM charge c
     UNION ALL
    SELECT 'paid', max(s.posting_id) FROM settled s HAVING count(*) > 0 AND count(*) = (SELECT count(*) FROM share)
  )
  SELECT s.action, e.action, e.subject, p.request_id
    FROM step s
    JOIN funding.posting p USING (posting_id),
         charge c,
         LATERAL (SELECT 'payment.recorded', 'posting/' || p.posting_id WHERE p.kind = 'payment'
                   UNION ALL
                  SELECT 'half_days.charged', 'agreement/' || c.agreement_id WHERE p.kind = 'charge'
                   UNION ALL
                  SELECT 'charge.reversed', 'half_day/' || r.half_day_id FROM funding.reversal r WHERE r.posting_id = p.posting_id)
           AS e (action, subject);
END;
GRANT EXECUTE ON FUNCTION funding.half_day_steps TO jalon_calendar_owner, jalon_calendar;

-- The life of one half-day, a row a step, in their order; as the contract's HalfDayStep. By whom: for the company, who signed.
SET LOCAL ROLE jalon_calendar_owner;
CREATE FUNCTION calendar.history(p_half_day_id uuid)
RETURNS TABLE (action text, at timestamptz, by text, reason text, from_date text, from_half text, sheet_month text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH half_day AS (
    SELECT h.half_day_id, h.case_id, 'half_day/' || h.half_day_id AS subject FROM calendar.half_day h WHERE h.half_day_id = p_half_day_id
  ), step AS (
    SELECT CASE WHEN t.action IN ('half_day.planned', 'half_day.performed', 'half_day.attested', 'half_day.approved',
                                  'half_day.cancelled', 'half_day.reopened', 'half_day.disputed', 'half_day.rescheduled',
                                  'half_day.rolled', 'half_day.handed_over', 'half_day.note_edited')
                THEN substr(t.action, 10)
                WHEN t.action = 'charge.reversed' THEN 'reversed' END AS action,
           t.event_id, t.at, t.actor, t.details
      FROM half_day h, LATERAL audit.told(h.case_id, ARRAY[h.subject]) t
     UNION ALL
    SELECT m.action, t.event_id, t.at, t.actor, '{}'
      FROM half_day h, LATERAL funding.half_day_steps(h.case_id, h.half_day_id) m,
           LATERAL audit.told(h.case_id, ARRAY[m.event_subject]) t
     WHERE t.action = m.event_action AND t.request_id = m.request_id
  )
  SELECT s.action, s.at, coalesce(s.details ->> 'signer', s.actor), s.details ->> 'reason', s.details ->> 'from_date',
         s.details ->> 'from_half', s.details ->> 'sheet_month'
    FROM step s
   ORDER BY s.event_id, s.action;  -- one event may charge and pay
END;
GRANT EXECUTE ON FUNCTION calendar.history TO jalon_calendar;

COMMIT;
