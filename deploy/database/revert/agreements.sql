-- Revert jalon:agreements from pg

BEGIN;

DROP FUNCTION
  funding.release_withdrawn, funding.give_back, funding.release_agreement, funding.replace_shares, funding.amend_agreement;

COMMIT;
