-- Revert jalon:assignment from pg

BEGIN;
SET LOCAL ROLE jalon_assignment_owner;

DROP FUNCTION assignment.check_laws, assignment.end_assignment, assignment.create_assignment, assignment.declare_conflict,
              assignment.add_absence, assignment.create_consultant, assignment.hold,
              assignment.qualified;
DROP VIEW assignment.consultant_name, assignment.consultant_capacity,
          assignment.absent_period, assignment.assigned_period, assignment.assignee, assignment.assignment_row,
          assignment.conflict_row, assignment.absence_row, assignment.consultant_row;
DROP TABLE assignment.assignment, assignment.conflict, assignment.absence, assignment.consultant;
REVOKE USAGE ON SCHEMA assignment FROM
  jalon_enrolment_owner, jalon_calendar_owner, jalon_funding_owner, jalon_enrolment, jalon_calendar, jalon_funding,
  jalon_audit;

COMMIT;
