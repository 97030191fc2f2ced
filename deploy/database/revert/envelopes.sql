-- Revert jalon:envelopes from pg

BEGIN;

DROP FUNCTION funding.change_envelope;
DROP VIEW funding.envelope_alert_row, funding.envelope_state;
DROP FUNCTION funding.runs_out_on, funding.change_reserved, funding.alert_envelope;
DROP TABLE funding.envelope_day, funding.envelope_alert;
REVOKE UPDATE (allocated_cents) ON funding.envelope FROM jalon_funding;

COMMIT;
