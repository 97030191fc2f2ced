-- Verify jalon:period on pg

BEGIN;
SELECT programme, month, sha256, closed_at, closed_by FROM funding.period_row WHERE false;
SELECT 1 / (count(*) = 1)::int FROM pg_trigger
 WHERE tgrelid = 'funding.period'::regclass AND tgname = 'period_append_only' AND tgenabled = 'O';
SELECT 1 / (count(*) = 1)::int FROM pg_constraint WHERE conname = 'period_digest' AND convalidated;
SELECT 1 / (c.breaches = 0)::int FROM funding.check_periods() c;
SELECT 1 / (has_function_privilege('jalon_audit', 'funding.check_periods()', 'EXECUTE')
            AND NOT has_table_privilege('jalon_funding', 'funding.period', 'UPDATE'))::int;
ROLLBACK;
