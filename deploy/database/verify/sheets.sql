-- Verify jalon:sheets on pg

BEGIN;
SELECT 1 / (count(*) = 1)::int FROM calendar.sheet_key;
-- A lock is for good, and a key too; the service adds months and nothing else.
SELECT 1 / (count(*) = 2)::int FROM pg_trigger WHERE tgname IN ('sheet_key_append_only', 'locked_month_append_only');
SELECT 1 / (has_table_privilege('jalon_calendar', 'calendar.locked_month', 'INSERT')
            AND NOT has_table_privilege('jalon_calendar', 'calendar.locked_month', 'UPDATE')
            AND NOT has_table_privilege('jalon_calendar', 'calendar.sheet_key', 'INSERT'))::int;
SELECT case_id, consultant_id, month, state, unusual, etag FROM calendar.sheets('2026-03-01', NULL, NULL, NULL, NULL) WHERE false;
SELECT half_day_id, unusual, attested_at FROM calendar.sheet_lines(1, 1, '2026-03-01') WHERE false;
ROLLBACK;
