-- Deploy jalon:history to pg
-- requires: sheets
-- requires: planning

BEGIN;

-- Published to calendar: what the funders' money did for a half-day, a row a step, and the event that tells who did it. A
-- transfer is for all that an agreement was charged, not for this half-day or that: it pays its funder's shares in the order
-- in which they were charged, those reversed left out. A half-day is paid once each of its funders' shares is.
SET LOCAL ROLE jalon_funding_owner;
CREATE FUNCTION funding.half_day_steps(p_case_id bigint, p_half_day_id uuid)
RETURNS TABLE (action text, event_action text, event_subject text, request_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  WITH charge AS (
    SELECT c.agreement_id, c.posting_id, p.request_id, r.half_day_id IS NOT NULL AS reversed
      FROM funding.charge c
      JOIN funding.posting p USING (posting_id)
      LEFT JOIN funding.reversal r USING (half_day_id)
     WHERE c.half_day_id = p_half_day_id AND p.case_id = p_case_id
  ), leg AS (
    SELECT e.funder, e.posting_id, e.half_day_id, e.amount_cents
      FROM funding.entry e
     WHERE e.case_id = p_case_id AND e.side = 'aid'
       AND NOT EXISTS (SELECT FROM funding.reversal r WHERE r.half_day_id = e.half_day_id)
  ), due AS (  -- what a funder has paid when its share of this half-day is
    SELECT l.funder, -sum(l.amount_cents) AS cents
      FROM charge c, leg l
     WHERE NOT c.reversed AND l.half_day_id IS NOT NULL AND l.posting_id <= c.posting_id
     GROUP BY l.funder
    HAVING bool_or(l.half_day_id = p_half_day_id)
  ), transfer AS (
    SELECT l.funder, l.posting_id, sum(l.amount_cents) OVER (PARTITION BY l.funder ORDER BY l.posting_id) AS cents
      FROM leg l
     WHERE l.half_day_id IS NULL
  ), paid AS (  -- by the last of the transfers that complete a share
    SELECT max(t.posting_id) AS posting_id
      FROM due d, LATERAL (SELECT min(t.posting_id) AS posting_id FROM transfer t WHERE t.funder = d.funder AND t.cents >= d.cents) t
    HAVING bool_and(t.posting_id IS NOT NULL)
  )
  SELECT 'charged', 'half_days.charged', 'agreement/' || c.agreement_id, c.request_id FROM charge c
   UNION ALL
  SELECT 'paid', 'payment.recorded', 'posting/' || p.posting_id, p.request_id FROM paid JOIN funding.posting p USING (posting_id);
END;
GRANT EXECUTE ON FUNCTION funding.half_day_steps TO jalon_calendar_owner, jalon_calendar;
GRANT USAGE ON SCHEMA funding TO jalon_calendar;

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
                                  'half_day.rolled', 'half_day.handed_over')
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
   ORDER BY s.event_id;
END;
GRANT EXECUTE ON FUNCTION calendar.history TO jalon_calendar;

COMMIT;
