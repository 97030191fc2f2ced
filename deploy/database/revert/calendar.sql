-- Revert jalon:calendar from pg

BEGIN;

DROP VIEW calendar.approved_half_day, calendar.case_calendar;
DROP FUNCTION
  calendar.check_laws, calendar.working_days_after, calendar.half_days_waiting,
  calendar.first_live_half_day_of_assignment, calendar.first_live_half_day, calendar.close_grant,
  calendar.open_grant, calendar.reopen_half_days, calendar.cancel_half_days, calendar.approve_half_days,
  calendar.attest_half_days, calendar.move, calendar.may_become, calendar.plan_half_days, calendar.plan,
  calendar.record_half_days,
  calendar.enter, calendar.why_not_entered, calendar.hold;
DROP VIEW calendar.half_day_row;
DROP TABLE calendar.holiday, calendar.half_day, calendar.case_grant;
DROP TYPE calendar.refusal, calendar.half_day_state, calendar.half;
REVOKE USAGE ON SCHEMA calendar FROM
  jalon_enrolment_owner, jalon_enrolment, jalon_assignment_owner, jalon_assignment, jalon_funding_owner, jalon_funding, jalon_audit;

COMMIT;
