-- Revert jalon:payments from pg

BEGIN;

SET LOCAL ROLE jalon_common_owner;
CREATE OR REPLACE FUNCTION common.schema_version() RETURNS int LANGUAGE sql STABLE RETURN 2;
RESET ROLE;

DROP FUNCTION
  funding.reconcile_payments, funding.cancel_payment_order, funding.issue_payment_batch, funding.create_payment_batch;
DROP VIEW funding.payment_batch_row, funding.payment_order_row;
DROP INDEX funding.agreement_funder_to_pay;
DROP TABLE funding.payment_order_end, funding.bank_line, funding.payment_order, funding.payment_batch;

COMMIT;
