-- Revert jalon:period from pg

BEGIN;

DROP FUNCTION funding.check_periods, funding.close_period, funding.period_rollup, funding.period_content,
  funding.period_head;
DROP VIEW funding.period_row;
DROP TABLE funding.period;

COMMIT;
