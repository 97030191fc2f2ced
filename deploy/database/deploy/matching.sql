-- Deploy jalon:matching to pg
-- requires: calendar

BEGIN;
SET LOCAL ROLE jalon_assignment_owner;

-- What the rules of services/assignment/matching.h read, and the two commands that write what they chose. The rules choose
-- on what was read before; the commands judge again, under the locks, whatever a law rests on.

-- Everybody who is still in the programme on a day, with all that is known of them.
CREATE FUNCTION assignment.roster(p_on date) RETURNS SETOF assignment.consultant_row
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT * FROM assignment.consultant_row r WHERE coalesce(r.left_on >= p_on, true) ORDER BY r.consultant_id;
END;

-- Their accreditations, their absences, and the half-days already taken between two days (one row a day: 1 the morning,
-- 2 the afternoon, 3 both). Holidays of the whole country come with no consultant.
CREATE FUNCTION assignment.occupations(p_from date, p_until date)
RETURNS TABLE (kind text, consultant_id bigint, programme text, starts_on date, ends_on date, halves int)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT 'accredited', a.consultant_id, a.programme, a.starts_on, a.ends_on, 0
    FROM assignment.accreditation a
  UNION ALL
  SELECT 'absent', b.consultant_id, NULL, b.starts_on, b.ends_on, 0
    FROM assignment.absence b
   WHERE b.ends_on >= p_from AND b.starts_on <= p_until
  UNION ALL
  SELECT 'busy', h.consultant_id, NULL, h.date, h.date, sum(CASE h.half WHEN 'morning' THEN 1 ELSE 2 END)::int
    FROM calendar.busy_half_day h
   WHERE h.date BETWEEN p_from AND p_until
   GROUP BY h.consultant_id, h.date
  UNION ALL
  SELECT 'holiday', NULL, NULL, o.date, o.date, 0
    FROM calendar.holiday o
   WHERE o.territory = 'FR' AND o.date BETWEEN p_from AND p_until;
END;

-- The cases, as far as a choice depends on them; no row where there is none. `places`: half-days they may still take.
-- `phases`: those that may hold half-days, a space between them.
CREATE FUNCTION assignment.cases_to_match(p_case_id bigint[])
RETURNS TABLE (case_id bigint, programme text, siren text, company_name text, state text, region text, department text, commune text,
               naf text, admitted_on date, window_ends_on date, places int, phases text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT f.case_id, f.programme, f.siren, f.company_name, f.state, f.region, f.department, f.commune, f.naf, f.admitted_on,
         f.window_ends_on, g.places,
         (SELECT string_agg(p.phase, ' ')
            FROM programme.rulebook_in_force(f.programme, f.applied_on, f.admitted_on, NULL, NULL) b
            JOIN programme.chargeable_phase p USING (programme, version))
    FROM enrolment.case_facts f
    LEFT JOIN calendar.case_places g USING (case_id)
   WHERE f.case_id = ANY (p_case_id)
   ORDER BY f.case_id;
END;

-- Admitted cases with places left on whose phase nobody is assigned from a day on, the oldest first.
CREATE FUNCTION assignment.cases_without_consultant(p_programme text, p_phase text, p_on date, p_limit int) RETURNS SETOF bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT f.case_id
    FROM enrolment.case_facts f
    JOIN calendar.case_places g USING (case_id)
   WHERE f.state = 'admitted' AND g.places > 0 AND g.ends_on >= p_on
     AND (p_programme IS NULL OR f.programme = p_programme)
     AND EXISTS (SELECT FROM programme.rulebook_in_force(f.programme, f.applied_on, f.admitted_on, NULL, NULL) b
                   JOIN programme.chargeable_phase p USING (programme, version)
                  WHERE p.phase = p_phase)
     AND NOT EXISTS (SELECT FROM assignment.assignment a
                      WHERE a.case_id = f.case_id AND a.phase = p_phase AND a.ends_on >= greatest(a.starts_on, p_on))
   ORDER BY f.admitted_on, f.case_id
   LIMIT p_limit;
END;

-- Who works or worked on these cases: for how many half-days, and until when they are assigned to which phase.
CREATE FUNCTION assignment.history(p_case_id bigint[])
RETURNS TABLE (case_id bigint, consultant_id bigint, phase text, starts_on date, ends_on date, half_days bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT a.case_id, a.consultant_id, a.phase, a.starts_on, a.ends_on,
         (SELECT count(*) FROM calendar.busy_half_day h
           WHERE h.case_id = a.case_id AND h.assignment_id = a.assignment_id AND h.state <> 'planned')
    FROM assignment.assignment a
   WHERE a.case_id = ANY (p_case_id) AND a.starts_on <= a.ends_on;
END;

-- What a consultant would leave behind after a day: each assignment that runs on, and each half-day planned in it (one row
-- of NULLs where there is none). An assignment that was ended before it began runs nowhere. `needs_successor`: its case goes
-- on, so somebody must take it over.
CREATE FUNCTION assignment.left_behind(p_consultant_id bigint, p_last_day date)
RETURNS TABLE (assignment_id bigint, case_id bigint, phase text, starts_on date, ends_on date, needs_successor boolean,
               date date, half calendar.half)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT a.assignment_id, a.case_id, a.phase, greatest(a.starts_on, p_last_day + 1), a.ends_on,
         f.state = 'admitted' AND (g.places > 0 OR h.date IS NOT NULL), h.date, h.half
    FROM assignment.assignment a
    JOIN enrolment.case_facts f USING (case_id)
    JOIN calendar.case_places g USING (case_id)
    LEFT JOIN calendar.busy_half_day h
           ON h.case_id = a.case_id AND h.assignment_id = a.assignment_id AND h.date > p_last_day AND h.state = 'planned'
   WHERE a.consultant_id = p_consultant_id AND a.ends_on > p_last_day AND a.starts_on <= a.ends_on
   ORDER BY a.case_id, a.assignment_id, h.date, h.half;
END;

-- Assigns several consultants at once, all or none; the arrays run in parallel. `p_told` is what the service answers, without
-- the numbers of the assignments: it is remembered with them, so that a retry has the same (law 11), whoever would be chosen
-- by then. One row: the numbers in the order of the arrays, and what is told. Refusals, in order: NOBODY_FITS (the rules say
-- so: p_nobody tells what is missing), CASE_NOT_FOUND, then those of assignment.assign.
CREATE FUNCTION assignment.create_assignments(
  call common.call, p_nobody text, p_told text, p_case_id bigint[], p_consultant_id bigint[], p_phase text[],
  p_starts_on date[], p_ends_on date[]
) RETURNS TABLE (assignment_ids bigint[], told text)
LANGUAGE plpgsql AS $$
DECLARE
  held   enrolment.case_facts;
  answer jsonb;
  ids    bigint[] := '{}';
  i      record;
BEGIN
  -- Cases before consultants, each in the order of their numbers, as every command does.
  FOR i IN SELECT DISTINCT case_id FROM unnest(p_case_id) AS case_id ORDER BY 1 LOOP
    PERFORM enrolment.lock_case(i.case_id);
  END LOOP;
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = ANY (p_consultant_id) ORDER BY c.consultant_id FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NULL THEN
    IF p_nobody IS NOT NULL THEN
      PERFORM common.refuse('NOBODY_FITS', 'missing', p_nobody);
    END IF;
    FOR i IN SELECT * FROM unnest(p_case_id, p_consultant_id, p_phase, p_starts_on, p_ends_on)
                      AS n (case_id, consultant_id, phase, starts_on, ends_on) LOOP
      SELECT * INTO held FROM enrolment.case_facts f WHERE f.case_id = i.case_id;
      IF NOT FOUND THEN
        PERFORM common.refuse('CASE_NOT_FOUND', 'case_id', i.case_id::text);
      END IF;
      ids := ids || assignment.assign(call, held, i.consultant_id, i.phase, i.starts_on, i.ends_on);
    END LOOP;
    answer := jsonb_build_object('assignment_ids', ids, 'told', p_told);
    PERFORM common.remember(call, answer);
  END IF;
  assignment_ids := ARRAY(SELECT e.value::bigint FROM jsonb_array_elements_text(answer -> 'assignment_ids') WITH ORDINALITY
                                                      AS e (value, place) ORDER BY e.place);
  told := answer ->> 'told';
  RETURN NEXT;
END $$;

-- One thing that a consultant hands over: a half-day, or an assignment in which none was planned (half_day_id NULL).
-- `to_consultant_id` NULL: the case does not go on, and the assignment ends.
CREATE TYPE assignment.handover AS (
  case_id bigint, company_name text, phase text, to_consultant_id bigint, to_consultant_name text, starts_on date, ends_on date,
  half_day_id uuid, date date, half calendar.half, refusal text,
  told text  -- in the first of several: what the service answers beside them
);

-- A consultant works no more after a day: every assignment that runs on ends that day, and passes, with the half-days
-- planned in it, to the successor of its case (p_to[n] for p_case[n]); what took place stays. All or none. Under
-- p_validate_only nothing is written, and a half-day that cannot pass tells why.
-- Refusals, in order: CONSULTANT_NOT_FOUND, CONSULTANT_LEFT, NOT_ASSIGNED (p_case names a case that is not left behind),
-- NOBODY_FITS (the rules say so: p_nobody tells what is missing), STALE_ETAG (a case that needs a successor got none: it was
-- assigned since the choice), those of assignment.assign, REASSIGNMENT_BLOCKED, HALF_DAYS_LEFT_OUTSIDE
-- (something took place after that day).
CREATE FUNCTION assignment.reassign_consultant(
  call common.call, p_validate_only boolean, p_consultant_id bigint, p_last_day date, p_leaves boolean, p_nobody text, p_told text,
  p_case bigint[], p_to bigint[]
) RETURNS SETOF assignment.handover
LANGUAGE plpgsql AS $$
DECLARE
  answer    jsonb;
  leaver    assignment.consultant;
  held      enrolment.case_facts;
  left_at   date;
  old       record;
  bad       record;
  taker     bigint;
  successor bigint;
  given     bigint[] := '{}';
  takers    bigint[] := '{}';
  closing   bigint[] := '{}';
BEGIN
  FOR old IN SELECT DISTINCT case_id FROM unnest(p_case) AS case_id ORDER BY 1 LOOP
    PERFORM enrolment.lock_case(old.case_id);
  END LOOP;
  -- Whoever gives and whoever takes, then all their assignments: nobody can enter a half-day of theirs from here on.
  PERFORM FROM assignment.consultant c WHERE c.consultant_id = ANY (p_to || p_consultant_id) ORDER BY c.consultant_id FOR UPDATE;
  PERFORM FROM assignment.assignment a
    WHERE a.consultant_id = ANY (p_to || p_consultant_id)
    ORDER BY a.assignment_id
      FOR UPDATE;
  answer := common.replay(call);
  IF answer IS NOT NULL THEN
    RETURN QUERY SELECT * FROM jsonb_populate_recordset(NULL::assignment.handover, answer);
    RETURN;
  END IF;

  SELECT * INTO leaver FROM assignment.consultant c WHERE c.consultant_id = p_consultant_id;
  IF NOT FOUND THEN
    PERFORM common.refuse('CONSULTANT_NOT_FOUND', 'consultant_id', p_consultant_id::text);
  END IF;
  IF leaver.left_on IS NOT NULL THEN
    PERFORM common.refuse('CONSULTANT_LEFT', 'date', leaver.left_on::text);
  END IF;
  IF EXISTS (SELECT FROM unnest(p_case) AS c (case_id)
              WHERE NOT EXISTS (SELECT FROM assignment.left_behind(p_consultant_id, p_last_day) b WHERE b.case_id = c.case_id)) THEN
    PERFORM common.refuse('NOT_ASSIGNED');
  END IF;
  IF p_nobody IS NOT NULL THEN
    PERFORM common.refuse('NOBODY_FITS', 'missing', p_nobody);
  END IF;

  BEGIN
    FOR old IN SELECT b.assignment_id, b.case_id, b.phase, b.starts_on, b.ends_on, bool_or(b.needs_successor) AS needs_successor
                 FROM assignment.left_behind(p_consultant_id, p_last_day) b
                GROUP BY b.assignment_id, b.case_id, b.phase, b.starts_on, b.ends_on
                ORDER BY b.assignment_id LOOP
      taker := p_to[array_position(p_case, old.case_id)];
      IF taker IS NULL AND old.needs_successor THEN
        PERFORM common.refuse('STALE_ETAG');
      END IF;
      closing := closing || old.assignment_id;
      IF old.needs_successor THEN
        -- One who is assigned to it already for as long needs no second assignment.
        SELECT a.assignment_id INTO successor FROM assignment.assignment a
         WHERE (a.case_id, a.consultant_id, a.phase) = (old.case_id, taker, old.phase)
           AND a.starts_on <= old.starts_on AND a.ends_on >= old.ends_on;
        IF NOT FOUND THEN
          SELECT * INTO held FROM enrolment.case_facts f WHERE f.case_id = old.case_id;
          successor := assignment.assign(call, held, taker, old.phase, old.starts_on, old.ends_on);
        END IF;
        given := given || old.assignment_id;
        takers := takers || successor;
      END IF;
    END LOOP;

    WITH moved AS MATERIALIZED (
      SELECT * FROM calendar.hand_over(call, given, takers, p_last_day)
    )
    SELECT coalesce(jsonb_agg(to_jsonb(ROW(a.case_id, f.company_name, a.phase, c.consultant_id, c.name,
                                           greatest(a.starts_on, p_last_day + 1), a.ends_on, m.half_day_id, m.date, m.half,
                                           m.refusal, NULL)::assignment.handover)
                              ORDER BY a.case_id, a.assignment_id, m.date, m.half), '[]') INTO answer
      FROM unnest(closing) AS e (assignment_id)
      JOIN assignment.assignment a USING (assignment_id)
      JOIN enrolment.case_facts f USING (case_id)
      LEFT JOIN unnest(given, takers) AS g (assignment_id, successor) USING (assignment_id)
      LEFT JOIN assignment.assignment s ON s.assignment_id = g.successor
      LEFT JOIN assignment.consultant c ON c.consultant_id = s.consultant_id
      LEFT JOIN moved m ON m.from_assignment = a.assignment_id;
    IF answer <> '[]' THEN
      answer := jsonb_set(answer, '{0,told}', to_jsonb(p_told));
    END IF;

    SELECT r.date, r.refusal INTO bad
      FROM jsonb_populate_recordset(NULL::assignment.handover, answer) r
     WHERE r.refusal IS NOT NULL
     ORDER BY r.date, r.half
     LIMIT 1;
    IF FOUND THEN
      IF p_validate_only THEN
        RAISE SQLSTATE 'JL002';  -- back to the BEGIN above: the variables stay, what was written does not
      END IF;
      PERFORM common.refuse('REASSIGNMENT_BLOCKED', 'date', bad.date::text, 'why', bad.refusal);
    END IF;
    SELECT min(calendar.first_live_half_day_of_assignment(e.assignment_id, p_last_day)) INTO left_at
      FROM unnest(closing) AS e (assignment_id);
    IF left_at IS NOT NULL THEN
      PERFORM common.refuse('HALF_DAYS_LEFT_OUTSIDE', 'date', left_at::text);
    END IF;

    UPDATE assignment.assignment a SET ends_on = p_last_day, ended = true WHERE a.assignment_id = ANY (closing);
    PERFORM audit.append(call, 'assignment', 'assignment.ended', 'assignment/' || a.assignment_id, a.case_id,
                         jsonb_build_object('ends_on', p_last_day, 'reassigned', a.assignment_id = ANY (given)))
      FROM assignment.assignment a
     WHERE a.assignment_id = ANY (closing)
     ORDER BY a.assignment_id;
    IF p_leaves THEN
      UPDATE assignment.consultant c SET left_on = p_last_day, version = c.version + 1 WHERE c.consultant_id = p_consultant_id;
      PERFORM audit.append(call, 'assignment', 'consultant.left', 'consultant/' || p_consultant_id, NULL,
                           jsonb_build_object('left_on', p_last_day));
    END IF;
    IF p_validate_only THEN
      RAISE SQLSTATE 'JL002';
    END IF;
    PERFORM common.remember(call, answer);
  EXCEPTION WHEN SQLSTATE 'JL002' THEN
    NULL;
  END;
  RETURN QUERY SELECT * FROM jsonb_populate_recordset(NULL::assignment.handover, answer);
END $$;

GRANT EXECUTE ON FUNCTION
  assignment.roster, assignment.occupations, assignment.cases_to_match, assignment.cases_without_consultant, assignment.history,
  assignment.left_behind, assignment.create_assignments, assignment.reassign_consultant TO jalon_assignment;

COMMIT;
