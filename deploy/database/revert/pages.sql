-- Revert jalon:pages from pg

BEGIN;
SET LOCAL ROLE jalon_common_owner;

CREATE OR REPLACE FUNCTION common.schema_version() RETURNS int LANGUAGE sql STABLE RETURN 1;
DROP FUNCTION common.page_key();
DROP TABLE common.page_key;

COMMIT;
