-- Verify jalon:history on pg

BEGIN;

SET LOCAL ROLE jalon_calendar;
SELECT action, at, by FROM calendar.history('00000000-0000-0000-0000-000000000000');
-- The calendar learns of steps, not of money.
SELECT 1 / (NOT has_table_privilege('jalon_calendar', 'funding.entry', 'SELECT'))::int;

ROLLBACK;
