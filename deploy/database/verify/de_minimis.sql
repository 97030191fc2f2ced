-- Verify jalon:de_minimis on pg

BEGIN;

-- Numbers are for people: what is tried here uses none up. The restart is undone with the rest of the transaction.
ALTER SEQUENCE funding.aid_aid_id_seq RESTART WITH 1000000000;

SET LOCAL ROLE jalon_funding;
DO $$
DECLARE
  call common.call := (gen_random_uuid(), '\x01', 'Verify', 'verify');
BEGIN
  ASSERT funding.three_years_before('2024-01-30') = '2021-01-30', 'three years, inclusive';
  ASSERT funding.three_years_before('2024-02-29') = '2021-02-28', 'and a day more than none too few';
  PERFORM funding.award_aid(call, '000000000', '2026-01-30', 'general', -1, 20000000);
  INSERT INTO funding.aid (siren, origin, regime, granted_on, amount_cents, reference, authority, recorded_by) VALUES
    ('000000000', 'declared', 'agriculture', '2023-01-30', 4000000, 'A', 'x', 'verify'),
    ('000000000', 'confirmed', 'agriculture', '2023-01-30', 3000000, 'A', 'x', 'verify'),
    ('000000000', 'declared', 'general', '2026-01-30', 20000000, 'jalon--1', 'x', 'verify');
  ASSERT (SELECT array_agg(w.used_cents) = '{23000000}' FROM funding.de_minimis_windows('000000000', '2026-01-30', 'general') w),
         'nothing counts twice';
  ASSERT (SELECT w.used_cents = 20000000 FROM funding.de_minimis_windows('000000000', '2026-01-31', 'general') w), 'the window rolls';
  ASSERT (SELECT array_agg(w.used_cents ORDER BY w.ends_on, w.ceiling_cents) = '{3000000,3000000,3000000,23000000}'
            FROM funding.de_minimis_windows('000000000', '2024-01-30', 'agriculture') w), 'ceilings nest, and later grants count';
  BEGIN
    PERFORM funding.award_aid(call, '000000000', '2024-01-30', 'general', -2, 7000001);
    ASSERT false, 'refused whole';
  EXCEPTION WHEN SQLSTATE 'JL001' THEN
    ASSERT SQLERRM LIKE 'DE_MINIMIS_EXCEEDED%"left_cents": "7000000"%', SQLERRM;
  END;
  PERFORM funding.take_back_aid(call, -1, 20000000);
  PERFORM funding.award_aid(call, '000000000', '2024-01-30', 'general', -2, 27000000);
  ASSERT NOT has_table_privilege('funding.aid', 'UPDATE, DELETE, TRUNCATE'), 'aid only grows';
END $$;
RESET ROLE;
SET LOCAL ROLE jalon_audit;
SELECT 1 / (breaches = 0)::int FROM funding.check_de_minimis();
RESET ROLE;
SELECT 1 / (count(*) = 2)::int FROM pg_trigger
 WHERE tgname IN ('aid_append_only', 'aid_registered_append_only') AND tgenabled = 'O';

ROLLBACK;
