-- Deploy jalon:roles to pg

BEGIN;

-- Each area has two roles: <area>_owner owns its schema and never logs in; jalon_<area> is what its service logs in
-- as. A role outlives a database, so it is made only where the cluster lacks it.
DO $$
DECLARE
  area text;
BEGIN
  FOREACH area IN ARRAY ARRAY['common', 'programme', 'enrolment', 'assignment', 'calendar', 'funding', 'inbox', 'audit'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'jalon_' || area || '_owner') THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', 'jalon_' || area || '_owner');
    END IF;
    IF area <> 'common' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'jalon_' || area) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', 'jalon_' || area);
      -- Functions on the hot path forbid sequential scans, which PostgreSQL expresses as a cost that would have them compiled.
      EXECUTE format('ALTER ROLE %I SET jit = off', 'jalon_' || area);
    END IF;
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', area, 'jalon_' || area || '_owner');
  END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- What a schema publishes is granted function by function, view by view; nothing is open by default.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
DO $$
DECLARE
  area text;
BEGIN
  FOREACH area IN ARRAY ARRAY['common', 'programme', 'enrolment', 'assignment', 'calendar', 'funding', 'inbox', 'audit'] LOOP
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', 'jalon_' || area || '_owner');
    EXECUTE format('GRANT USAGE ON SCHEMA common TO %I', 'jalon_' || area || '_owner');
    EXECUTE format('GRANT USAGE ON SCHEMA audit TO %I', 'jalon_' || area || '_owner');
    IF area <> 'common' THEN
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', area, 'jalon_' || area);
      EXECUTE format('GRANT USAGE ON SCHEMA common, audit TO %I', 'jalon_' || area);
    END IF;
  END LOOP;
END $$;

COMMIT;
