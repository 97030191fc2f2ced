-- Revert jalon:impact from pg

BEGIN;

DROP FUNCTION funding.envelopes_under;

COMMIT;
