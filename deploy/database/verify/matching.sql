-- Verify jalon:matching on pg

BEGIN;
SET LOCAL ROLE jalon_assignment;
SELECT 1 / (count(*) = 11)::int FROM assignment.occupations('2026-01-01', '2026-12-31') o WHERE o.kind = 'holiday';
SELECT consultant_id, working_halves FROM assignment.roster('2026-01-01') WHERE false;
SELECT case_id, places, phases FROM assignment.cases_to_match('{}');
SELECT * FROM assignment.cases_without_consultant(NULL, 'accompaniment', '2026-01-01', 0);
SELECT case_id, half_days FROM assignment.history('{}');
SELECT assignment_id, needs_successor, half FROM assignment.left_behind(0, '2026-01-01');
-- Nobody to reassign is refused, and nothing is left of it.
DO $$
BEGIN
  PERFORM assignment.reassign_consultant((gen_random_uuid(), '\x01', 'Verify', 'verify')::common.call, false, 0, '2026-01-01', true,
                                         NULL, '', '{}', '{}');
  ASSERT false, 'there is no consultant 0';
EXCEPTION WHEN SQLSTATE 'JL001' THEN
  ASSERT SQLERRM LIKE 'CONSULTANT_NOT_FOUND %', SQLERRM;
END $$;
SELECT 1 / (assignment_ids = '{}' AND told = 'x')::int
  FROM assignment.create_assignments((gen_random_uuid(), '\x01', 'Verify', 'verify')::common.call, NULL, 'x', '{}', '{}', '{}', '{}', '{}');
ROLLBACK;
