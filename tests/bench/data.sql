-- The data of the benchmark, made by the superuser in one go: :cases companies, each with an admitted case, a consultant
-- of its own and 30 half-days. Run by tests/bench/run.
--
-- Half-days are numbered as in load.cc, in runs of one: slot n is of case 1 + n mod :cases; its day and half are n / :cases,
-- counted from the morning of 2005-01-01. Grants and windows are wide enough never to run out.

BEGIN;

INSERT INTO enrolment.company (siren, name, legal_category, naf, headcount_band, created_on, ceased, seat_nic, commune, department, region)
SELECT (100000000 + i)::text, 'Ateliers Lefebvre ' || i, '5710', '62.01Z', '12', '1995-01-01'::date + i % 5000, false, '00012',
       '59350', '59', '32'
  FROM generate_series(1, :cases) AS i;

INSERT INTO enrolment.support_case
       (case_id, programme, siren, state, applied_on, headcount_hundredths, turnover_cents, balance_sheet_cents, year_closed_on,
        independent, size_class, admitted_on, rulebook_version, eligibility, cap_half_days, granted_half_days, window_ends_on)
OVERRIDING SYSTEM VALUE
SELECT i, 'ia-booster-hdf', (100000000 + i)::text, 'admitted', '2005-01-01', 4200, 900000000, 400000000, '2004-12-31',
       true, 'small', '2005-01-01', 1, '[]', 100, 100, '2099-12-31'
  FROM generate_series(1, :cases) AS i;
SELECT setval(pg_get_serial_sequence('enrolment.support_case', 'case_id'), :cases);

INSERT INTO assignment.consultant (consultant_id, name, skills, skill_levels, regions, day_rate_cents)
OVERRIDING SYSTEM VALUE
-- As many work in the companies' region as a large programme has.
SELECT i, 'Consultante ' || i, '{vision,data}', '{2,2}', CASE WHEN i <= 300 THEN '{32}' ELSE '{11}' END::text[], 120000
  FROM generate_series(1, :cases) AS i;
SELECT setval(pg_get_serial_sequence('assignment.consultant', 'consultant_id'), :cases);
INSERT INTO assignment.absence (consultant_id, starts_on, ends_on)
SELECT i, '2003-08-01', '2003-08-21' FROM generate_series(1, :cases) AS i;

INSERT INTO assignment.assignment (assignment_id, case_id, consultant_id, phase, siren, starts_on, ends_on)
OVERRIDING SYSTEM VALUE
SELECT i, i, i, 'accompaniment', (100000000 + i)::text, '2005-01-01', '2099-12-31' FROM generate_series(1, :cases) AS i;
SELECT setval(pg_get_serial_sequence('assignment.assignment', 'assignment_id'), :cases);

INSERT INTO calendar.case_grant (case_id, siren, granted_half_days, live_half_days, starts_on, ends_on, department, programme)
SELECT i, (100000000 + i)::text, 1000000, 30, '2005-01-01', '2099-12-31', '59', 'ia-booster-hdf' FROM generate_series(1, :cases) AS i;
INSERT INTO calendar.half_day (half_day_id, case_id, consultant_id, assignment_id, phase, date, half, state, note, non_working_day,
                               sheet_month, performed_on)
SELECT gen_random_uuid(), c.i, c.i, c.i, 'accompaniment', d.day, h.half,
       CASE WHEN d.n < 10 THEN 'approved' ELSE 'performed' END::calendar.half_day_state, 'Atelier sur les données de production',
       extract(isodow FROM d.day) > 5, '2005-01-01', d.day
  FROM (SELECT n, '2005-01-01'::date + n AS day FROM generate_series(0, 14) AS n) d,
       unnest(enum_range(NULL::calendar.half)) AS h (half),
       generate_series(1, :cases) AS c (i)
 ORDER BY d.day, h.half, c.i;

-- What COPY fills, beside the import.
CREATE SCHEMA bench;
CREATE TABLE bench.company (LIKE enrolment.company INCLUDING ALL);

COMMIT;
