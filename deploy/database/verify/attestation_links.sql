-- Verify jalon:attestation_links on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE calendar.attestation_link_link_id_seq RESTART WITH 1000000000;

SET LOCAL ROLE jalon_calendar;
DO $$
DECLARE
  call   common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  answer calendar.attestation_answer;
BEGIN
  BEGIN
    PERFORM calendar.create_attestation_link(call, sha256('a'), 's', sha256('s1'), -1, -1, '2026-03-01', 14);
    ASSERT false, 'no such sheet';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'SHEET_NOT_FOUND%', SQLERRM;
  END;
  INSERT INTO calendar.attestation_link (digest, code_salt, code_digest, case_id, consultant_id, month, created_by, expires_at)
  VALUES (sha256('a'), 's', sha256('s12345678'), -1, -1, '2026-03-01', 'verify', now() + interval '1 day');
  ASSERT (SELECT count(*) = 1 AND bool_and((o.half_day).half_day_id IS NULL) FROM calendar.open_attestation(sha256('a')) o), 'it opens';
  ASSERT NOT EXISTS (SELECT FROM calendar.open_attestation(sha256('b'))), 'another does not';
  BEGIN
    INSERT INTO calendar.attestation_link (digest, code_salt, code_digest, case_id, consultant_id, month, created_by, expires_at)
    VALUES (sha256('c'), 's', sha256('c'), -1, -1, '2026-03-01', 'verify', now() + interval '1 day');
    ASSERT false, 'one open link a sheet';
  EXCEPTION WHEN unique_violation THEN NULL;
  END;
  FOR n IN 1 .. 5 LOOP
    call.request_id := gen_random_uuid();
    answer := calendar.attest_by_code(call, -1, -1, '2026-03-01', '00000000', '{}', '{}', '{}', 'X');
    ASSERT answer.refusal = CASE WHEN n < 5 THEN 'CODE_WRONG' ELSE 'CODE_LOCKED' END AND answer.tries_left = 5 - n, answer::text;
  END LOOP;
  call.request_id := gen_random_uuid();
  BEGIN
    PERFORM calendar.attest_by_code(call, -1, -1, '2026-03-01', '12345678', '{}', '{}', '{}', 'X');
    ASSERT false, 'void, be it right';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'CODE_LOCKED%', SQLERRM;
  END;
  call.request_id := gen_random_uuid();
  BEGIN
    PERFORM calendar.attest_by_link(call, sha256('b'), '{}', '{}', '{}', 'X');
    ASSERT false, 'no such link';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'LINK_INVALID%', SQLERRM;
  END;
END $$;

ROLLBACK;
