-- Verify jalon:enrolment on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE enrolment.support_case_case_id_seq RESTART WITH 1000000000;

-- Admission and withdrawal reach into calendar, which may not be deployed yet: what is called here stands alone.
SET LOCAL ROLE jalon_programme;
SELECT FROM programme.publish_rulebook(
  (gen_random_uuid(), '\x01', 'PublishRulebook', 'verify')::common.call, 'verify', 1, '', '', '', encode(sha256(''), 'hex'), '',
  100, 12, NULL, 'agreement', 'admission', '', NULL, NULL, ARRAY['association'], ARRAY['accompaniment'], ARRAY[true]);

SET LOCAL ROLE jalon_enrolment;
DO $$
DECLARE
  call   common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  counts enrolment.import_counts;
  row    enrolment.case_row;
BEGIN
  SELECT * INTO STRICT counts
    FROM enrolment.import_companies(
           call, ARRAY['000000000', '000000000'], ARRAY['First', 'Écluse'], ARRAY['5710', '5710'], ARRAY['62.01Z', '62.01Z'],
           ARRAY['12', '12'], ARRAY['2001-02-03', NULL]::date[], ARRAY[false, false], ARRAY['00000', '00000'],
           ARRAY['59350', '59350'], ARRAY['59', '59'], ARRAY['32', '32']);
  ASSERT counts = (1, 0, 0)::enrolment.import_counts, 'a SIREN given twice counts once';
  ASSERT (SELECT c.name = 'Écluse' AND c.created_on IS NULL FROM enrolment.company_row c WHERE c.siren = '000000000'),
         'and its last row stays';

  call.request_id := gen_random_uuid();
  SELECT * INTO STRICT row
    FROM enrolment.open_case(call, 'verify', '000000000', '2026-01-15', 12000, 100, 100, '2025-12-31', true, 'medium',
                             900, NULL, 12000, ARRAY['association']);
  ASSERT (SELECT r."facts.site_headcount_hundredths" = 900 AND r."facts.statuses" = ARRAY['association'] FROM enrolment.case_row r
           WHERE r.case_id = row.case_id), 'with what it declares';
  ASSERT row.state = 'open' AND row.etag = '1' AND row.region = '32', 'a case opens';
  ASSERT row = (SELECT r FROM enrolment.open_case(call, '', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) r),
         'a retry has the first answer (law 11)';

  call.request_id := gen_random_uuid();
  BEGIN
    PERFORM enrolment.open_case(call, 'verify', '000000000', '2026-01-15', 0, 0, 0, '2025-12-31', true, 'micro', NULL, NULL, NULL,
                                ARRAY['verified']);
    ASSERT false, 'a status that the rulebook does not name is refused';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'STATUS_UNKNOWN %', SQLERRM;
  END;
  BEGIN
    PERFORM enrolment.open_case(call, 'verify', '000000000', '2026-01-15', 0, 0, 0, '2025-12-31', true, 'micro', NULL, NULL, NULL, '{}');
    ASSERT false, 'a company has one live case in a programme';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM = 'CASE_ALREADY_OPEN {}', SQLERRM;
  END;
  BEGIN
    UPDATE enrolment.support_case
       SET state = 'admitted', admitted_on = '2026-02-01', rulebook_version = 1, eligibility = '[]', cap_half_days = 100,
           granted_half_days = 101, window_ends_on = '2027-02-01'
     WHERE case_id = row.case_id;
    ASSERT false, 'a grant never exceeds its cap (law 1)';
  EXCEPTION WHEN check_violation THEN
    ASSERT SQLERRM LIKE '%case_grant_within_cap%', SQLERRM;
  END;

  PERFORM enrolment.reject_case(call, row.case_id, 'verified', '1');
  ASSERT (SELECT r.state = 'rejected' AND r.etag = '2' FROM enrolment.case_row r WHERE r.case_id = row.case_id),
         'a case is rejected';
END $$;

RESET ROLE;
DO $$
DECLARE
  role text;
BEGIN
  ASSERT to_regprocedure('enrolment.admit_case(common.call, bigint, date, int, text, int, text, jsonb, text, bytea, text, bigint, text, '
                          'int)')
         IS NOT NULL
     AND to_regprocedure('enrolment.withdraw_case(common.call, bigint, text, text)') IS NOT NULL,
         'cases are admitted and withdrawn';
  FOREACH role IN ARRAY ARRAY['assignment', 'calendar', 'funding'] LOOP
    ASSERT has_function_privilege('jalon_' || role, 'enrolment.lock_case(bigint)', 'EXECUTE'), role || ' may hold a case';
    ASSERT NOT has_table_privilege('jalon_' || role, 'enrolment.support_case', 'SELECT, INSERT, UPDATE, DELETE'),
           role || ' reads what is published only';
  END LOOP;
  ASSERT NOT has_table_privilege('jalon_enrolment', 'enrolment.support_case', 'DELETE'), 'a case is never deleted';
END $$;
SET LOCAL ROLE jalon_funding;
DO $$
BEGIN
  ASSERT (SELECT l = f AND f.company_name = 'Écluse'
            FROM enrolment.case_facts f, enrolment.lock_case(f.case_id) l WHERE f.programme = 'verify'), 'a case is published';
  ASSERT NOT EXISTS (SELECT FROM enrolment.lock_case(0)), 'no row where there is no case';
END $$;
SET LOCAL ROLE jalon_audit;
DO $$
BEGIN
  ASSERT (SELECT l.breaches = 0 FROM enrolment.check_laws() l), 'law 1 holds';
END $$;

ROLLBACK;
