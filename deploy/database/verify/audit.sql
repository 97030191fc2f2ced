-- Verify jalon:audit on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE audit.event_event_id_seq RESTART WITH 1000000000;

DO $$
DECLARE
  call  common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  table_name text;
BEGIN
  PERFORM audit.append(call, 'audit', 'schema.verified', 'schema/audit');
  PERFORM audit.append_many(ARRAY[call.request_id], ARRAY[call.actor], 'audit', ARRAY['schema.verified'],
                            ARRAY['schema/audit'], ARRAY[NULL::bigint], ARRAY['{}'::jsonb]);
  ASSERT (SELECT count(*) = 2 FROM audit.event_row e WHERE e.request_id = call.request_id AND e.cursor IS NULL),
         'an event is there from its transaction on, and has no place in the chain before its commit';

  FOREACH table_name IN ARRAY ARRAY['event', 'chain'] LOOP
    BEGIN
      EXECUTE format('DELETE FROM audit.%I', table_name);
      ASSERT false, table_name || ' is append-only (law 9)';
    EXCEPTION WHEN restrict_violation THEN
      NULL;
    END;
  END LOOP;
END $$;

DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['programme', 'enrolment', 'assignment', 'calendar', 'funding'] LOOP
    ASSERT has_function_privilege('jalon_' || role, 'audit.append(common.call, text, text, text, bigint, jsonb)', 'EXECUTE'),
           role || ' may tell of its commands';
    ASSERT NOT has_table_privilege('jalon_' || role, 'audit.event', 'SELECT, INSERT, UPDATE, DELETE'),
           role || ' reaches the events through functions only';
  END LOOP;
  ASSERT NOT has_table_privilege('jalon_audit', 'audit.event', 'INSERT, UPDATE, DELETE'), 'audit itself adds no event';
  ASSERT has_function_privilege('jalon_audit', 'audit.extend_chain(int)', 'EXECUTE'), 'audit extends the chain';
  ASSERT has_function_privilege('jalon_audit', 'audit.check_chain()', 'EXECUTE'), 'audit checks the chain';
END $$;

ROLLBACK;
