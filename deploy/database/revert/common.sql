-- Revert jalon:common from pg

BEGIN;
SET LOCAL ROLE jalon_common_owner;

DROP FUNCTION common.append_only, common.schema_version, common.remember_many,
  common.replay_many, common.remember, common.replay, common.refuse;
DROP AGGREGATE common.total(bigint);
DROP TABLE common.request;
DROP TYPE common.waiting, common.law_check, common.call;

COMMIT;
