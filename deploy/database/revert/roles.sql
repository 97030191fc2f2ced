-- Revert jalon:roles from pg

BEGIN;

DROP SCHEMA programme, enrolment, assignment, calendar, funding, inbox, audit, common;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
DO $$
DECLARE
  area text;
BEGIN
  FOREACH area IN ARRAY ARRAY['common', 'programme', 'enrolment', 'assignment', 'calendar', 'funding', 'inbox', 'audit'] LOOP
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT EXECUTE ON FUNCTIONS TO PUBLIC', 'jalon_' || area || '_owner');
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA public TO PUBLIC;

COMMIT;
