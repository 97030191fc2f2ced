-- Revert jalon:contacts from pg

BEGIN;

DROP FUNCTION assignment.erase_contact, assignment.set_contact, enrolment.erase_contact, enrolment.set_contact;
DROP VIEW assignment.contact_row, enrolment.contact_row;
DROP TABLE assignment.contact, enrolment.contact;

COMMIT;
