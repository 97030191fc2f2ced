-- Verify jalon:inbox on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE inbox.mail_mail_id_seq RESTART WITH 1000000000;

SET LOCAL ROLE jalon_inbox;
DO $$
DECLARE
  call    common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
  claimed record;
BEGIN
  PERFORM * FROM inbox.what_waits('2026-11-25', NULL, NULL);
  PERFORM inbox.subscribe(call, 'officer/verify', 'verify@example.org', 'fr', 'daily');
  PERFORM inbox.decide_digests('2199-12-30');
  ASSERT inbox.decide_digests('2199-12-30') = 0, 'a day is decided once';
  ASSERT inbox.take_steps('2026-11-25', ARRAY[-1], ARRAY[-1], ARRAY['000000000'], ARRAY['2026-09-01'::date], ARRAY['2026-10-01'::date],
                          ARRAY[2]) = 1, 'a step';
  ASSERT inbox.take_steps('2026-11-25', ARRAY[-1], ARRAY[-1], ARRAY['000000000'], ARRAY['2026-09-01'::date], ARRAY['2026-10-01'::date],
                          ARRAY[2]) = 0, 'once';
  ASSERT (SELECT count(*) = 2 FROM inbox.mail m WHERE m.case_id = -1), 'to the contact and the consultant';
  LOOP
    SELECT * INTO claimed FROM inbox.claim_mail();
    EXIT WHEN claimed.mail_id IS NULL;
    PERFORM inbox.settle_mail(claimed.mail_id, 'sent', NULL);
  END LOOP;
  ASSERT NOT EXISTS (SELECT FROM inbox.mail m WHERE m.case_id = -1 AND m.state <> 'sent'), 'each claimed and settled';
END $$;

ROLLBACK;
