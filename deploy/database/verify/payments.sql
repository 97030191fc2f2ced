-- Verify jalon:payments on pg

BEGIN;
SELECT 1 / (count(*) = 3)::int FROM pg_trigger
 WHERE tgname IN ('payment_order_append_only', 'bank_line_append_only', 'payment_order_end_append_only') AND tgenabled = 'O';
SELECT 1 / (count(*) = 4)::int FROM pg_constraint
 WHERE connamespace = 'funding'::regnamespace AND convalidated
   AND conname IN ('bank_line_once', 'bank_line_pays_once', 'payment_order_ends_once', 'payment_order_positive');
SELECT 1 / (common.schema_version() >= 3)::int;
SET LOCAL ROLE jalon_funding;
SELECT 1 / (outcome = 'refused' AND refusal = 'ORDER_NOT_FOUND')::int
  FROM funding.reconcile_payments(ROW(gen_random_uuid(), '\x01', 'Verify', 'verify')::common.call, true, '{K}', '{2026-01-02}', '{1}',
                                  '{JALON-0-0}', '{}');
ROLLBACK;
