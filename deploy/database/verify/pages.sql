-- Verify jalon:pages on pg

BEGIN;

DO $$
DECLARE
  area text;
BEGIN
  ASSERT common.schema_version() >= 2, 'the schema says that it has the key';
  ASSERT length(common.page_key()) = 32 AND common.page_key() = common.page_key(), 'one key for everybody';
  FOREACH area IN ARRAY ARRAY['programme', 'enrolment', 'assignment', 'calendar', 'funding', 'audit'] LOOP
    ASSERT has_function_privilege('jalon_' || area, 'common.page_key()', 'EXECUTE'), area || ' may read the key';
    ASSERT NOT has_table_privilege('jalon_' || area, 'common.page_key', 'SELECT, INSERT, UPDATE, DELETE'),
           area || ' cannot change the key';
  END LOOP;
  ASSERT NOT EXISTS (SELECT FROM pg_proc p, aclexplode(p.proacl) a
                      WHERE p.oid = 'common.page_key()'::regprocedure AND a.grantee = 0), 'nobody else may';
END $$;

ROLLBACK;
