-- Verify jalon:feeds on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE calendar.feed_feed_id_seq RESTART WITH 1000000000;

SET LOCAL ROLE jalon_calendar;
DO $$
DECLARE
  call  common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  other common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  feed  calendar.feed_row;
BEGIN
  BEGIN
    PERFORM calendar.create_feed(call, sha256('a'), 'case', NULL, '{-1}', 'fr', '', NULL, NULL);
    ASSERT false, 'no such case';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'CASE_NOT_FOUND%', SQLERRM;
  END;
  BEGIN
    PERFORM calendar.create_feed(call, sha256('a'), 'consultant', -1, NULL, 'fr', '', -2, NULL);
    ASSERT false, 'somebody else''s';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'NOT_ALLOWED%', SQLERRM;
  END;
  BEGIN
    INSERT INTO calendar.feed (digest, kind, consultant_id, case_ids, language, label, created_by)
    VALUES (sha256('a'), 'case', NULL, '{1,2}', 'fr', '', 'verify');
    ASSERT false, 'a case is one';
  EXCEPTION WHEN check_violation THEN NULL;
  END;
  INSERT INTO calendar.feed (digest, kind, consultant_id, language, label, created_by)
  VALUES (sha256('a'), 'consultant', -1, 'fr', '', 'verify');
  ASSERT (SELECT count(*) = 1 AND bool_and(r.half_day_id IS NULL) FROM calendar.read_feed(sha256('a'), 10) r), 'open and empty';
  SELECT f.* INTO feed FROM calendar.feed_row f WHERE f.consultant_id = -1;
  PERFORM calendar.revoke_feed(other, feed.feed_id, NULL, NULL);
  ASSERT NOT EXISTS (SELECT FROM calendar.read_feed(sha256('a'), 10)), 'revoked';
END $$;

ROLLBACK;
