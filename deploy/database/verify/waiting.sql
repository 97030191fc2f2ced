-- Verify jalon:waiting on pg

BEGIN;

SET LOCAL ROLE jalon_inbox;
DO $$
BEGIN
  PERFORM * FROM enrolment.what_waits('2026-11-25', NULL, NULL);
  PERFORM * FROM assignment.what_waits('2026-11-25', 1, NULL);
  PERFORM * FROM calendar.what_waits('2026-11-25', NULL, '732829320');
  PERFORM * FROM funding.what_waits('2026-11-25', NULL, NULL);
  PERFORM * FROM enrolment.mail_contact;
  PERFORM * FROM assignment.mail_contact;
  BEGIN
    PERFORM * FROM calendar.send_attestation_link(-1, -1, '2026-09-01', 14);
    ASSERT false, 'no such sheet';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'SHEET_NOT_FOUND%', SQLERRM;
  END;
END $$;

ROLLBACK;
