-- Revert jalon:inbox from pg

BEGIN;

SET LOCAL ROLE jalon_common_owner;
CREATE OR REPLACE FUNCTION common.schema_version() RETURNS int LANGUAGE sql STABLE RETURN 3;
RESET ROLE;

DROP FUNCTION
  inbox.settle_mail, inbox.claim_mail, inbox.last_steps, inbox.take_steps, inbox.decide_digests, inbox.subscribe, inbox.what_waits;
DROP VIEW inbox.reader, inbox.mail_row, inbox.subscription_row;
DROP TABLE inbox.reminder_step, inbox.mail, inbox.subscription;

COMMIT;
