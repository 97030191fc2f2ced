-- Verify jalon:planning on pg

BEGIN;
DO $$
BEGIN
  ASSERT calendar.moment_of_week('2026-03-02', 'morning') = 0 AND calendar.moment_of_week('2026-03-08', 'afternoon') = 13,
         'a week begins on Monday';
  ASSERT calendar.monday('2026-03-08') = '2026-03-02' AND calendar.monday('2026-03-02') = '2026-03-02', 'and ends on Sunday';
  ASSERT calendar.works_at(NULL, '2026-03-06', 'afternoon') AND NOT calendar.works_at(NULL, '2026-03-07', 'morning'),
         'ordinarily from Monday to Friday';
  ASSERT calendar.works_at(4, '2026-03-03', 'morning') AND NOT calendar.works_at(4, '2026-03-03', 'afternoon'),
         'bit 2 is Tuesday morning';
  ASSERT (SELECT count(*) FROM calendar.holiday o WHERE o.name_en = 'Whit Monday' AND NOT o.worked) = 101,
         'one Whit Monday a year, and none is worked yet';
  ASSERT (SELECT o.name_fr = 'Ascension, Fête du Travail' FROM calendar.holiday o WHERE o.date = '2008-05-01'),
         'two may fall on one day';
  ASSERT NOT has_table_privilege('jalon_calendar', 'calendar.waiting', 'INSERT, UPDATE, DELETE')
     AND NOT has_table_privilege('jalon_calendar', 'calendar.holiday', 'INSERT, UPDATE, DELETE'),
         'only commands write';
END $$;
SET LOCAL ROLE jalon_calendar;
DO $$
BEGIN
  ASSERT (SELECT count(*) = 0 FROM calendar.board('2026-01-01', '2026-03-31', ARRAY[-1])), 'nobody of that number';
  PERFORM FROM calendar.moments(-1, -1, 'x', '2026-01-01', NULL);
  ASSERT false, 'there is no such case';
EXCEPTION WHEN SQLSTATE 'JL001' THEN
  ASSERT SQLERRM = 'CASE_NOT_FOUND {"case_id": "-1"}', SQLERRM;
END $$;
SELECT waiting_id, case_id, company_name, consultant_id, phase, "from", until, half, joined_at, joined_by, left_at
  FROM calendar.waiting_row WHERE false;
ROLLBACK;
