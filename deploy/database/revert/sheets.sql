-- Revert jalon:sheets from pg

BEGIN;
SET LOCAL ROLE jalon_calendar_owner;

REVOKE UPDATE (open_from) ON calendar.case_grant FROM jalon_calendar;
REVOKE UPDATE (date, half, assignment_id, sheet_month) ON calendar.half_day FROM jalon_calendar;
DROP FUNCTION
  calendar.approve_sheets, calendar.sheet_lines, calendar.sheets, calendar.sheet_half_days, calendar.unsettled,
  calendar.lock_month, calendar.write_moves, calendar.judge_moves, calendar.edit_note,
  calendar.reschedule_half_days;
DROP TYPE calendar.unusual;
DROP TABLE calendar.sheet_key;

COMMIT;
