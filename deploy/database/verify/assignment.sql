-- Verify jalon:assignment on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE enrolment.support_case_case_id_seq RESTART WITH 1000000000;
ALTER SEQUENCE assignment.consultant_consultant_id_seq RESTART WITH 1000000000;
ALTER SEQUENCE assignment.assignment_assignment_id_seq RESTART WITH 1000000000;
ALTER SEQUENCE assignment.absence_absence_id_seq RESTART WITH 1000000000;

-- Absences and ends reach into calendar, which may not be deployed yet: what is called here stands alone. The case is
-- admitted by hand for the same reason.
SET LOCAL ROLE jalon_programme;
SELECT FROM programme.publish_rulebook(
  (gen_random_uuid(), '\x01', 'PublishRulebook', 'verify')::common.call, 'verify', 1, '', '', '', encode(sha256(''), 'hex'), '',
  100, 12, NULL, 'agreement', 'admission', '', NULL, NULL, '{}', ARRAY['training', 'accompaniment'], ARRAY[false, true]);
SET LOCAL ROLE jalon_enrolment;
INSERT INTO enrolment.company (siren, name, ceased) VALUES ('000000000', 'Écluse', false), ('000000018', 'Phare', false);
INSERT INTO enrolment.support_case
       (programme, siren, applied_on, headcount_hundredths, turnover_cents, balance_sheet_cents, year_closed_on, independent,
        size_class, state, admitted_on, rulebook_version, eligibility, cap_half_days, granted_half_days, window_ends_on)
VALUES ('verify', '000000000', '2026-01-15', 12000, 0, 0, '2025-12-31', true, 'medium', 'admitted', '2026-02-01', 1, '[]', 100,
        100, '2027-02-01');

SET LOCAL ROLE jalon_assignment;
DO $$
DECLARE
  call        common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  the_case    bigint := (SELECT f.case_id FROM enrolment.case_facts f WHERE f.programme = 'verify');
  consultant  assignment.consultant_row;
  row         assignment.assignment_row;
BEGIN
  SELECT * INTO STRICT consultant
    FROM assignment.create_consultant(call, 'Verify', ARRAY['data-strategy'], ARRAY['32'], 120000, NULL, ARRAY[3], ARRAY['C'], ARRAY['fr'],
                                      '59350', 60, '000000018', 1023, 8);
  ASSERT consultant = (SELECT r FROM assignment.create_consultant(call, '', '{}', '{}', 0, NULL, '{}', '{}', '{}', NULL,
                                                                             NULL, NULL, NULL, NULL) r),
         'a retry has the first answer (law 11)';
  ASSERT consultant.working_halves[10] = 'friday_afternoon' AND cardinality(consultant.working_halves) = 10,
         'a week of five days has ten halves';

  call.request_id := gen_random_uuid();
  SELECT * INTO STRICT row
    FROM assignment.create_assignment(call, the_case, consultant.consultant_id, 'accompaniment', NULL, NULL);
  ASSERT (row.starts_on, row.ends_on) = (date '2026-02-01', date '2027-02-01'), 'it lasts as the window of the case';

  call.request_id := gen_random_uuid();
  BEGIN
    PERFORM assignment.create_assignment(call, the_case, consultant.consultant_id, 'accompaniment', '2027-02-01', '2027-03-01');
    ASSERT false, 'assignments to one phase do not overlap';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM = 'ASSIGNMENT_OVERLAPS {}', SQLERRM;
  END;
  BEGIN
    PERFORM assignment.create_assignment(call, the_case, consultant.consultant_id, 'training', NULL, NULL);
    ASSERT false, 'a phase that is not chargeable takes no half-day';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM = 'PHASE_NOT_FOUND {"phase": "training"}', SQLERRM;
  END;
  BEGIN
    PERFORM assignment.declare_conflict(call, '2026-06-01', consultant.consultant_id, '000000000', 'verify');
    ASSERT false, 'no conflict with a company one is assigned to (law 3)';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM = 'ASSIGNED_TO_COMPANY {}', SQLERRM;
  END;
  PERFORM assignment.declare_conflict(call, '2026-06-01', consultant.consultant_id, '000000018', 'verify');
  call.request_id := gen_random_uuid();
  PERFORM assignment.withdraw_conflict(call, consultant.consultant_id, '000000018', 'verify');
  ASSERT NOT EXISTS (SELECT FROM assignment.conflict_row r WHERE r.consultant_id = consultant.consultant_id), 'it is withdrawn';
  call.request_id := gen_random_uuid();
  PERFORM assignment.declare_conflict(call, '2026-06-01', consultant.consultant_id, '000000018', 'verify');
END $$;

RESET ROLE;
INSERT INTO assignment.absence (consultant_id, starts_on, ends_on)
SELECT c.consultant_id, '2026-03-02', '2026-03-03' FROM assignment.consultant c WHERE c.name = 'Verify';
SET LOCAL ROLE jalon_calendar;
DO $$
DECLARE
  a record;
BEGIN
  SELECT * INTO STRICT a FROM assignment.assignee e
   WHERE e.case_id = (SELECT f.case_id FROM enrolment.case_facts f WHERE f.programme = 'verify');
  ASSERT (SELECT array_agg((h.assignment_id IS NOT NULL, h.absent) ORDER BY h.ord)
            FROM assignment.hold(array_fill(a.case_id, ARRAY[4]), array_fill(a.consultant_id, ARRAY[4]),
                                 ARRAY['accompaniment', 'accompaniment', 'accompaniment', 'training'],
                                 ARRAY['2026-03-01', '2026-03-02', '2027-02-02', '2026-03-04']::date[]) h)
         = ARRAY[(true, false), (true, true), (false, false), (false, false)],
         'hold answers for each item, in parallel';
END $$;

RESET ROLE;
DO $$
BEGIN
  UPDATE assignment.conflict SET reason = '';
  ASSERT false, 'a conflict is declared and withdrawn, never edited';
EXCEPTION WHEN restrict_violation THEN
  NULL;
END $$;
DO $$
BEGIN
  ASSERT to_regprocedure('assignment.add_absence(common.call, bigint, date, date, text)') IS NOT NULL
     AND to_regprocedure('assignment.end_assignment(common.call, bigint, date)') IS NOT NULL,
         'absences are added, assignments end';
  ASSERT NOT has_table_privilege('jalon_assignment', 'assignment.absence', 'UPDATE, DELETE')
     AND NOT has_table_privilege('jalon_assignment', 'assignment.conflict', 'UPDATE, DELETE'),
         'only commands take back';
  ASSERT NOT has_table_privilege('jalon_calendar', 'assignment.assignment', 'SELECT, INSERT, UPDATE, DELETE'),
         'calendar reads what is published only';
END $$;
SET LOCAL ROLE jalon_audit;
DO $$
BEGIN
  ASSERT (SELECT l.breaches = 0 FROM assignment.check_laws() l), 'law 3 holds';
END $$;

ROLLBACK;
