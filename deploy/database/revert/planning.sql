-- Revert jalon:planning from pg

BEGIN;

DROP FUNCTION calendar.board, calendar.set_solidarity_day, calendar.leave_waiting_list, calendar.join_waiting_list;
DROP VIEW calendar.holiday_row, calendar.waiting_row;
DROP FUNCTION
  calendar.first_free, calendar.stand_ins, calendar.first_series, calendar.plan_series, calendar.moments, calendar.judge_planned,
  calendar.judge_phases,
  calendar.hold_weeks, calendar.phase_period, calendar.phase_titles, calendar.version_for, calendar.works_at,
  calendar.moment_of_week, calendar.monday, calendar.week_lock;
DROP TABLE calendar.waiting;
DROP VIEW funding.agreed_rulebook;

COMMIT;
