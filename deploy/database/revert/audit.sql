-- Revert jalon:audit from pg

BEGIN;
SET LOCAL ROLE jalon_audit_owner;

DROP FUNCTION audit.check_requests, audit.check_chain, audit.extend_chain, audit.told, audit.append_many, audit.append;
DROP VIEW audit.event_row;
DROP FUNCTION audit.event_bytes;
DROP TABLE audit.chain_end, audit.chain, audit.event;

COMMIT;
