-- Verify jalon:contacts on pg

BEGIN;

SET LOCAL ROLE jalon_enrolment;
DO $$
DECLARE
  call common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
BEGIN
  BEGIN
    PERFORM enrolment.set_contact(call, '000000000', 'X', 'x@example.org', '', 'fr');
    ASSERT false, 'no such company';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'COMPANY_NOT_FOUND%', SQLERRM;
  END;
  PERFORM enrolment.erase_contact(call, '000000000');
  BEGIN
    DELETE FROM enrolment.contact;
    ASSERT false, 'the service deletes by the function alone';
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END;
END $$;
RESET ROLE;

SET LOCAL ROLE jalon_assignment;
DO $$
DECLARE
  call common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
BEGIN
  BEGIN
    PERFORM assignment.set_contact(call, -1, 'x@example.org', 'fr');
    ASSERT false, 'no such consultant';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'CONSULTANT_NOT_FOUND%', SQLERRM;
  END;
  PERFORM assignment.erase_contact(call, -1);
END $$;

ROLLBACK;
