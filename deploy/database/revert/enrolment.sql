-- Revert jalon:enrolment from pg

BEGIN;
SET LOCAL ROLE jalon_enrolment_owner;

DROP FUNCTION enrolment.check_laws, enrolment.withdraw_case, enrolment.reject_case, enrolment.admit_case,
              enrolment.open_case, enrolment.import_companies, enrolment.open_window, enrolment.lock_case;
DROP TYPE enrolment.import_counts;
DROP VIEW enrolment.company_name, enrolment.eligibility_facts, enrolment.case_facts, enrolment.case_row, enrolment.company_row;
DROP TABLE enrolment.opened_window, enrolment.support_case, enrolment.company;
REVOKE USAGE ON SCHEMA enrolment FROM
  jalon_assignment_owner, jalon_calendar_owner, jalon_funding_owner, jalon_assignment, jalon_calendar, jalon_funding,
  jalon_audit;

COMMIT;
