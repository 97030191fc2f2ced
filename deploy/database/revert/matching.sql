-- Revert jalon:matching from pg

BEGIN;

DROP FUNCTION
  assignment.reassign_consultant, assignment.create_assignments, assignment.left_behind, assignment.history,
  assignment.cases_without_consultant, assignment.cases_to_match, assignment.occupations, assignment.roster;
DROP TYPE assignment.handover;

COMMIT;
