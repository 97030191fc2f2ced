-- Verify jalon:programme on pg

BEGIN;
SET LOCAL ROLE jalon_programme;

DO $$
DECLARE
  call common.call := (gen_random_uuid(), '\x01', 'PublishRulebook', 'verify');
  row  programme.rulebook_version_row;
BEGIN
  SELECT * INTO STRICT row
    FROM programme.publish_rulebook(call, 'verify', 1, 'Vérification', 'Verification', 'source',
                                    encode(sha256('source'), 'hex'), '\x00', 100, 12, NULL, 'agreement', 'admission', '', NULL, 5, '{}',
                                    ARRAY['training', 'accompaniment'], ARRAY[false, true]);
  ASSERT row = (SELECT r FROM programme.publish_rulebook(call, 'verify', 1, '', '', '', '', '', 0, 0, NULL, '', '', '', 0, 0, '{}', '{}',
                                                              '{}') r),
         'a retry has the first answer (law 11)';
  ASSERT (SELECT (b.version, b.cap_half_days, b.window_months) = (1, 100, 12)
            FROM programme.published_rulebook b WHERE b.programme = 'verify'), 'the rulebook is published';
  ASSERT (SELECT array_agg(p.phase) = ARRAY['accompaniment']
            FROM programme.chargeable_phase p WHERE p.programme = 'verify'), 'the chargeable phases are published';

  call.request_id := gen_random_uuid();
  BEGIN
    PERFORM programme.publish_rulebook(call, 'verify', 1, '', '', 'source', encode(sha256('source'), 'hex'), '', 1, 1,
                                       NULL, 'agreement', 'admission', '', NULL, NULL, '{}', '{}', '{}');
    ASSERT false, 'a published version never changes';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM = 'RULEBOOK_VERSION_EXISTS {"version": "1"}', SQLERRM;
  END;
  BEGIN
    PERFORM programme.publish_rulebook(call, 'verify', 3, '', '', 'source', encode(sha256('source'), 'hex'), '', 1, 1,
                                       NULL, 'agreement', 'admission', '', NULL, NULL, '{}', '{}', '{}');
    ASSERT false, 'versions have no gap';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM = 'RULEBOOK_INVALID {"problems": "version: 3 > 2"}', SQLERRM;
  END;

  PERFORM programme.publish_rulebook(call, 'verify', 2, '', '', 'source', encode(sha256('source'), 'hex'), '', 1, 1,
                                     '2026-06-17', 'agreement', 'agreement', 'agreement', 6, NULL, '{}', '{}', '{}');
  ASSERT (SELECT r.version FROM programme.rulebook_in_force('verify', '2026-07-01', NULL, '2026-06-16', NULL) r) = 1,
         'a case before the first day of a version keeps the one before';
  ASSERT (SELECT r.version FROM programme.rulebook_in_force('verify', '2026-01-01', NULL, '2026-06-17', NULL) r) = 2,
         'a case on the first day of a version is governed by it';
END $$;

RESET ROLE;
DO $$
BEGIN
  ASSERT EXISTS (SELECT FROM programme.tacit_programme t WHERE t.programme = 'verify'), 'silence may be an acceptance';
  UPDATE programme.rulebook_version SET cap_half_days = 1000 WHERE programme = 'verify';
  ASSERT false, 'rulebooks are append-only';
EXCEPTION WHEN restrict_violation THEN
  NULL;
END $$;
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['enrolment', 'assignment', 'calendar', 'funding'] LOOP
    ASSERT has_table_privilege('jalon_' || role, 'programme.published_rulebook', 'SELECT')
       AND has_table_privilege('jalon_' || role || '_owner', 'programme.published_rulebook', 'SELECT'),
           role || ' reads the published rulebooks';
    ASSERT has_function_privilege('jalon_' || role, 'programme.rulebook_in_force(text, date, date, date, date)', 'EXECUTE'),
           role || ' asks for the version in force';
    ASSERT NOT has_table_privilege('jalon_' || role, 'programme.rulebook_version', 'SELECT, INSERT, UPDATE, DELETE'),
           role || ' reads what is published only';
  END LOOP;
END $$;

ROLLBACK;
