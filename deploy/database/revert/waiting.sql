-- Revert jalon:waiting from pg

BEGIN;

REVOKE SELECT ON enrolment.company_name FROM jalon_inbox_owner, jalon_inbox;
REVOKE SELECT ON assignment.consultant_name FROM jalon_inbox_owner, jalon_inbox;
REVOKE USAGE ON SCHEMA enrolment, assignment, calendar, funding FROM jalon_inbox_owner, jalon_inbox;
DROP FUNCTION funding.what_waits, calendar.send_attestation_link, calendar.what_waits, assignment.what_waits, enrolment.what_waits;
DROP VIEW assignment.mail_contact, enrolment.mail_contact;

COMMIT;
