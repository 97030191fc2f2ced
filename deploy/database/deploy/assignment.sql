-- Deploy jalon:assignment to pg
-- requires: enrolment

BEGIN;
SET LOCAL ROLE jalon_assignment_owner;

CREATE TABLE assignment.consultant (
  consultant_id    bigint NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT consultant_pkey PRIMARY KEY,
  name             text   NOT NULL,
  skills           text[] NOT NULL,
  regions          text[] NOT NULL,
  day_rate_cents   bigint NOT NULL CONSTRAINT consultant_day_rate_not_negative CHECK (day_rate_cents >= 0),
  accredited_until date,  -- inclusive; NULL: without end
  -- When the consultant works in an ordinary week: bit 2 * (isodow - 1), and the next for the afternoon. NULL: Monday to
  -- Friday, mornings and afternoons.
  working_halves         int CONSTRAINT consultant_works_sometime CHECK (working_halves BETWEEN 1 AND 16383),
  max_half_days_per_week int CONSTRAINT consultant_week_has_fourteen_halves CHECK (max_half_days_per_week BETWEEN 1 AND 14)  -- NULL: none
);

-- Days on which a consultant does not work. Those of one consultant do not overlap: add_absence sees to it, one at a
-- time under the lock of the consultant.
CREATE TABLE assignment.absence (
  absence_id    bigint NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT absence_pkey PRIMARY KEY,
  consultant_id bigint NOT NULL CONSTRAINT absence_of_consultant REFERENCES assignment.consultant,
  starts_on     date   NOT NULL,
  ends_on       date   NOT NULL,
  label         text,
  CONSTRAINT absence_not_empty CHECK (starts_on <= ends_on)
);
-- "Absent on that day?" reads on from the first absence that ends no earlier: one entry or none, for a recent day.
CREATE INDEX absence_by_consultant ON assignment.absence (consultant_id, ends_on, starts_on);

-- Law 3: nobody is assigned to a company in which they have an interest. Declared once, for good.
CREATE TABLE assignment.conflict (
  consultant_id bigint           NOT NULL CONSTRAINT conflict_of_consultant REFERENCES assignment.consultant,
  siren         text COLLATE "C" NOT NULL,
  reason        text             NOT NULL,
  declared_on   date             NOT NULL,
  CONSTRAINT conflict_pkey PRIMARY KEY (consultant_id, siren)
);
CREATE TRIGGER conflict_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON assignment.conflict
  FOR EACH STATEMENT EXECUTE FUNCTION common.append_only();

-- A consultant on a phase of a case, between two days. Those of one consultant, case and phase do not overlap. One that
-- is ended before its first day has its last day before it, and covers nothing.
CREATE TABLE assignment.assignment (
  assignment_id bigint           NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT assignment_pkey PRIMARY KEY,
  case_id       bigint           NOT NULL,
  consultant_id bigint           NOT NULL CONSTRAINT assignment_of_consultant REFERENCES assignment.consultant,
  phase         text             NOT NULL,
  siren         text COLLATE "C" NOT NULL,  -- of the case, which never changes it
  starts_on     date             NOT NULL,
  ends_on       date             NOT NULL,
  ended         boolean          NOT NULL DEFAULT false,
  CONSTRAINT assignment_not_empty CHECK (starts_on <= ends_on OR ended)
) WITH (fillfactor = 80);  -- recording locks these rows and end_assignment rewrites them, both in their page
CREATE INDEX assignment_by_case ON assignment.assignment (case_id, consultant_id, phase, starts_on);
CREATE INDEX assignment_by_consultant ON assignment.assignment (consultant_id, assignment_id);

-- The contract's jalon.assignment.v1 resources.
CREATE VIEW assignment.consultant_row AS
SELECT c.consultant_id, c.name, c.skills, c.regions, c.day_rate_cents AS day_rate, c.accredited_until
  FROM assignment.consultant c;

CREATE VIEW assignment.absence_row AS
SELECT a.absence_id, a.consultant_id, a.starts_on, a.ends_on, a.label
  FROM assignment.absence a;

CREATE VIEW assignment.conflict_row AS
SELECT c.consultant_id, c.siren, c.reason
  FROM assignment.conflict c;

CREATE VIEW assignment.assignment_row AS
SELECT a.assignment_id, a.case_id, a.consultant_id, c.name AS consultant_name, a.phase, a.starts_on, a.ends_on, a.ended
  FROM assignment.assignment a
  JOIN assignment.consultant c USING (consultant_id);

-- Published: who is or was assigned to which case, for the areas that show a consultant the own cases only.
CREATE VIEW assignment.assignee AS
SELECT DISTINCT a.case_id, a.consultant_id
  FROM assignment.assignment a
 WHERE a.starts_on <= a.ends_on;

-- Published: what law 3 is rechecked against.
CREATE VIEW assignment.assigned_period AS
SELECT a.assignment_id, a.case_id, a.consultant_id, a.phase, a.starts_on, a.ends_on
  FROM assignment.assignment a;

CREATE VIEW assignment.absent_period AS
SELECT a.consultant_id, a.starts_on, a.ends_on
  FROM assignment.absence a;

-- Published: when a consultant works in an ordinary week, and how much at the most, for whoever plans.
CREATE VIEW assignment.consultant_capacity AS
SELECT c.consultant_id, c.working_halves, c.max_half_days_per_week
  FROM assignment.consultant c;

CREATE VIEW assignment.consultant_name AS
SELECT c.consultant_id, c.name
  FROM assignment.consultant c;

-- Published to calendar: who could take a half-day of a phase of a case on a day, as far as accreditation, conflicts and
-- regions tell; those assigned to it that day come first. Whether they are free is calendar's to know, and whoever is
-- not assigned yet must be before anything is planned.
CREATE FUNCTION assignment.qualified(p_case_id bigint, p_phase text, p_date date)
RETURNS TABLE (consultant_id bigint, consultant_name text, assigned boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  facts enrolment.case_facts;
BEGIN
  SELECT * INTO facts FROM enrolment.case_facts f WHERE f.case_id = p_case_id;
  RETURN QUERY
    WITH on_case AS MATERIALIZED (
      SELECT DISTINCT a.consultant_id FROM assignment.assignment a
       WHERE a.case_id = p_case_id AND a.phase = p_phase AND p_date BETWEEN a.starts_on AND a.ends_on
    )
    SELECT c.consultant_id, c.name, s.assigned
      FROM assignment.consultant c
     CROSS JOIN LATERAL (SELECT c.consultant_id IN (SELECT o.consultant_id FROM on_case o) AS assigned) s
     WHERE s.assigned
        OR facts.region = ANY (c.regions) AND (c.accredited_until >= p_date) IS NOT FALSE
           AND c.consultant_id NOT IN (SELECT x.consultant_id FROM assignment.conflict x WHERE x.siren = facts.siren)
     ORDER BY s.assigned DESC, c.consultant_id;
END $$;

-- Published to calendar, which calls it before it writes half-days; the arrays run in parallel. For each item, in no
-- order: its place from 1, the assignment that covers it (NULL: none), and whether the consultant is absent that day.
-- Each assignment stays locked until the caller's transaction ends, in the order of their ids: whoever would shorten it
-- or add an absence waits, and then finds the half-days written here.
-- Its two statements are planned once, for any number of items and for big tables: planned again at each call, as arrays
-- of known length tempt the planner to, they take five times as long.
CREATE FUNCTION assignment.hold(p_case_id bigint[], p_consultant_id bigint[], p_phase text[], p_date date[])
RETURNS TABLE (ord int, assignment_id bigint, absent boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  places int[];
  held   bigint[];
BEGIN
  -- A row that changed while this waited for it is judged again as it now is.
  SELECT array_agg(l.place), array_agg(l.assignment_id) INTO places, held
    FROM (SELECT i.place::int, a.assignment_id
            FROM unnest(p_case_id, p_consultant_id, p_phase, p_date) WITH ORDINALITY
                 AS i (case_id, consultant_id, phase, date, place)
            JOIN assignment.assignment a
              ON a.case_id = i.case_id AND a.consultant_id = i.consultant_id AND a.phase = i.phase
                 AND i.date BETWEEN a.starts_on AND a.ends_on
           ORDER BY a.assignment_id
             FOR SHARE OF a) l;
  -- Absences in a second statement, so that it sees those committed while the first waited.
  RETURN QUERY
    SELECT i.place::int, h.assignment_id,
           EXISTS (SELECT FROM assignment.absence b
                    WHERE b.consultant_id = i.consultant_id AND b.ends_on >= i.date AND b.starts_on <= i.date)
      FROM unnest(p_consultant_id, p_date) WITH ORDINALITY AS i (consultant_id, date, place)
      LEFT JOIN unnest(places, held) AS h (place, assignment_id) ON h.place = i.place;
END $$;

-- The commands below lock the consultant first and look for their first answer next: absences, conflicts and
-- assignments of one consultant come one at a time, and a copy of the same request that waited for the lock finds the
-- answer its twin gave. Where it also takes the consultant's assignments, recording is shut out until the end of the
-- transaction. The events name people by their number only: an event can never be purged, a name must be.

CREATE FUNCTION assignment.create_consultant(
  call common.call, p_name text, p_skills text[], p_regions text[], p_day_rate_cents bigint, p_accredited_until date
) RETURNS SETOF assignment.consultant_row
LANGUAGE plpgsql AS $$
DECLARE
  answer jsonb := common.replay(call);
  id     bigint;
  result assignment.consultant_row;
BEGIN
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.consultant_row, answer);
    RETURN;
  END IF;

  INSERT INTO assignment.consultant (name, skills, regions, day_rate_cents, accredited_until)
  VALUES (p_name, p_skills, p_regions, p_day_rate_cents, p_accredited_until)
  RETURNING consultant_id INTO id;
  SELECT * INTO STRICT result FROM assignment.consultant_row r WHERE r.consultant_id = id;
  PERFORM audit.append(call, 'assignment', 'consultant.created', 'consultant/' || id);
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Refusals, in order: CONSULTANT_NOT_FOUND, ABSENCE_OVERLAPS, HALF_DAYS_LEFT_OUTSIDE.
CREATE FUNCTION assignment.add_absence(call common.call, p_consultant_id bigint, p_starts_on date, p_ends_on date, p_label text)
RETURNS SETOF assignment.absence_row
LANGUAGE plpgsql AS $$
DECLARE
  consultant_known boolean;
  answer           jsonb;
  left_on          date;
  id               bigint;
  result           assignment.absence_row;
BEGIN
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  consultant_known := FOUND;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.absence_row, answer);
    RETURN;
  END IF;

  IF NOT consultant_known THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF EXISTS (SELECT FROM assignment.absence a
              WHERE a.consultant_id = p_consultant_id AND a.ends_on >= p_starts_on AND a.starts_on <= p_ends_on) THEN
    PERFORM common.refuse('ABSENCE_OVERLAPS');
  END IF;
  PERFORM FROM assignment.assignment a
    WHERE a.consultant_id = p_consultant_id
    ORDER BY a.assignment_id
      FOR UPDATE;
  left_on := calendar.first_live_half_day(p_consultant_id, p_starts_on, p_ends_on);
  IF left_on IS NOT NULL THEN
    PERFORM common.refuse('HALF_DAYS_LEFT_OUTSIDE', 'date', left_on::text);
  END IF;

  INSERT INTO assignment.absence (consultant_id, starts_on, ends_on, label)
  VALUES (p_consultant_id, p_starts_on, p_ends_on, p_label)
  RETURNING absence_id INTO id;
  SELECT * INTO STRICT result FROM assignment.absence_row r WHERE r.absence_id = id;
  PERFORM audit.append(call, 'assignment', 'absence.added', 'absence/' || id, NULL,
                       jsonb_build_object('consultant_id', p_consultant_id, 'starts_on', p_starts_on, 'ends_on', p_ends_on));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- A conflict declared again stands as it was first declared. `p_today`: an assignment that ended before it, or before
-- it began, is no obstacle.
-- Refusals, in order: CONSULTANT_NOT_FOUND, COMPANY_NOT_FOUND, ASSIGNED_TO_COMPANY.
CREATE FUNCTION assignment.declare_conflict(call common.call, p_today date, p_consultant_id bigint, p_siren text, p_reason text)
RETURNS SETOF assignment.conflict_row
LANGUAGE plpgsql AS $$
DECLARE
  consultant_known boolean;
  answer           jsonb;
  result           assignment.conflict_row;
BEGIN
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  consultant_known := FOUND;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.conflict_row, answer);
    RETURN;
  END IF;

  IF NOT consultant_known THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF NOT EXISTS (SELECT FROM enrolment.company_name n WHERE n.siren = p_siren) THEN
    PERFORM common.refuse('COMPANY_NOT_FOUND', 'siren', p_siren);
  END IF;
  IF EXISTS (SELECT FROM assignment.assignment a
              WHERE a.consultant_id = p_consultant_id AND a.siren = p_siren
                AND a.ends_on >= greatest(a.starts_on, p_today)) THEN
    PERFORM common.refuse('ASSIGNED_TO_COMPANY');
  END IF;

  INSERT INTO assignment.conflict (consultant_id, siren, reason, declared_on)
  VALUES (p_consultant_id, p_siren, p_reason, p_today)
  ON CONFLICT ON CONSTRAINT conflict_pkey DO NOTHING;
  IF FOUND THEN
    PERFORM audit.append(call, 'assignment', 'conflict.declared', 'consultant/' || p_consultant_id, NULL,
                         jsonb_build_object('siren', p_siren));
  END IF;
  SELECT * INTO STRICT result
    FROM assignment.conflict_row r
   WHERE r.consultant_id = p_consultant_id AND r.siren = p_siren;
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Assigns a consultant to a phase of a case, from the day of admission (p_starts_on NULL) to the end of the case's
-- window (p_ends_on NULL). Refusals, in order: CASE_NOT_FOUND, CASE_NOT_ADMITTED, CONSULTANT_NOT_FOUND, PHASE_NOT_FOUND,
-- INVALID_REQUEST (the period is empty once completed), CONFLICT_OF_INTEREST, ASSIGNMENT_OVERLAPS.
CREATE FUNCTION assignment.create_assignment(
  call common.call, p_case_id bigint, p_consultant_id bigint, p_phase text, p_starts_on date, p_ends_on date
) RETURNS SETOF assignment.assignment_row
LANGUAGE plpgsql AS $$
DECLARE
  held             enrolment.case_facts;
  consultant_known boolean;
  answer           jsonb;
  first_day        date;
  last_day         date;
  id               bigint;
  result           assignment.assignment_row;
BEGIN
  SELECT * INTO held FROM enrolment.lock_case(p_case_id);
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id FOR UPDATE;
  consultant_known := FOUND;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.assignment_row, answer);
    RETURN;
  END IF;

  IF held.case_id IS NULL THEN
    PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', p_case_id::text);
  END IF;
  IF held.state <> 'admitted' THEN
    PERFORM common.refuse('CASE_NOT_ADMITTED', 'case_id', p_case_id::text);
  END IF;
  IF NOT consultant_known THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF NOT EXISTS (SELECT FROM programme.rulebook_in_force(held.programme, held.applied_on, held.admitted_on, NULL, NULL) b
                   JOIN programme.chargeable_phase p USING (programme, version)
                  WHERE p.phase = p_phase) THEN
    PERFORM common.refuse('PHASE_NOT_FOUND', 'phase', p_phase);
  END IF;
  first_day := coalesce(p_starts_on, held.admitted_on);
  last_day := coalesce(p_ends_on, held.window_ends_on);
  IF first_day > last_day THEN
    PERFORM common.refuse('INVALID_REQUEST', 'violations', format('starts_on %s > ends_on %s', first_day, last_day));
  END IF;
  IF EXISTS (SELECT FROM assignment.conflict c WHERE c.consultant_id = p_consultant_id AND c.siren = held.siren) THEN
    PERFORM common.refuse('CONFLICT_OF_INTEREST');
  END IF;
  IF EXISTS (SELECT FROM assignment.assignment a
              WHERE a.case_id = p_case_id AND a.consultant_id = p_consultant_id AND a.phase = p_phase
                AND a.starts_on <= last_day AND a.ends_on >= greatest(a.starts_on, first_day)) THEN
    PERFORM common.refuse('ASSIGNMENT_OVERLAPS');
  END IF;

  INSERT INTO assignment.assignment (case_id, consultant_id, phase, siren, starts_on, ends_on)
  VALUES (p_case_id, p_consultant_id, p_phase, held.siren, first_day, last_day)
  RETURNING assignment_id INTO id;
  SELECT * INTO STRICT result FROM assignment.assignment_row r WHERE r.assignment_id = id;
  PERFORM audit.append(call, 'assignment', 'assignment.created', 'assignment/' || id, p_case_id,
                       jsonb_build_object('consultant_id', p_consultant_id, 'phase', p_phase,
                                          'starts_on', first_day, 'ends_on', last_day));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Shortens an assignment to a last day. One that ends by that day anyway counts as ended.
-- Refusals, in order: ASSIGNMENT_NOT_FOUND, ASSIGNMENT_ENDED, HALF_DAYS_LEFT_OUTSIDE.
CREATE FUNCTION assignment.end_assignment(call common.call, p_assignment_id bigint, p_ends_on date)
RETURNS SETOF assignment.assignment_row
LANGUAGE plpgsql AS $$
DECLARE
  held    assignment.assignment;
  answer  jsonb;
  left_on date;
  result  assignment.assignment_row;
BEGIN
  SELECT * INTO held FROM assignment.assignment a WHERE a.assignment_id = p_assignment_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN NEXT jsonb_populate_record(NULL::assignment.assignment_row, answer);
    RETURN;
  END IF;

  IF held.assignment_id IS NULL THEN
    PERFORM common.refuse('ASSIGNMENT_NOT_FOUND', 'assignment_id', p_assignment_id::text);
  END IF;
  IF held.ended OR held.ends_on <= p_ends_on THEN
    PERFORM common.refuse('ASSIGNMENT_ENDED');
  END IF;
  left_on := calendar.first_live_half_day_of_assignment(p_assignment_id, p_ends_on);
  IF left_on IS NOT NULL THEN
    PERFORM common.refuse('HALF_DAYS_LEFT_OUTSIDE', 'date', left_on::text);
  END IF;

  UPDATE assignment.assignment a SET ends_on = p_ends_on, ended = true WHERE a.assignment_id = p_assignment_id;
  SELECT * INTO STRICT result FROM assignment.assignment_row r WHERE r.assignment_id = p_assignment_id;
  PERFORM audit.append(call, 'assignment', 'assignment.ended', 'assignment/' || p_assignment_id, held.case_id,
                       jsonb_build_object('ends_on', p_ends_on, 'until_then', held.ends_on));
  PERFORM common.remember(call, to_jsonb(result));
  RETURN NEXT result;
END $$;

-- Law 3, its second half: nobody assigned to a company from the day of a declared conflict on. Overlaps are reported
-- with it, for an item covered twice would have no one assignment.
CREATE FUNCTION assignment.check_laws() RETURNS SETOF common.law_check
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  WITH breach AS (
    SELECT format('assignment %s: consultant %s has a conflict with company %s', a.assignment_id, a.consultant_id,
                  a.siren) AS what
      FROM assignment.assignment a
      JOIN assignment.conflict c USING (consultant_id, siren)
     WHERE a.ends_on >= greatest(a.starts_on, c.declared_on)
    UNION ALL
    SELECT format('assignments %s and %s overlap', a.assignment_id, b.assignment_id)
      FROM assignment.assignment a
      JOIN assignment.assignment b USING (case_id, consultant_id, phase)
     WHERE a.assignment_id < b.assignment_id
       AND a.ends_on >= greatest(a.starts_on, b.starts_on) AND b.ends_on >= greatest(b.starts_on, a.starts_on)
    UNION ALL
    SELECT format('absences %s and %s overlap', a.absence_id, b.absence_id)
      FROM assignment.absence a
      JOIN assignment.absence b USING (consultant_id)
     WHERE a.absence_id < b.absence_id AND a.starts_on <= b.ends_on AND b.starts_on <= a.ends_on
  )
  SELECT 3, (SELECT count(*) FROM assignment.assignment) + (SELECT count(*) FROM assignment.absence),
         (SELECT count(*) FROM breach),
         coalesce((SELECT string_agg(b.what, E'\n') FROM (SELECT what FROM breach ORDER BY what LIMIT 5) b), '');
END;

GRANT USAGE ON SCHEMA assignment TO
  jalon_enrolment_owner, jalon_calendar_owner, jalon_funding_owner, jalon_enrolment, jalon_calendar, jalon_funding,
  jalon_audit;
GRANT SELECT ON assignment.assignee TO
  jalon_enrolment_owner, jalon_calendar_owner, jalon_funding_owner,
  jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding;
GRANT SELECT ON assignment.assigned_period, assignment.absent_period TO jalon_calendar_owner;
GRANT SELECT ON assignment.consultant_capacity, assignment.consultant_name TO jalon_calendar_owner, jalon_calendar;
GRANT EXECUTE ON FUNCTION assignment.hold, assignment.qualified TO jalon_calendar_owner, jalon_calendar;
GRANT SELECT, INSERT ON
  assignment.consultant, assignment.absence, assignment.conflict, assignment.assignment TO jalon_assignment;
-- A row lock asks for the right to update some column: one that no update can set to a value of its choice.
GRANT UPDATE (consultant_id) ON assignment.consultant TO jalon_assignment;
GRANT UPDATE (ends_on, ended) ON assignment.assignment TO jalon_assignment;
GRANT SELECT ON
  assignment.consultant_row, assignment.absence_row, assignment.conflict_row, assignment.assignment_row TO jalon_assignment;
GRANT EXECUTE ON FUNCTION
  assignment.create_consultant, assignment.add_absence, assignment.declare_conflict, assignment.create_assignment,
  assignment.end_assignment TO jalon_assignment;
GRANT EXECUTE ON FUNCTION assignment.check_laws TO jalon_audit;

COMMIT;
