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
                                    encode(sha256('source'), 'hex'), '\x00', 100, 12,
                                    ARRAY['training', 'accompaniment'], ARRAY[false, true]);
  ASSERT row = (SELECT r FROM programme.publish_rulebook(call, 'verify', 1, '', '', '', '', '', 0, 0, '{}', '{}') r),
         'a retry has the first answer (law 11)';
  ASSERT (SELECT (b.version, b.cap_half_days, b.window_months) = (1, 100, 12)
            FROM programme.newest_rulebook b WHERE b.programme = 'verify'), 'the newest rulebook is published';
  ASSERT (SELECT array_agg(p.phase) = ARRAY['accompaniment']
            FROM programme.chargeable_phase p WHERE p.programme = 'verify'), 'the chargeable phases are published';

  call.request_id := gen_random_uuid();
  BEGIN
    PERFORM programme.publish_rulebook(call, 'verify', 1, '', '', 'source', encode(sha256('source'), 'hex'), '', 1, 1,
                                       '{}', '{}');
    ASSERT false, 'a published version never changes';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM = 'RULEBOOK_VERSION_EXISTS {"version": "1"}', SQLERRM;
  END;
  BEGIN
    PERFORM programme.publish_rulebook(call, 'verify', 3, '', '', 'source', encode(sha256('source'), 'hex'), '', 1, 1,
                                       '{}', '{}');
    ASSERT false, 'versions have no gap';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM = 'RULEBOOK_INVALID {"problems": "version: 3 > 2"}', SQLERRM;
  END;
END $$;

RESET ROLE;
DO $$
BEGIN
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
    ASSERT has_table_privilege('jalon_' || role, 'programme.newest_rulebook', 'SELECT')
       AND has_table_privilege('jalon_' || role || '_owner', 'programme.newest_rulebook', 'SELECT'),
           role || ' reads the newest rulebook';
    ASSERT NOT has_table_privilege('jalon_' || role, 'programme.rulebook_version', 'SELECT, INSERT, UPDATE, DELETE'),
           role || ' reads what is published only';
  END LOOP;
END $$;

ROLLBACK;
