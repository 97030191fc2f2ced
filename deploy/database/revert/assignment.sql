-- Revert jalon:assignment from pg

BEGIN;
SET LOCAL ROLE jalon_assignment_owner;

DROP FUNCTION assignment.check_laws, assignment.end_assignment, assignment.create_assignment, assignment.assign,
              assignment.qualified, assignment.is_accredited, assignment.ties, assignment.withdraw_conflict, assignment.declare_conflict,
              assignment.remove_absence, assignment.add_absence,
              assignment.declare_previous_client, assignment.accredit, assignment.retire_consultant,
              assignment.update_consultant, assignment.create_consultant, assignment.hold_consultants, assignment.hold;
DROP VIEW assignment.consultant_name, assignment.consultant_capacity, assignment.absent_period, assignment.assigned_period,
          assignment.assignee, assignment.assignment_row, assignment.conflict_row, assignment.absence_row,
          assignment.previous_client_row, assignment.accreditation_row, assignment.consultant_row;
DROP FUNCTION assignment.halves_worked;
DROP TABLE assignment.previous_client, assignment.accreditation, assignment.assignment, assignment.conflict, assignment.absence,
           assignment.consultant;
REVOKE USAGE ON SCHEMA assignment FROM
  jalon_enrolment_owner, jalon_calendar_owner, jalon_funding_owner, jalon_enrolment, jalon_calendar, jalon_funding,
  jalon_audit;

COMMIT;
