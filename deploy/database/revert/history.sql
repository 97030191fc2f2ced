-- Revert jalon:history from pg

BEGIN;

DROP FUNCTION calendar.history, funding.half_day_steps;

COMMIT;
