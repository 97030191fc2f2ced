-- Verify jalon:funding on pg

BEGIN;
-- What the laws rest on.
SELECT 1 / (count(*) = 14)::int FROM pg_constraint
 WHERE connamespace = 'funding'::regnamespace AND convalidated
   AND conname IN ('envelope_not_overspent', 'aid_within_stack_cap', 'agreement_adds_up', 'phase_adds_up', 'phase_charged_adds_up',
                   'agreed_half_days_not_exceeded', 'agreed_aid_not_exceeded', 'agreed_share_not_exceeded', 'payment_not_over_charged',
                   'charge_adds_up', 'charged_once', 'one_agreement_per_case', 'eligible_within_cost', 'share_within_ceiling');
SELECT 1 / (count(*) = 3)::int FROM pg_trigger
 WHERE tgrelid IN ('funding.agreement'::regclass, 'funding.agreement_phase'::regclass, 'funding.agreement_share'::regclass)
   AND tgname = 'agreement_is_its_lines' AND tginitdeferred AND tgenabled = 'O';
SELECT 1 / (count(*) = 9)::int FROM pg_trigger
 WHERE tgrelid IN ('funding.posting'::regclass, 'funding.entry'::regclass, 'funding.charge'::regclass, 'funding.reversal'::regclass,
                   'funding.period_end'::regclass)
   AND tgname IN ('posting_append_only', 'entry_append_only', 'charge_append_only', 'reversal_append_only', 'legs_add_up',
                  'entry_dated', 'month_is_open', 'period_end_grows', 'period_end_kept')
   AND tgenabled = 'O';
-- A line is rounded half up on the running total, so the lines make the whole.
SELECT 1 / (funding.pro_rata(100, 1, 3) = 33 AND funding.pro_rata(100, 2, 3) = 67 AND funding.pro_rata(100, 3, 3) = 100
            AND funding.pro_rata(1, 1, 2) = 1)::int;
SELECT 1 / (NOT has_table_privilege('jalon_funding', 'funding.entry', 'UPDATE')
            AND NOT has_table_privilege('jalon_funding', 'funding.entry', 'DELETE')
            AND has_function_privilege('jalon_audit', 'funding.check_laws()', 'EXECUTE'))::int;
SELECT 1 / (count(*) = 5 AND bool_and(breaches = 0))::int FROM funding.check_laws();
SELECT 1 / count(*) FROM funding.summary_end;
SELECT entry_id, posting_id, kind, account, amount, case_id, half_day_id, funder, region, phase, size_class, month, posted_at
  FROM funding.ledger_entry_row WHERE false;
SELECT * FROM funding.summarize('{funder,month}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-01-31');
SELECT 1 / (funding.naf_section('62.01Z') = 'J' AND funding.naf_section('01.11Z') = 'A' AND funding.naf_section(NULL) = '')::int;
ROLLBACK;
