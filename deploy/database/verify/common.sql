-- Verify jalon:common on pg

BEGIN;

DO $$
DECLARE
  call  common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  other common.call := call;
BEGIN
  ASSERT common.replay(call) IS NULL, 'a new request has no answer';
  PERFORM common.remember(call, '{"kept": true}');
  ASSERT common.replay(call) = '{"kept": true}', 'a retry has the first answer (law 11)';

  other.request_hash := '\x02';
  BEGIN
    PERFORM common.replay(other);
    ASSERT false, 'the same id with other content is refused (law 11)';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM = 'REQUEST_ID_REUSED {}', 'a refusal is its reason and its metadata';
  END;

  BEGIN
    PERFORM common.remember(call, '{}');
    ASSERT false, 'a request is answered once (law 11)';
  EXCEPTION WHEN unique_violation THEN
    NULL;
  END;
END $$;

DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['programme', 'enrolment', 'assignment', 'calendar', 'funding'] LOOP
    ASSERT has_function_privilege('jalon_' || role, 'common.replay(common.call)', 'EXECUTE'), role || ' may replay';
    ASSERT has_function_privilege('jalon_' || role, 'common.remember(common.call, jsonb)', 'EXECUTE'), role || ' may remember';
    ASSERT NOT has_table_privilege('jalon_' || role, 'common.request', 'SELECT, INSERT, UPDATE, DELETE'),
           role || ' reaches the requests through functions only';
  END LOOP;
END $$;

ROLLBACK;
