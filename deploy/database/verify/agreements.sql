-- Verify jalon:agreements on pg

BEGIN;
SELECT 1 / (has_function_privilege('jalon_funding', 'funding.release_withdrawn(int)', 'EXECUTE')
            AND NOT has_table_privilege('jalon_funding', 'funding.agreement_version', 'UPDATE, DELETE, TRUNCATE'))::int;
SELECT 1 / (count(*) = 1)::int FROM pg_trigger WHERE tgname = 'agreement_version_append_only' AND tgenabled = 'O';
SET LOCAL ROLE jalon_funding;
SELECT 1 / (funding.release_withdrawn(0) = 0)::int;
ROLLBACK;
