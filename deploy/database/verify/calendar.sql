-- Verify jalon:calendar on pg

BEGIN;
-- What the laws rest on.
SELECT 1 / (count(*) = 3)::int FROM pg_constraint
 WHERE conrelid = 'calendar.case_grant'::regclass AND convalidated
   AND conname IN ('grant_not_exceeded', 'grant_window_not_empty', 'closed_grant_has_no_place');
SELECT 1 / (count(*) = 3)::int FROM pg_constraint
 WHERE conrelid = 'calendar.half_day'::regclass AND convalidated
   AND conname IN ('sheet_month_by_its_first', 'sheet_not_before_its_day', 'disputed_is_not_attested');
SELECT 1 / (indisunique AND indisvalid AND indnullsnotdistinct AND indpred IS NULL)::int FROM pg_index
 WHERE indexrelid = 'calendar.one_live_half_day_per_slot'::regclass;
-- Holidays, against the official calendars: working weekdays of 2025 to 2027, the joined day of 2008, Alsace, overseas.
SELECT 1 / (array_agg(working ORDER BY year) = '{251,252,254}')::int
  FROM (SELECT extract(year FROM d)::int AS year, count(*) FILTER (WHERE extract(isodow FROM d) <= 5 AND h.date IS NULL) AS working
          FROM generate_series('2025-01-01'::timestamp, '2027-12-31', '1 day') AS d
          LEFT JOIN calendar.holiday h ON h.date = d::date AND h.territory = 'FR'
         GROUP BY 1) y;
SELECT 1 / (count(*) = 10)::int FROM calendar.holiday WHERE territory = 'FR' AND date BETWEEN '2008-01-01' AND '2008-12-31';
SELECT 1 / (count(*) = 3)::int FROM calendar.holiday
 WHERE (date, territory) IN (('2026-04-03', '67'), ('2026-12-26', '57'), ('2026-12-20', '974'));
-- Nobody but the area writes, and even it deletes nothing.
SELECT 1 / (has_table_privilege('jalon_calendar', 'calendar.half_day', 'INSERT')
            AND NOT has_table_privilege('jalon_calendar', 'calendar.half_day', 'DELETE')
            AND NOT has_table_privilege('jalon_calendar', 'calendar.case_grant', 'INSERT')
            AND NOT has_table_privilege('jalon_funding', 'calendar.half_day', 'SELECT')
            AND has_table_privilege('jalon_funding', 'calendar.approved_half_day', 'SELECT'))::int;
SELECT 1 / (has_function_privilege('jalon_enrolment',
                                   'calendar.open_grant(bigint, text, text, int, text, text, int, date, date, date, date)', 'EXECUTE')
            AND has_function_privilege('jalon_enrolment', 'calendar.close_grant(bigint)', 'EXECUTE')
            AND NOT has_function_privilege('jalon_calendar',
                                           'calendar.open_grant(bigint, text, text, int, text, text, int, date, date, date, date)',
                                           'EXECUTE')
            AND has_function_privilege('jalon_assignment', 'calendar.first_live_half_day(bigint, date, date)', 'EXECUTE'))::int;
SELECT 1 / (count(*) = 4 AND bool_and(breaches = 0))::int FROM calendar.check_laws();
SELECT half_day_id, case_id, consultant_id, phase, date, half, state, note, non_working_day, updated_at, sheet_month, dispute
  FROM calendar.half_day_row WHERE false;
SELECT "#case_id", "#company_name", half_day_id FROM calendar.case_calendar WHERE false;
ROLLBACK;
