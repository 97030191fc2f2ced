-- Revert jalon:history from pg

BEGIN;

REVOKE USAGE ON SCHEMA funding FROM jalon_calendar;
DROP FUNCTION calendar.history, funding.half_day_steps;

COMMIT;
