-- Revert jalon:inbox from pg

BEGIN;

DROP FUNCTION
  inbox.settle_mail, inbox.claim_mail, inbox.last_steps, inbox.take_steps, inbox.decide_digests, inbox.subscribe, inbox.what_waits;
DROP VIEW inbox.reader, inbox.mail_row, inbox.subscription_row;
DROP TABLE inbox.reminder_step, inbox.mail, inbox.subscription;

COMMIT;
