-- Deploy jalon:planning to pg
-- requires: calendar
-- requires: payments

BEGIN;

-- Published to calendar: the version of its rulebook that a signed case keeps.
SET LOCAL ROLE jalon_funding_owner;
CREATE VIEW funding.agreed_rulebook AS
SELECT a.case_id, a.programme, a.rulebook_version AS version
  FROM funding.agreement a;
GRANT SELECT ON funding.agreed_rulebook TO jalon_calendar_owner;

SET LOCAL ROLE jalon_calendar_owner;

-- The functions below are planned once, for big tables, as those of calendar.sql are: planning again at each call would cost
-- several times the call.

-- First key of the advisory locks taken here; the second is the consultant.
CREATE FUNCTION calendar.week_lock() RETURNS int LANGUAGE sql IMMUTABLE RETURN 4151;

-- A case waits for a place in a consultant's calendar.
CREATE TABLE calendar.waiting (
  waiting_id    bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT waiting_pkey PRIMARY KEY,
  case_id       bigint      NOT NULL CONSTRAINT waiting_of_case REFERENCES calendar.case_grant,
  consultant_id bigint      NOT NULL,
  phase         text        NOT NULL,
  starts_on     date        NOT NULL,
  ends_on       date        NOT NULL,
  half          calendar.half,  -- NULL: either
  joined_at     timestamptz NOT NULL DEFAULT now(),
  joined_by     text        NOT NULL,
  left_at       timestamptz,
  CONSTRAINT waiting_period_not_empty CHECK (starts_on <= ends_on)
);
-- One wait for one thing.
CREATE UNIQUE INDEX one_wait_for_a_place ON calendar.waiting (consultant_id, case_id, phase, starts_on, ends_on, half)
  NULLS NOT DISTINCT WHERE left_at IS NULL;
CREATE INDEX waiting_by_case ON calendar.waiting (case_id, waiting_id);

-- The Monday of a date's week.
CREATE FUNCTION calendar.monday(p_date date) RETURNS date
LANGUAGE sql IMMUTABLE
RETURN p_date - (extract(isodow FROM p_date)::int - 1);

-- The number of a moment within its week, from 0 for Monday morning to 13: its bit in assignment.consultant_capacity.
CREATE FUNCTION calendar.moment_of_week(p_date date, p_half calendar.half) RETURNS int
LANGUAGE sql IMMUTABLE
RETURN 2 * (extract(isodow FROM p_date)::int - 1) + (p_half = 'afternoon')::int;

-- Whether a consultant works at that moment of an ordinary week; NULL: Monday to Friday.
CREATE FUNCTION calendar.works_at(p_working_halves int, p_date date, p_half calendar.half) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN coalesce(p_working_halves, 1023) >> calendar.moment_of_week(p_date, p_half) & 1 = 1;

-- The version of a case's rulebook: the one that was signed, or else the one in force for the case.
CREATE FUNCTION calendar.version_for(c enrolment.case_facts) RETURNS int
LANGUAGE sql STABLE
RETURN coalesce((SELECT a.version FROM funding.agreed_rulebook a WHERE a.case_id = (c).case_id),
                (SELECT b.version FROM programme.rulebook_in_force((c).programme, (c).applied_on, (c).admitted_on, NULL, NULL) b));

-- What people call the phases of a case.
CREATE FUNCTION calendar.phase_titles(p_case_id bigint) RETURNS TABLE (phase text, title_fr text, title_en text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT t.phase, t.title_fr, t.title_en
      FROM enrolment.case_facts c
      JOIN programme.phase_title t ON (t.programme, t.version) = (c.programme, calendar.version_for(c))
     WHERE c.case_id = p_case_id
     ORDER BY t.phase;
END $$;

-- When half-days of a phase may take place in a case, and which phases must have had one before.
CREATE FUNCTION calendar.phase_period(p_case_id bigint, p_phase text, OUT opens_on date, OUT closes_on date, OUT prerequisites text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  SELECT (g.starts_on + make_interval(months => coalesce(o.opens_after_months, 0)))::date,
         CASE WHEN o.window_months > 0
              THEN least(g.ends_on, (g.starts_on + make_interval(months => o.opens_after_months + o.window_months))::date)
              ELSE g.ends_on END,
         coalesce(o.prerequisites, '{}')
    INTO opens_on, closes_on, prerequisites
    FROM calendar.case_grant g
    JOIN enrolment.case_facts c ON c.case_id = g.case_id
    LEFT JOIN programme.phase_order o ON (o.programme, o.version, o.phase) = (c.programme, calendar.version_for(c), p_phase)
   WHERE g.case_id = p_case_id;
END $$;

-- Before calendar.hold: consultants with a most in a week are planned one call at a time, so that what is counted stays
-- true until the call ends. In the order of their numbers.
CREATE FUNCTION calendar.hold_weeks(p_consultant_id bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  held bigint;
BEGIN
  FOR held IN
    SELECT c.consultant_id FROM assignment.consultant_capacity c
     WHERE c.consultant_id = ANY (p_consultant_id) AND c.max_half_days_per_week IS NOT NULL
     ORDER BY c.consultant_id
  LOOP
    PERFORM pg_advisory_xact_lock(calendar.week_lock(), (held % 2147483647)::int);
  END LOOP;
END $$;

-- Half-days that their phase does not allow then, by its part of the window or because a phase before it has none yet: a row for
-- each, with its place from 1. The one place of this rule, for what is planned, moved or recorded; calendar.moments tells the
-- same of a whole stretch of days.
CREATE FUNCTION calendar.judge_phases(p_case_id bigint[], p_phase text[], p_date date[], p_half calendar.half[])
RETURNS TABLE (item int, why calendar.refusal)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY
    WITH asked AS MATERIALIZED (
      SELECT i.item::int, i.case_id, i.phase, i.date, i.half
        FROM unnest(p_case_id, p_phase, p_date, p_half) WITH ORDINALITY AS i (case_id, phase, date, half, item)
    ), period AS MATERIALIZED (
      SELECT k.case_id, k.phase, p.*
        FROM (SELECT DISTINCT a.case_id, a.phase FROM asked a) k,
             LATERAL calendar.phase_period(k.case_id, k.phase) p
    ), judged AS (
      SELECT a.item, a.phase, p.opens_on, p.closes_on, missing.phase AS prerequisite,
             CASE
               WHEN NOT a.date BETWEEN p.opens_on AND p.closes_on THEN 'PHASE_WINDOW_CLOSED'
               WHEN missing.phase IS NOT NULL THEN 'PREREQUISITE_PHASE'
             END AS refusal
        FROM asked a
        JOIN period p ON (p.case_id, p.phase) = (a.case_id, a.phase)
        LEFT JOIN LATERAL (SELECT q.phase FROM unnest(p.prerequisites) AS q (phase)
                            WHERE NOT EXISTS (SELECT FROM calendar.half_day h
                                               WHERE h.case_id = a.case_id AND h.phase = q.phase AND h.state <> 'cancelled'
                                                 AND (h.date, h.half) < (a.date, a.half))
                            ORDER BY q.phase LIMIT 1) missing ON true
    )
    SELECT j.item, (j.refusal, j.phase, j.opens_on, j.closes_on, j.prerequisite, NULL)::calendar.refusal
      FROM judged j
     WHERE j.refusal IS NOT NULL;
END $$;

-- What is judged of half-days once they stand where they are planned, or moved, by the caller in this very transaction, who has
-- called calendar.hold_weeks: what their phase asks, and what the consultant's week takes. A row for each that may not stay,
-- with the first reason in the contract's order. Of a week that is too full, the last in time of those asked about go.
CREATE FUNCTION calendar.judge_planned(p_half_day_id uuid[], p_confirmed boolean[])
RETURNS TABLE (item int, why calendar.refusal)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY
    WITH asked AS MATERIALIZED (
      SELECT i.item::int, i.confirmed, h.case_id, h.consultant_id, h.phase, h.date, h.half, calendar.monday(h.date) AS monday
        FROM unnest(p_half_day_id, p_confirmed) WITH ORDINALITY AS i (half_day_id, confirmed, item)
        LEFT JOIN calendar.half_day h ON h.half_day_id = i.half_day_id
    ), listed AS MATERIALIZED (
      SELECT array_agg(a.case_id ORDER BY a.item) AS case_ids, array_agg(a.phase ORDER BY a.item) AS phases,
             array_agg(a.date ORDER BY a.item) AS dates, array_agg(a.half ORDER BY a.item) AS halves
        FROM asked a
    ), of_phase AS MATERIALIZED (
      SELECT j.* FROM listed l, LATERAL calendar.judge_phases(l.case_ids, l.phases, l.dates, l.halves) j
    ), week AS MATERIALIZED (
      SELECT w.consultant_id, w.monday, c.max_half_days_per_week AS most,
             (SELECT count(*) FROM calendar.half_day h
               WHERE h.consultant_id = w.consultant_id AND h.date BETWEEN w.monday AND w.monday + 6 AND h.state <> 'cancelled') AS live
        FROM (SELECT DISTINCT a.consultant_id, a.monday FROM asked a) w
        JOIN assignment.consultant_capacity c ON c.consultant_id = w.consultant_id
       WHERE c.max_half_days_per_week IS NOT NULL
    ), judged AS (
      SELECT a.item, a.phase, w.most,
             CASE
               WHEN NOT a.confirmed AND NOT calendar.works_at(c.working_halves, a.date, a.half) THEN 'CONSULTANT_NOT_WORKING'
               WHEN row_number() OVER (PARTITION BY a.consultant_id, a.monday ORDER BY a.date DESC, a.half DESC, a.item DESC)
                    <= w.live - w.most THEN 'WEEKLY_LOAD_EXCEEDED'
             END AS refusal
        FROM asked a
        JOIN assignment.consultant_capacity c ON c.consultant_id = a.consultant_id
        LEFT JOIN week w ON (w.consultant_id, w.monday) = (a.consultant_id, a.monday)
    )
    SELECT j.item, coalesce(p.why, (j.refusal, j.phase, NULL, NULL, NULL, j.most)::calendar.refusal)
      FROM judged j
      LEFT JOIN of_phase p ON p.item = j.item
     WHERE p.item IS NOT NULL OR j.refusal IS NOT NULL;
END $$;

-- The moments from one day to another, each with the reason why a half-day could not be planned there unconfirmed, which
-- calendar.plan would give; with the places left in the grant and, where the consultant has a most, in the week.
-- `p_until` NULL: the last day of the case's window, or 1,100 days. Refusals, in order: CASE_NOT_FOUND, CASE_NOT_ADMITTED.
CREATE FUNCTION calendar.moments(p_case_id bigint, p_consultant_id bigint, p_phase text, p_from date, p_until date)
RETURNS TABLE (date date, half calendar.half, why calendar.refusal, places int, week_room int)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  the_grant calendar.case_grant;
  period    record;
  capacity  assignment.consultant_capacity;
  last_day  date;
BEGIN
  SELECT * INTO the_grant FROM calendar.case_grant g WHERE g.case_id = p_case_id;
  IF NOT FOUND THEN
    PERFORM common.refuse(CASE WHEN EXISTS (SELECT FROM enrolment.case_facts c WHERE c.case_id = p_case_id) THEN 'CASE_NOT_ADMITTED'
                               ELSE 'CASE_NOT_FOUND' END, 'case_id', p_case_id::text);
  END IF;
  SELECT * INTO period FROM calendar.phase_period(p_case_id, p_phase) p;
  SELECT * INTO capacity FROM assignment.consultant_capacity c WHERE c.consultant_id = p_consultant_id;
  last_day := greatest(p_from, coalesce(p_until, least(the_grant.ends_on, p_from + 1099)));
  RETURN QUERY
    WITH live AS MATERIALIZED (
      SELECT h.date, h.half FROM calendar.half_day h
       WHERE h.consultant_id = p_consultant_id AND h.state <> 'cancelled'
         AND h.date BETWEEN calendar.monday(p_from) AND calendar.monday(last_day) + 6
    ), week AS MATERIALIZED (
      SELECT calendar.monday(l.date) AS monday, count(*)::int AS live FROM live l GROUP BY 1
    ), first AS MATERIALIZED (
      SELECT q.phase, h.date, h.half
        FROM unnest(period.prerequisites) AS q (phase)
        LEFT JOIN LATERAL (SELECT d.date, d.half FROM calendar.half_day d
                            WHERE d.case_id = p_case_id AND d.phase = q.phase AND d.state <> 'cancelled'
                            ORDER BY d.date, d.half LIMIT 1) h ON true
    ), off AS MATERIALIZED (
      SELECT DISTINCT o.date FROM calendar.holiday o
       WHERE o.date BETWEEN p_from AND last_day AND o.territory IN ('FR', the_grant.department) AND NOT o.worked
    ), assigned AS MATERIALIZED (
      SELECT a.starts_on, a.ends_on FROM assignment.assigned_period a
       WHERE (a.case_id, a.consultant_id, a.phase) = (p_case_id, p_consultant_id, p_phase)
    ), absent AS MATERIALIZED (
      SELECT b.starts_on, b.ends_on FROM assignment.absent_period b
       WHERE b.consultant_id = p_consultant_id AND b.ends_on >= p_from AND b.starts_on <= last_day
    ), day AS (
      SELECT d.date, calendar.monday(d.date) AS monday,
             CASE
               WHEN NOT EXISTS (SELECT FROM assigned a WHERE d.date BETWEEN a.starts_on AND a.ends_on) THEN 'NOT_ASSIGNED'
               WHEN d.date < the_grant.not_before THEN 'BEFORE_APPROVAL'
              WHEN NOT d.date BETWEEN the_grant.starts_on AND the_grant.ends_on THEN 'OUTSIDE_WINDOW'
               WHEN EXISTS (SELECT FROM absent b WHERE d.date BETWEEN b.starts_on AND b.ends_on) THEN 'CONSULTANT_ABSENT'
               WHEN extract(isodow FROM d.date) > 5 OR EXISTS (SELECT FROM off o WHERE o.date = d.date) THEN 'NON_WORKING_DAY'
             END AS refusal
        FROM (SELECT p_from + n AS date FROM generate_series(0, last_day - p_from) AS n) d
    )
    SELECT d.date, f.half,
           (coalesce(d.refusal,
                     CASE
                       WHEN EXISTS (SELECT FROM live l WHERE (l.date, l.half) = (d.date, f.half)) THEN 'SLOT_TAKEN'
                       WHEN the_grant.live_half_days >= the_grant.granted_half_days THEN 'GRANT_EXHAUSTED'
                       WHEN NOT d.date BETWEEN period.opens_on AND period.closes_on THEN 'PHASE_WINDOW_CLOSED'
                       WHEN missing.phase IS NOT NULL THEN 'PREREQUISITE_PHASE'
                       WHEN NOT calendar.works_at(capacity.working_halves, d.date, f.half) THEN 'CONSULTANT_NOT_WORKING'
                       WHEN coalesce(w.live, 0) >= capacity.max_half_days_per_week THEN 'WEEKLY_LOAD_EXCEEDED'
                     END),
            p_phase, period.opens_on, period.closes_on, missing.phase, capacity.max_half_days_per_week)::calendar.refusal,
           the_grant.granted_half_days - the_grant.live_half_days,
           CASE WHEN capacity.max_half_days_per_week IS NOT NULL
                THEN greatest(capacity.max_half_days_per_week - coalesce(w.live, 0), 0) END
      FROM day d
     CROSS JOIN unnest(enum_range(NULL::calendar.half)) AS f (half)
      LEFT JOIN week w ON w.monday = d.monday
      LEFT JOIN LATERAL (SELECT q.phase FROM first q
                          WHERE q.date IS NULL OR (q.date, q.half) >= (d.date, f.half)
                          ORDER BY q.phase LIMIT 1) missing ON true
     ORDER BY d.date, f.half;
END $$;

-- Plans the half-days of a series, all or none, and keeps them as the first answer: a retry has these, whatever the series
-- would be by then.
CREATE FUNCTION calendar.plan_series(
  call common.call, p_case_id bigint, p_consultant_id bigint, p_phase text, p_note text,
  p_half_day_id uuid[], p_date date[], p_half calendar.half[]
) RETURNS TABLE (half_day_id uuid, date date, half calendar.half, why calendar.refusal)
LANGUAGE plpgsql AS $$
DECLARE
  many   int[] := ARRAY[cardinality(p_half_day_id)];
  planned jsonb := (SELECT jsonb_agg(jsonb_build_object('half_day_id', i.half_day_id, 'date', i.date, 'half', i.half) ORDER BY i.item)
                      FROM unnest(p_half_day_id, p_date, p_half) WITH ORDINALITY AS i (half_day_id, date, half, item));
  whys   calendar.refusal[];
  answer jsonb;
BEGIN
  whys := ARRAY(SELECT p.why
                  FROM calendar.plan(call, false, planned, p_half_day_id, array_fill(p_case_id, many),
                                     array_fill(p_consultant_id, many), array_fill(p_phase, many), p_date, p_half,
                                     array_fill(p_note, many), array_fill(false, many)) p
                 ORDER BY p.item);
  answer := coalesce(common.replay(call), planned);  -- a copy of this call may have come first
  RETURN QUERY
    SELECT a.half_day_id, a.date, a.half, whys[a.item]
      FROM ROWS FROM (jsonb_to_recordset(answer) AS (half_day_id uuid, date date, half calendar.half))
           WITH ORDINALITY AS a (half_day_id, date, half, item)
     ORDER BY a.item;
END $$;

-- The half-days that this very call planned when it first came; none when it is new.
CREATE FUNCTION calendar.first_series(call common.call)
RETURNS TABLE (half_day_id uuid, date date, half calendar.half)
LANGUAGE sql STABLE AS $$
  SELECT * FROM jsonb_to_recordset(common.replay(call)) AS a (half_day_id uuid, date date, half calendar.half)
$$;

-- Others who could hold a half-day: free at that moment, and with room in that week. The assigned first, then those who master
-- the most of what the consultant does. Nobody where the moment itself is closed, whoever comes: outside the window, before the
-- approval, on a day on which nobody works, by what the phase asks, or with the grant used up. How far each goes, and between
-- which communes, is for the service to judge: it knows where these lie.
CREATE FUNCTION calendar.stand_ins(p_case_id bigint, p_consultant_id bigint, p_phase text, p_date date, p_half calendar.half)
RETURNS TABLE (consultant_id bigint, name text, assigned boolean, commune text, home_commune text, radius_km int)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  the_grant calendar.case_grant;
BEGIN
  SELECT * INTO the_grant FROM calendar.case_grant g WHERE g.case_id = p_case_id;
  IF p_date < the_grant.not_before OR (p_date BETWEEN the_grant.starts_on AND the_grant.ends_on) IS NOT TRUE
     OR the_grant.live_half_days >= the_grant.granted_half_days OR extract(isodow FROM p_date) > 5
     OR EXISTS (SELECT FROM calendar.holiday o
                 WHERE o.date = p_date AND o.territory IN ('FR', the_grant.department) AND NOT o.worked)
     OR EXISTS (SELECT FROM calendar.judge_phases(ARRAY[p_case_id], ARRAY[p_phase], ARRAY[p_date], ARRAY[p_half])) THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT q.consultant_id, q.consultant_name, q.assigned, f.commune, q.home_commune, q.radius_km
      FROM assignment.qualified(p_case_id, p_phase, p_date, p_consultant_id) q
      JOIN enrolment.case_facts f ON f.case_id = p_case_id
      -- Looked up one by one: they are few of all.
     CROSS JOIN LATERAL (SELECT a.working_halves, a.max_half_days_per_week FROM assignment.consultant_capacity a
                          WHERE a.consultant_id = q.consultant_id OFFSET 0) c
     WHERE q.consultant_id <> p_consultant_id
       AND calendar.works_at(c.working_halves, p_date, p_half)
       AND q.consultant_id NOT IN (SELECT h.consultant_id FROM calendar.half_day h
                                    WHERE h.date = p_date AND h.half = p_half AND h.state <> 'cancelled')
       AND q.consultant_id NOT IN (SELECT a.consultant_id FROM assignment.absent_period a
                                    WHERE p_date BETWEEN a.starts_on AND a.ends_on)
       AND (c.max_half_days_per_week IS NULL
            OR (SELECT count(*) FROM calendar.half_day h
                 WHERE h.consultant_id = q.consultant_id AND h.state <> 'cancelled'
                   AND h.date BETWEEN calendar.monday(p_date) AND calendar.monday(p_date) + 6) < c.max_half_days_per_week)
     ORDER BY q.assigned DESC, q.shared DESC, q.consultant_id;
END $$;

-- The first place that is free for a wait from today on; NULLs: none, or it waits no more.
CREATE FUNCTION calendar.first_free(w calendar.waiting, p_today date, OUT date date, OUT half calendar.half)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  IF w.left_at IS NULL AND w.ends_on >= p_today THEN
    SELECT m.date, m.half INTO date, half
      FROM calendar.moments(w.case_id, w.consultant_id, w.phase, greatest(w.starts_on, p_today), w.ends_on) m
     WHERE (m.why).refusal IS NULL AND m.half = coalesce(w.half, m.half)
     ORDER BY m.date, m.half
     LIMIT 1;
  END IF;
END $$;

-- A wait as the contract's jalon.calendar.v1.Waiting.
CREATE VIEW calendar.waiting_row AS
SELECT w.waiting_id, w.case_id, c.company_name, w.consultant_id, w.phase, w.starts_on AS "from", w.ends_on AS until, w.half,
       w.joined_at, w.joined_by, w.left_at
  FROM calendar.waiting w
  JOIN enrolment.case_facts c ON c.case_id = w.case_id;

-- Refusals, in order: CASE_NOT_FOUND, CASE_NOT_ADMITTED, NOT_ASSIGNED (never in that time, to that phase).
CREATE FUNCTION calendar.join_waiting_list(
  call common.call, p_case_id bigint, p_consultant_id bigint, p_phase text, p_from date, p_until date, p_half calendar.half
) RETURNS SETOF calendar.waiting_row
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  answer jsonb := common.replay(call);
  id     bigint;
  result calendar.waiting_row;
BEGIN
  IF answer IS NULL THEN
    PERFORM FROM calendar.case_grant g WHERE g.case_id = p_case_id FOR UPDATE;  -- the waits of a case come one at a time
    IF NOT FOUND THEN
      PERFORM common.refuse(CASE WHEN EXISTS (SELECT FROM enrolment.case_facts c WHERE c.case_id = p_case_id)
                                 THEN 'CASE_NOT_ADMITTED' ELSE 'CASE_NOT_FOUND' END, 'case_id', p_case_id::text);
    END IF;
    answer := common.replay(call);
  END IF;
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::calendar.waiting_row, answer);
    RETURN;
  END IF;

  IF NOT EXISTS (SELECT FROM assignment.assigned_period a
                  WHERE (a.case_id, a.consultant_id, a.phase) = (p_case_id, p_consultant_id, p_phase)
                    AND a.starts_on <= p_until AND a.ends_on >= greatest(a.starts_on, p_from)) THEN
    PERFORM common.refuse('NOT_ASSIGNED');
  END IF;
  SELECT w.waiting_id INTO id
    FROM calendar.waiting w
   WHERE (w.case_id, w.consultant_id, w.phase, w.starts_on, w.ends_on) = (p_case_id, p_consultant_id, p_phase, p_from, p_until)
     AND w.half IS NOT DISTINCT FROM p_half AND w.left_at IS NULL;
  IF NOT FOUND THEN
    INSERT INTO calendar.waiting (case_id, consultant_id, phase, starts_on, ends_on, half, joined_by)
    VALUES (p_case_id, p_consultant_id, p_phase, p_from, p_until, p_half, call.actor)
    RETURNING waiting_id INTO id;
    PERFORM audit.append(call, 'calendar', 'waiting.joined', 'waiting/' || id, p_case_id,
                         jsonb_build_object('consultant_id', p_consultant_id, 'phase', p_phase, 'from', p_from, 'until', p_until));
  END IF;
  SELECT * INTO STRICT result FROM calendar.waiting_row r WHERE r.waiting_id = id;
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- For a caller who sees only the scope's waits (NULL: all). Refusals, in order: WAITING_NOT_FOUND, NOT_ALLOWED.
CREATE FUNCTION calendar.leave_waiting_list(call common.call, p_waiting_id bigint, p_scope_consultant bigint)
RETURNS SETOF calendar.waiting_row
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held   calendar.waiting;
  answer jsonb;
  result calendar.waiting_row;
BEGIN
  SELECT * INTO held FROM calendar.waiting w WHERE w.waiting_id = p_waiting_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::calendar.waiting_row, answer);
    RETURN;
  END IF;

  IF held.waiting_id IS NULL THEN
    PERFORM common.refuse('WAITING_NOT_FOUND', 'waiting_id', p_waiting_id::text);
  END IF;
  IF held.consultant_id <> p_scope_consultant THEN
    PERFORM common.refuse('NOT_ALLOWED');
  END IF;
  IF held.left_at IS NULL THEN
    UPDATE calendar.waiting SET left_at = now() WHERE waiting_id = p_waiting_id;
    PERFORM audit.append(call, 'calendar', 'waiting.left', 'waiting/' || p_waiting_id, held.case_id);
  END IF;
  SELECT * INTO STRICT result FROM calendar.waiting_row r WHERE r.waiting_id = p_waiting_id;
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- A holiday as the contract's jalon.calendar.v1.Holiday.
CREATE VIEW calendar.holiday_row AS
SELECT o.date, o.territory, o.name_fr, o.name_en, o.worked
  FROM calendar.holiday o;

CREATE FUNCTION calendar.set_solidarity_day(call common.call, p_year int, p_worked boolean) RETURNS SETOF calendar.holiday_row
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  answer      jsonb;
  whit_monday date;
  before      boolean;
  result      calendar.holiday_row;
BEGIN
  SELECT o.date, o.worked INTO STRICT whit_monday, before
    FROM calendar.holiday o
   WHERE o.date BETWEEN make_date(p_year, 5, 1) AND make_date(p_year, 6, 30) AND o.territory = 'FR' AND o.name_en = 'Whit Monday'
     FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::calendar.holiday_row, answer);
    RETURN;
  END IF;
  IF before <> p_worked THEN
    UPDATE calendar.holiday o SET worked = p_worked WHERE o.date = whit_monday AND o.territory = 'FR';
    PERFORM audit.append(call, 'calendar', 'solidarity_day.set', 'holiday/' || whit_monday, NULL,
                         jsonb_build_object('worked', p_worked));
  END IF;
  SELECT * INTO STRICT result FROM calendar.holiday_row r WHERE r.date = whit_monday AND r.territory = 'FR';
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- The board: a row a consultant, by name, with the numbers of the half-days taken (2 for each day from p_from on) and the
-- days absent, first and last in two arrays. p_consultant_id NULL: all who have a half-day or an assignment in that time.
CREATE FUNCTION calendar.board(p_from date, p_until date, p_consultant_id bigint[])
RETURNS TABLE (consultant_id bigint, name text, working_halves int, left_on date, busy int[], absent_from int[], absent_until int[])
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY
    WITH shown AS MATERIALIZED (
      SELECT k.consultant_id FROM unnest(p_consultant_id) AS k (consultant_id)
      UNION
      SELECT a.consultant_id FROM assignment.assigned_period a
       WHERE p_consultant_id IS NULL AND a.starts_on <= p_until AND a.ends_on >= greatest(a.starts_on, p_from)
    )
    SELECT n.consultant_id, n.name, c.working_halves, c.left_on,
           ARRAY(SELECT 2 * (h.date - p_from) + (h.half = 'afternoon')::int
                   FROM calendar.half_day h
                  WHERE h.consultant_id = s.consultant_id AND h.date BETWEEN p_from AND p_until AND h.state <> 'cancelled'),
           b.first_days, b.last_days
      FROM shown s
      JOIN assignment.consultant_name n ON n.consultant_id = s.consultant_id
      JOIN assignment.consultant_capacity c ON c.consultant_id = s.consultant_id
     CROSS JOIN LATERAL (SELECT coalesce(array_agg(greatest(a.starts_on, p_from) - p_from ORDER BY a.starts_on), '{}') AS first_days,
                                coalesce(array_agg(least(a.ends_on, p_until) - p_from ORDER BY a.starts_on), '{}') AS last_days
                           FROM assignment.absent_period a
                          WHERE a.consultant_id = s.consultant_id AND a.ends_on >= p_from AND a.starts_on <= p_until) b
     ORDER BY n.name, n.consultant_id;
END $$;

GRANT SELECT ON calendar.waiting, calendar.waiting_row, calendar.holiday_row TO jalon_calendar;
GRANT EXECUTE ON FUNCTION
  calendar.hold_weeks, calendar.phase_period, calendar.judge_phases, calendar.judge_planned, calendar.moments, calendar.plan_series,
  calendar.first_series, calendar.stand_ins, calendar.first_free, calendar.join_waiting_list, calendar.leave_waiting_list,
  calendar.set_solidarity_day, calendar.board, calendar.phase_titles
  TO jalon_calendar;
-- Of what these are made.
GRANT EXECUTE ON FUNCTION calendar.week_lock, calendar.monday, calendar.moment_of_week, calendar.works_at TO jalon_calendar;

COMMIT;
