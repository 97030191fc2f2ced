-- Revert jalon:calendar from pg

BEGIN;

DROP FUNCTION calendar.hold_approved;
DROP VIEW calendar.approved_half_day, calendar.case_calendar, calendar.busy_half_day, calendar.case_places;
DROP FUNCTION
  calendar.check_laws, calendar.hand_over, calendar.agreement_signed, calendar.working_days_after, calendar.half_days_waiting,
  calendar.first_live_half_day_of_assignment, calendar.first_live_half_day, calendar.close_grant,
  calendar.open_grant, calendar.dispute_half_days, calendar.reopen_half_days, calendar.cancel_half_days, calendar.approve_half_days,
  calendar.attest_half_days, calendar.move, calendar.tell, calendar.may_take, calendar.state_after,
  calendar.plan_half_days, calendar.plan, calendar.record_half_days,
  calendar.enter, calendar.enter_in_turn, calendar.judge_entries, calendar.why_not_entered, calendar.follow_first_day,
  calendar.fits_first_day, calendar.hold, calendar.open_from,
  calendar.month_lock, calendar.month_of;
DROP VIEW calendar.half_day_row;
DROP TABLE calendar.holiday, calendar.locked_month, calendar.half_day, calendar.case_grant;
DROP TYPE calendar.step, calendar.refusal, calendar.half_day_state, calendar.half;
REVOKE USAGE ON SCHEMA calendar FROM
  jalon_enrolment_owner, jalon_enrolment, jalon_assignment_owner, jalon_assignment, jalon_funding_owner, jalon_funding, jalon_audit;

COMMIT;
