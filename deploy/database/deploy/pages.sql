-- Deploy jalon:pages to pg
-- requires: common

BEGIN;
SET LOCAL ROLE jalon_common_owner;

-- The key that signs page tokens, drawn where the database is made: every process of every area has the same one, today
-- and after a restart, and no file has to carry it. It guards against tokens that nobody gave, not against reading: each
-- page is authorised afresh.
CREATE TABLE common.page_key (
  key       bytea NOT NULL CONSTRAINT page_key_is_long CHECK (length(key) = 32),
  singleton bool PRIMARY KEY DEFAULT true CONSTRAINT page_key_is_one CHECK (singleton)
);
-- gen_random_uuid() is PostgreSQL's cryptographically strong source; two carry 244 random bits.
INSERT INTO common.page_key (key) SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

CREATE FUNCTION common.page_key() RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  SELECT key FROM common.page_key;
END;

-- The services do not page without it.
CREATE OR REPLACE FUNCTION common.schema_version() RETURNS int LANGUAGE sql STABLE RETURN 2;

GRANT EXECUTE ON FUNCTION common.page_key() TO
  jalon_programme, jalon_enrolment, jalon_assignment, jalon_calendar, jalon_funding, jalon_inbox, jalon_audit;

COMMIT;
